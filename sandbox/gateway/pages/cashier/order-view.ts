import { ORDER_STATE } from '../../orders/order-state.js';
import type { SandboxOrder } from '../../orders/sandbox-order.js';

/** What the payer sees of an order. `late`: it was paid after it had failed or closed. */
const ORDER_VIEWS = ['open', 'paid', 'failed', 'cancelled', 'refunded', 'closed', 'expired', 'late'] as const;

export type OrderView = (typeof ORDER_VIEWS)[number];

export type EndedView = Exclude<OrderView, 'open'>;

export function viewOf(order: SandboxOrder): OrderView {
  const { state } = order;
  switch (state) {
    case ORDER_STATE.created:
    case ORDER_STATE.paying:
      return 'open';
    case ORDER_STATE.success:
      return 'paid';
    case ORDER_STATE.cancelled:
      return 'cancelled';
    case ORDER_STATE.refunded:
      return 'refunded';
    case ORDER_STATE.failed:
      return order.paidLateAt === undefined ? 'failed' : 'late';
    case ORDER_STATE.closed:
      if (order.paidLateAt !== undefined) return 'late';
      return order.expired ? 'expired' : 'closed';
    default: {
      const unknown: never = state;
      throw new Error(`No such order state: ${String(unknown)}`);
    }
  }
}

/** When the order reached its current state, in ms since 1970. */
export function endedAt(order: SandboxOrder): number {
  return order.history.at(-1)?.at ?? order.createdAt;
}
