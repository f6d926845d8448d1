import { isFinal, OrderState } from './order-state.js';
import { isFinalTransfer, TransferState } from './transfer-state.js';

export type OrderKind = 'payment' | 'transfer';

/**
 * How far a state is on its way: 0 < 1 < 3, 4, 6 < 2 < 5. Money can arrive after an order has failed or closed, so success
 * is further than both. Source: protocol §4 and §5.
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

/** The rank of the states that say that no money will come. */
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

/** Whether an order or transfer in this state is done with, unless a late payment comes in. */
export function isFinalState(kind: OrderKind, state: number): boolean {
  return kind === 'payment' ? isFinal(state) : isFinalTransfer(state);
}

/** The states in which an order or transfer is done with. */
export function endStates(kind: OrderKind): number[] {
  return documentedStates(kind).filter((state) => isFinalState(kind, state));
}

/** Whether the state says that no money will come: 3, 4 or 6. It can come all the same. */
export function isUnpaidEnd(kind: OrderKind, state: number): boolean {
  return rank(kind, state) === ENDED_UNPAID;
}

/** What decides whether an event is news. */
export interface KnownStates {
  /** The state whose handlers have committed last. */
  lastApplied: number | undefined;
  /** The state that the merchant's own order took over last, where the merchant tells. */
  lastState?: number | undefined;
}

/**
 * What an event of this state is: `duplicate` only where its own handlers have committed, `stale` where it is not further
 * than another state that was applied or that the merchant's own order has, `new` otherwise. An undocumented state is always
 * `new`: nobody knows how far it is.
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
 * The state by which somebody has said before that no money will come, for a success that came all the same; undefined for
 * any other event, and where nobody has said so. A success with one is late.
 *
 * @param words the states that the gateway, the inbox or the merchant's own order has given for this order
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
 * The gateway's state to remember: what it said last, unless that takes a step back. A success comes before 3, 4 and 6 here:
 * the platform's query goes on saying those after a late payment, and a success that comes again must still be late.
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

/** Whether the state says that money has come and is still there. */
export function isSuccess(kind: OrderKind, state: number): boolean {
  return rank(kind, state) === SUCCESS;
}

/** Whether the state says that money has come, whether or not it is still there. */
export function isPaidState(kind: OrderKind, state: number): boolean {
  return isSuccess(kind, state) || isRefund(kind, state);
}

/** Whether the state says that the money has been given back. */
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
