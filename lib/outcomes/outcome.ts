import { PaymentOrder } from '../payments/payment-order.dto.js';
import { Transfer } from '../transfers/transfer.dto.js';

/** News of a payment order's state, as `@OnPayment` handlers get it. */
export class PaymentOutcome extends PaymentOrder {
  /** Whether a payment came in after the order's failure or closing had been handled: undo what was done then. */
  late!: boolean;

  /** Names this outcome for good: put it under a unique key in the handler's transaction, and its effect exists once. */
  outcomeKey!: string;
}

/** News of a transfer's state, as `@OnTransfer` handlers get it. */
export class TransferOutcome extends Transfer {
  /** Whether the transfer arrived after its failure had been handled. */
  late!: boolean;

  /** Names this outcome for good, as `PaymentOutcome.outcomeKey`. */
  outcomeKey!: string;
}

/** News of how an order or a transfer stands, from a notify or a query. */
export type News = ({ kind: 'payment'; about: PaymentOrder } | { kind: 'transfer'; about: Transfer }) & {
  /** `query`: the reconciler has asked for it. */
  via?: 'query';
};

export function newsOf(about: PaymentOrder | Transfer, via?: 'query'): News {
  const source = via === undefined ? {} : { via };
  return about instanceof Transfer ? { kind: 'transfer', about, ...source } : { kind: 'payment', about, ...source };
}

/** Names the order or transfer that the news is about, across merchants and kinds. */
export function subjectKey({ kind, about }: News): string {
  return kind === 'payment'
    ? `payment:${about.appId}:${about.payOrderId}`
    : `transfer:${about.appId}:${about.transferId}`;
}

/** Names the news: the order or transfer, and the state that it has reached. */
export function outcomeKey(news: News): string {
  return `${subjectKey(news)}:${news.about.state}`;
}
