import type { PaymentEvent } from '../payments/payment-event.js';
import { PaymentOrder } from '../payments/payment-order.dto.js';
import { keyPart, orderKey, type OrderIdentity } from '../protocol/order-identity.js';
import { Transfer } from '../transfers/transfer.dto.js';

/** What the module adds to the order or transfer that a handler gets. */
export interface OutcomeFacts {
  /**
   * Whether the gateway, or the merchant's own order by `lastState`, has said before that no money will come (3, 4 or 6), and
   * it came all the same. Undo what was done then, or let a person decide.
   */
  late: boolean;
  /** What the gateway says where it is not `state`: 3, 4 or 6 for a late success, where it is known. */
  gatewayState?: number;
  /**
   * The state that was applied before this one, or that the merchant's own order had; undefined where there was none. A
   * refund (5) without a previous 2 is of a payment that was never applied.
   */
  previousState?: number;
  /**
   * Whether the order was neither made nor imported here, and stored by `adoptUnknownOrders`: that its amount and currency are
   * what your shop asked for is then known by the gateway's query alone, unless `merchantOrders` is given too.
   */
  adopted: boolean;
  /** The key that `cashier.checkout` was given, for an order that it has made. */
  checkoutKey?: string;
  /**
   * The customer has paid twice: the mchOrderNo of the order under the same key whose success was applied first. Give one of them
   * back, or let a person decide.
   */
  duplicateOf?: string;
  /**
   * Whether the handlers have committed this outcome before, and get it again since somebody asked for it by
   * `Pass2PayOutcomes.replay`. What they then do, they do once more.
   */
  replayed: boolean;
  /** `query`: the module has asked for it. */
  source: PaymentEvent['source'];
  /**
   * Names this outcome for good. Without the option `database`, put it under a unique key in the handler's transaction: its
   * effect then exists once.
   */
  idempotencyKey: string;
}

/** What became of a payment order, as `@OnPayment` handlers get it. */
export class PaymentOutcome extends PaymentOrder implements OutcomeFacts {
  late!: boolean;
  gatewayState?: number;
  previousState?: number;
  adopted!: boolean;
  checkoutKey?: string;
  duplicateOf?: string;
  replayed!: boolean;
  source!: PaymentEvent['source'];
  idempotencyKey!: string;
}

/** What became of a transfer, as `@OnTransfer` handlers get it. */
export class TransferOutcome extends Transfer implements OutcomeFacts {
  late!: boolean;
  gatewayState?: number;
  previousState?: number;
  adopted!: boolean;
  replayed!: boolean;
  source!: PaymentEvent['source'];
  idempotencyKey!: string;
}

/** What a notify or a query says about an order or a transfer. */
export type OutcomeEvent = PaymentEvent | TransferEvent;

/** What a notify or a query says about a transfer. */
export interface TransferEvent {
  kind: 'transfer';
  data: Transfer;
  /** `query`: the module has asked for it. */
  source: PaymentEvent['source'];
}

export function outcomeEvent(data: PaymentOrder | Transfer, source: OutcomeEvent['source']): OutcomeEvent {
  return data instanceof Transfer ? { kind: 'transfer', data, source } : { kind: 'payment', data, source };
}

/** The order or transfer that the event is about. */
export function identityOf({ kind, data: { mchNo, appId, mchOrderNo } }: OutcomeEvent): OrderIdentity {
  return { kind, mchNo, appId, mchOrderNo };
}

/** Names the order or transfer that the event is about, across merchants and kinds. */
export function subjectKey(event: OutcomeEvent): string {
  return orderKey(identityOf(event));
}

/**
 * Names the outcome: the order or transfer by the gateway's own number, and the state that it has reached, such as
 * `payment:M1621873433953:P1795063328371040258:2`.
 */
export function idempotencyKey({ kind, data }: OutcomeEvent): string {
  const id = kind === 'payment' ? data.payOrderId : data.transferId;
  return `${kind}:${keyPart(data.mchNo)}:${keyPart(id)}:${data.state}`;
}

/** What the query that confirmed a notify said, where that was not the notify's state. */
export function confirmedState({ data }: OutcomeEvent): number | undefined {
  return (data as { gatewayState?: number }).gatewayState;
}

/**
 * What became of an event: handled now, handled before, older than what was handled, not matching the merchant's order, or
 * of no order that the merchant knows.
 */
export type DeliveryResult = 'applied' | 'duplicate' | 'stale' | 'mismatch' | 'unknown-order';

/** What became of an event; `queued`: the queue has stored it, and a worker applies it. */
export type ProcessResult = DeliveryResult | 'queued';
