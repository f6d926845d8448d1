/** The states of a payment order. Source: protocol §5. */
export enum OrderState {
  /** Created; the payer has not started. */
  Created = 0,
  Paying = 1,
  /** Paid. */
  Success = 2,
  /** The channel refused or was unavailable. A payment can still arrive; it is then reported as success. */
  Failed = 3,
  /** Documented, never seen. */
  Cancelled = 4,
  /** Paid and fully refunded. */
  Refunded = 5,
  /** Closed or expired. A payment can still arrive; it is then reported as success. */
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

/** Whether this state is final, unless a late payment arrives. */
export function isFinal(state: OrderState): boolean {
  return state !== OrderState.Created && state !== OrderState.Paying;
}
