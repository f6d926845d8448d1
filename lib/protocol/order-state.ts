/** The states of a payment order. Source: protocol §5. */
export enum OrderState {
  /** Made; the payer has not begun. */
  Created = 0,
  Paying = 1,
  /** Paid. */
  Success = 2,
  /** The channel refused or could not be used. A payment can still come in: it is then reported as success. */
  Failed = 3,
  /** Documented, never seen. */
  Cancelled = 4,
  /** Paid and refunded whole. */
  Refunded = 5,
  /** Closed or expired. A payment can still come in: it is then reported as success. */
  Closed = 6,
}

export const ORDER_STATES = [
  OrderState.Created,
  OrderState.Paying,
  OrderState.Success,
  OrderState.Failed,
  OrderState.Cancelled,
  OrderState.Refunded,
  OrderState.Closed,
] as const;

/** Whether an order in this state is done with, unless a late payment comes in. */
export function isFinal(state: OrderState): boolean {
  return state !== OrderState.Created && state !== OrderState.Paying;
}
