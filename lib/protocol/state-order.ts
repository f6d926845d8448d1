import { OrderState } from './order-state.js';
import { TransferState } from './transfer-state.js';
import type { News } from '../outcomes/outcome.js';

/**
 * How far a state is on its way: news of a higher one overrides what was delivered before, other news is stale. A
 * payment can come in after an order has failed or closed, so success overrides both. Source: protocol §4 and §5.
 */
const PAYMENT_RANK: Readonly<Record<OrderState, number>> = {
  [OrderState.Created]: 0,
  [OrderState.Paying]: 1,
  [OrderState.Failed]: 2,
  [OrderState.Cancelled]: 2,
  [OrderState.Closed]: 2,
  [OrderState.Success]: 3,
  [OrderState.Refunded]: 4,
};

const TRANSFER_RANK: Readonly<Record<TransferState, number>> = {
  [TransferState.Created]: 0,
  [TransferState.Processing]: 1,
  [TransferState.Failed]: 2,
  [TransferState.Closed]: 2,
  [TransferState.Success]: 3,
};

/** What news is worth after the state that was delivered last; undefined where none was. */
export function worth(news: News, delivered: number | undefined): 'new' | 'late' | 'duplicate' | 'stale' {
  const state: number = news.about.state;
  if (delivered === undefined) return 'new';
  if (delivered === state) return 'duplicate';
  const now = rank(news.kind, state);
  const before = rank(news.kind, delivered);
  if (now <= before) return 'stale';
  return isSuccess(news) && before === rank(news.kind, OrderState.Failed) ? 'late' : 'new';
}

function rank(kind: News['kind'], state: number): number {
  return kind === 'payment' ? PAYMENT_RANK[state as OrderState] : TRANSFER_RANK[state as TransferState];
}

function isSuccess({ kind, about }: News): boolean {
  return kind === 'payment' ? about.state === OrderState.Success : about.state === TransferState.Success;
}
