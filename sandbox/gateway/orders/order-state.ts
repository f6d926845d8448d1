/** Source: protocol §5. 4 (cancelled) is documented and never set. */
export const ORDER_STATE = {
  created: 0,
  paying: 1,
  success: 2,
  failed: 3,
  cancelled: 4,
  refunded: 5,
  closed: 6,
} as const;

export const TRANSFER_STATE = { created: 0, processing: 1, success: 2, failed: 3, closed: 4 } as const;

/** A refund that its channel refuses immediately stays in 1, with errCode and errMsg. Source: protocol §10. */
export const REFUND_STATE = { created: 0, processing: 1, success: 2, failed: 3, closed: 4 } as const;

export type OrderStateNumber = (typeof ORDER_STATE)[keyof typeof ORDER_STATE];
export type TransferStateNumber = (typeof TRANSFER_STATE)[keyof typeof TRANSFER_STATE];
export type RefundStateNumber = (typeof REFUND_STATE)[keyof typeof REFUND_STATE];

/** A past or current state of an order, and when it started (in ms since 1970). */
export interface StateChange<S> {
  readonly state: S;
  readonly at: number;
}

/** The order's state does not allow the requested change. */
export class SandboxStateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SandboxStateError';
  }
}

const ORDER_MOVES: Readonly<Record<OrderStateNumber, readonly OrderStateNumber[]>> = {
  0: [1, 6],
  1: [2, 3, 6],
  2: [5],
  3: [],
  4: [],
  5: [],
  6: [],
};

/** For transfers and refunds. */
const MONEY_MOVES: Readonly<Record<TransferStateNumber, readonly TransferStateNumber[]>> = {
  0: [1],
  1: [2, 3],
  2: [],
  3: [],
  4: [],
};

const PENDING: ReadonlySet<number> = new Set([ORDER_STATE.created, ORDER_STATE.paying]);

/** Whether the state is final on the gateway (except for a full refund); also for transfers and refunds. */
export function isFinal(state: number): boolean {
  return !PENDING.has(state);
}

interface Stateful<S> {
  readonly mchOrderNo: string;
  readonly mchRefundNo?: string;
  state: S;
  readonly history: StateChange<S>[];
}

/** @throws SandboxStateError if the order's state does not allow a change to `to`. */
export function moveOrder(order: Stateful<OrderStateNumber>, to: OrderStateNumber, at: number): void {
  move(order, to, at, ORDER_MOVES);
}

/** @throws SandboxStateError if the state of the transfer or refund does not allow a change to `to`. */
export function moveMoney(entry: Stateful<TransferStateNumber>, to: TransferStateNumber, at: number): void {
  move(entry, to, at, MONEY_MOVES);
}

function move<S extends number>(entry: Stateful<S>, to: S, at: number, moves: Readonly<Record<S, readonly S[]>>): void {
  if (!moves[entry.state].includes(to)) {
    const number = entry.mchRefundNo ?? entry.mchOrderNo;
    throw new SandboxStateError(`${number} is in state ${entry.state}, which does not lead to ${to}`);
  }
  entry.state = to;
  entry.history.push({ state: to, at });
}
