import type { PaymentEvent } from '../payments/payment-event.js';
import { PaymentOrder } from '../payments/payment-order.dto.js';
import { keyPart, orderKey, type OrderIdentity } from '../protocol/order-identity.js';
import { Transfer } from '../transfers/transfer.dto.js';

/** What the module adds to an order or transfer for its handlers. */
export interface OutcomeFacts {
  /**
   * Whether the payment arrived although the gateway, or the merchant's order by `lastState`, had reported 3, 4 or 6.
   * Reverse what you did then, or let a person decide.
   */
  late: boolean;
  /** The gateway's state if it differs from `state`: 3, 4 or 6 for a late success, if known. */
  gatewayState?: number;
  /**
   * The state that was applied before this one, or that the merchant's order had; undefined if there was none. A refund
   * (5) without a previous 2 belongs to a payment that was never applied.
   */
  previousState?: number;
  /**
   * Whether the order was stored by `adoptUnknownOrders` instead of being created or imported here: its amount and
   * currency have then been checked only against the gateway's query, unless `merchantOrders` is set too.
   */
  adopted: boolean;
  /** The key passed to `cashier.checkout`, for orders that it created. */
  checkoutKey?: string;
  /**
   * Set if the customer has paid twice: the mchOrderNo of the order under the same key whose success was applied first.
   * Refund one of them, or let a person decide.
   */
  duplicateOf?: string;
  /**
   * Whether the handlers have already committed this outcome and get it again because of `Pass2PayOutcomes.replay`.
   * Their effects then happen again.
   */
  replayed: boolean;
  /** `query`: the module queried the order. */
  source: PaymentEvent['source'];
  /**
   * Permanent identifier of this outcome. Without the option `database`, insert it under a unique key in the handler's
   * transaction, so that its effect exists once.
   */
  idempotencyKey: string;
}

/** The outcome of a payment order, passed to `@OnPayment` handlers. */
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

/** The outcome of a transfer, passed to `@OnTransfer` handlers. */
export class TransferOutcome extends Transfer implements OutcomeFacts {
  late!: boolean;
  gatewayState?: number;
  previousState?: number;
  adopted!: boolean;
  replayed!: boolean;
  source!: PaymentEvent['source'];
  idempotencyKey!: string;
}

/** An event of an order or a transfer, from a notify or a query. */
export type OutcomeEvent = PaymentEvent | TransferEvent;

/** A transfer's data from a notify or a query. */
export interface TransferEvent {
  kind: 'transfer';
  data: Transfer;
  /** `query`: the module queried the order. */
  source: PaymentEvent['source'];
}

export function outcomeEvent(data: PaymentOrder | Transfer, source: OutcomeEvent['source']): OutcomeEvent {
  return data instanceof Transfer ? { kind: 'transfer', data, source } : { kind: 'payment', data, source };
}

/** The identity of the event's order or transfer. */
export function identityOf({ kind, data: { mchNo, appId, mchOrderNo } }: OutcomeEvent): OrderIdentity {
  return { kind, mchNo, appId, mchOrderNo };
}

/** The key of the event's order or transfer, across merchants and kinds. */
export function subjectKey(event: OutcomeEvent): string {
  return orderKey(identityOf(event));
}

/**
 * Identifies the outcome by the gateway's number and the state, such as
 * `payment:M1621873433953:P1795063328371040258:2`.
 */
export function idempotencyKey({ kind, data }: OutcomeEvent): string {
  const id = kind === 'payment' ? data.payOrderId : data.transferId;
  return `${kind}:${keyPart(data.mchNo)}:${keyPart(id)}:${data.state}`;
}

/** The state in the query that confirmed a notify, if it differs from the notify's. */
export function confirmedState({ data }: OutcomeEvent): number | undefined {
  return (data as { gatewayState?: number }).gatewayState;
}

/**
 * The result of an event: applied, already applied, older than the applied state, different from the merchant's order,
 * or without a merchant order.
 */
export type DeliveryResult = 'applied' | 'duplicate' | 'stale' | 'mismatch' | 'unknown-order';

/** The result of an event; `queued`: stored in the queue, to be applied by a worker. */
export type ProcessResult = DeliveryResult | 'queued';
