import { isFinal, OrderState } from './order-state.js';
import { isFinalTransfer, TransferState } from './transfer-state.js';

export type OrderKind = 'payment' | 'transfer';

/**
 * Rank of a state: 0 < 1 < 3, 4, 6 < 2 < 5. Money can arrive after an order has failed or closed, so success ranks
 * above both. Source: protocol §4 and §5.
 */
const PAYMENT_RANK: Readonly<Record<number, number>> = {
  [OrderState.Created]: 0,
  [OrderState.Paying]: 1,
  [OrderState.Failed]: 2,
  [OrderState.Cancelled]: 2,
  [OrderState.Closed]: 2,
  [OrderState.Success]: 3,
  [OrderState.Refunded]: 4,
} satisfies Record<OrderState, number>;

const TRANSFER_RANK: Readonly<Record<number, number>> = {
  [TransferState.Created]: 0,
  [TransferState.Processing]: 1,
  [TransferState.Failed]: 2,
  [TransferState.Closed]: 2,
  [TransferState.Success]: 3,
} satisfies Record<TransferState, number>;

const RANKS = { payment: PAYMENT_RANK, transfer: TRANSFER_RANK };

/** The rank of the states without payment: 3, 4 and 6. */
const ENDED_UNPAID = 2;
const SUCCESS = 3;
const REFUNDED = 4;

/** Whether the gateway documents this state. Source: protocol §5. */
export function isDocumentedState(kind: OrderKind, state: number): boolean {
  return RANKS[kind][state] !== undefined;
}

/** The states that the gateway documents. Source: protocol §5. */
export function documentedStates(kind: OrderKind): number[] {
  return Object.keys(RANKS[kind]).map(Number);
}

/** Whether this state is final, unless a late payment arrives. */
export function isFinalState(kind: OrderKind, state: number): boolean {
  return kind === 'payment' ? isFinal(state) : isFinalTransfer(state);
}

/** The final states of an order or transfer. */
export function endStates(kind: OrderKind): number[] {
  return documentedStates(kind).filter((state) => isFinalState(kind, state));
}

/** Whether the state means that no money is expected: 3, 4 or 6. A late payment can still arrive. */
export function isUnpaidEnd(kind: OrderKind, state: number): boolean {
  return rank(kind, state) === ENDED_UNPAID;
}

/** What decides whether an event is new. */
export interface KnownStates {
  /** The state whose handlers committed last. */
  lastApplied: number | undefined;
  /** The last state of the merchant's own order, if the merchant reports it. */
  lastState?: number | undefined;
}

/**
 * Classifies an event of this state: `duplicate` only if its own handlers have committed, `stale` if it does not rank
 * above another state that was applied or that the merchant's order has, `new` otherwise. An undocumented state is
 * always `new`, because its rank is unknown.
 */
export function classify(
  kind: OrderKind,
  state: number,
  { lastApplied, lastState }: KnownStates,
): 'new' | 'duplicate' | 'stale' {
  if (state === lastApplied) return 'duplicate';
  const isStale = [lastApplied, lastState].some((known) => isOvertaken(kind, state, known));
  return isStale ? 'stale' : 'new';
}

/**
 * For a success, the state (3, 4 or 6) that was reported before it; undefined for any other event, and if there was
 * none. A success with such a state is late.
 *
 * @param words the states that the gateway, the inbox and the merchant's order have reported for this order
 */
export function unpaidBefore(
  kind: OrderKind,
  state: number,
  words: readonly (number | undefined)[],
): number | undefined {
  if (!isSuccess(kind, state)) return undefined;
  return words.find((word) => word !== undefined && isUnpaidEnd(kind, word));
}

/**
 * The gateway state to remember: the last reported one, unless that is a step back. Here success ranks below 3, 4 and
 * 6: the platform's query keeps reporting those after a late payment, and a redelivered success must still be late.
 */
export function gatewayStateAfter(
  kind: OrderKind,
  remembered: number | undefined,
  said: number | undefined,
): number | undefined {
  if (remembered === undefined || said === undefined) return said ?? remembered;
  const weight = (state: number) => (rank(kind, state) === SUCCESS ? ENDED_UNPAID - 0.5 : rank(kind, state));
  return weight(said) >= weight(remembered) ? said : remembered;
}

/** Whether the state means that money has arrived and has not been returned. */
export function isSuccess(kind: OrderKind, state: number): boolean {
  return rank(kind, state) === SUCCESS;
}

/** Whether the state means that money has arrived, returned or not. */
export function isPaidState(kind: OrderKind, state: number): boolean {
  return isSuccess(kind, state) || isRefund(kind, state);
}

/** Whether the state means that the money has been returned. */
export function isRefund(kind: OrderKind, state: number): boolean {
  return rank(kind, state) === REFUNDED;
}

function isOvertaken(kind: OrderKind, state: number, known: number | undefined): boolean {
  const isComparable = known !== undefined && isDocumentedState(kind, state);
  return isComparable && known !== state && rank(kind, state) <= rank(kind, known);
}

function rank(kind: OrderKind, state: number): number {
  return RANKS[kind][state] ?? -1;
}
