import type { PaymentOrder } from '../payments/payment-order.dto.js';
import type { OrderIdentity } from '../protocol/order-identity.js';
import type { Transfer } from '../transfers/transfer.dto.js';
import type { ProcessResult } from './outcome.js';
import type { NamedOrder } from './read-merchant-orders.js';

/**
 * The result of querying one order: the result of its event, or why there was none. `never-made`: the create's outcome
 * was unknown, and the gateway does not know the order a day after it would have expired.
 */
export type ReconcileResult =
  Exclude<ProcessResult, 'unknown-order'> | 'pending' | 'not-found' | 'never-made' | 'needs-attention';

/** The queried data of an order. */
export interface QueriedOrder {
  data: PaymentOrder | Transfer;
  isFinal: boolean;
  needsAttention: boolean;
}

/** The result of querying an order; `queried` is undefined if the gateway does not know the order or did not respond. */
export interface Finding {
  result: ReconcileResult | 'failed';
  queried: QueriedOrder | undefined;
}

/** Takes up to the given number of due orders, or errors for unreadable ones; empty when no more are due. */
export type TakeDue = (most: number) => Promise<readonly (NamedOrder | Error)[]>;

/** The source of orders without a final state; stores when each is checked next. */
export abstract class DueOrders {
  /** Whether there can be such orders. */
  abstract readonly areThere: boolean;

  /** Maximum number of concurrent queries. */
  abstract readonly atOnce: number;

  /** Starts a sweep. Each taken order gets a turn and is settled. */
  abstract sweep(): TakeDue;

  /**
   * Takes the order if it has no final state; undefined otherwise.
   *
   * @throws what the store of orders throws.
   */
  abstract takeNamed(order: OrderIdentity): Promise<NamedOrder | undefined>;

  /** Resolves when a taken order may be queried, or with false if it must be left to another process or to later. */
  abstract turn(order: NamedOrder): Promise<boolean>;

  /** Records that a transfer needs attention; false if that is already recorded. */
  abstract noteAttention(order: OrderIdentity): Promise<boolean>;

  /**
   * Stores the result of a query.
   *
   * @param order the taken order, or one that an operator asked for
   * @param identity the identity, if the order was not taken
   * @returns `never-made` if `not-found` means that
   */
  abstract settle(order: NamedOrder, finding: Finding, identity?: OrderIdentity): Promise<'never-made' | undefined>;

  /** Grants no more turns. */
  abstract stop(): void;
}
