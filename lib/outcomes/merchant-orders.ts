import type { OrderIdentity } from '../protocol/order-identity.js';

/**
 * The terms of the merchant's order or transfer that an event must match. null counts as absent, so that a database row
 * can be returned unchanged.
 */
export interface ExpectedOrder {
  /** Whole minor units, in any form that database drivers return: `10031`, `'10031'`, `'10031.00'` or `10031n`. */
  amount: number | string | bigint;
  /** Compared case-insensitively and without padding. */
  currency: string;
  /** Compared if present. Required with several merchants, because their order numbers may be the same. */
  mchNo?: string | null;
  /** Compared if present. */
  appId?: string | null;
  /**
   * Compared if present, in its exact spelling: a database that compares case-insensitively may find another order's
   * row, although the gateway treats both numbers as the same order.
   */
  mchOrderNo?: string | null;
  /**
   * The last gateway state that this order applied: `OrderState` or `TransferState`. With it, an event of a different
   * state that does not rank higher is stale, and a success after 3, 4 or 6 is late, even if the inbox has lost the
   * order. The same state is delivered again, because not all of its handlers may have succeeded.
   */
  lastState?: number | string | null;
}

/** An order or transfer without a final state at the merchant. */
export interface PendingOrder {
  mchOrderNo: string;
  /** Defaults to `payment`. */
  kind?: 'payment' | 'transfer' | null;
  /** The app that created it; may be left out if only one is configured. With several merchants, mchNo is required. */
  merchant?: { mchNo?: string | null; appId: string } | null;
}

/** The merchant's order database, the source of truth for what was ordered. */
export interface MerchantOrders {
  /**
   * Returns the merchant's order of this kind, merchant and number, or null if there is none. Use kind, mchNo and
   * mchOrderNo in the lookup, because two merchants may use the same order number. If it throws, or returns a value
   * that cannot be compared, the event is not acknowledged and will be redelivered.
   */
  find(order: OrderIdentity): Promise<ExpectedOrder | null | undefined>;
  /**
   * Returns orders without a final state that were created before a time: oldest first, skipping the first `skip`, at
   * most `limit`. If `skip` is ignored, the first orders are returned again and later ones are not queried until those
   * have ended. Required without the option `database`; never called with it.
   */
  pending?(before: Date, limit: number, skip: number): Promise<PendingOrder[]>;
}
