import type { PaymentEvent } from '../payments/payment-event.js';
import { PaymentOrder } from '../payments/payment-order.dto.js';
import { Transfer } from '../transfers/transfer.dto.js';

/** What became of a payment order, as `@OnPayment` handlers get it. */
export class PaymentOutcome extends PaymentOrder {
  /** Whether a payment came in after the order's failure or closing had been handled: undo what was done then. */
  late!: boolean;

  /** Names this outcome for good: put it under a unique key in the handler's transaction, and its effect exists once. */
  idempotencyKey!: string;
}

/** What became of a transfer, as `@OnTransfer` handlers get it. */
export class TransferOutcome extends Transfer {
  /** Whether the transfer arrived after its failure had been handled. */
  late!: boolean;

  /** Names this outcome for good, as `PaymentOutcome.idempotencyKey`. */
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

/** Names the order or transfer that the event is about, across merchants and kinds. */
export function subjectKey({ kind, data }: OutcomeEvent): string {
  return kind === 'payment' ? `payment:${data.appId}:${data.payOrderId}` : `transfer:${data.appId}:${data.transferId}`;
}

/** Names the event: the order or transfer, and the state that it has reached. */
export function idempotencyKey(event: OutcomeEvent): string {
  return `${subjectKey(event)}:${event.data.state}`;
}

/**
 * What became of an event: handled now, handled before, older than what was handled, not matching the merchant's order, or
 * of no order that the merchant knows.
 */
export type DeliveryResult = 'applied' | 'duplicate' | 'stale' | 'mismatch' | 'unknown-order';
