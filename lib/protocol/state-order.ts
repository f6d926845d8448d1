import { OrderState } from './order-state.js';
import { TransferState } from './transfer-state.js';

/**
 * How far a state is on its way: a higher one overrides what was applied before, any other is stale. A payment can come in after an order has failed or closed, so success overrides both. Source: protocol §4 and §5.
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

/** What an event of this state means after the state that was applied last; undefined where none was. */
export function classify(
  kind: 'payment' | 'transfer',
  state: number,
  lastApplied: number | undefined,
): 'new' | 'late' | 'duplicate' | 'stale' {
  if (lastApplied === undefined) return 'new';
  if (lastApplied === state) return 'duplicate';
  const now = rank(kind, state);
  const before = rank(kind, lastApplied);
  if (now <= before) return 'stale';
  const isSuccess = now === rank(kind, SUCCESS[kind]);
  return isSuccess && before === rank(kind, OrderState.Failed) ? 'late' : 'new';
}

const SUCCESS = { payment: OrderState.Success, transfer: TransferState.Success } as const;

function rank(kind: 'payment' | 'transfer', state: number): number {
  return kind === 'payment' ? PAYMENT_RANK[state as OrderState] : TRANSFER_RANK[state as TransferState];
}
