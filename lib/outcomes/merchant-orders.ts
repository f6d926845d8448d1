import type { OrderIdentity } from '../protocol/order-identity.js';

/**
 * The merchant's own order or transfer, as far as an event must match it. null is taken for not given, so that a row of a
 * database can be returned as it is.
 */
export interface ExpectedOrder {
  /** Whole minor units, in the form in which a database driver gives them: `10031`, `'10031'`, `'10031.00'` or `10031n`. */
  amount: number | string | bigint;
  /** Compared without case and padding. */
  currency: string;
  /** Compared where given. Required with more than one merchant: their order numbers may be the same. */
  mchNo?: string | null;
  /** Compared where given. */
  appId?: string | null;
  /**
   * Compared where given, in its exact spelling: a database that compares without case may find another order's row, though
   * the gateway takes both numbers for one.
   */
  mchOrderNo?: string | null;
  /**
   * The gateway's state that this order took over last: `OrderState` or `TransferState`. An event of
   * another state that is not further is stale then, and a success after 3, 4 or 6 is late, also where the inbox has forgotten the
   * order. The same state is handed out again there, since not all of its handlers may have succeeded.
   */
  lastState?: number | string | null;
}

/** An order or transfer whose end the merchant does not know yet. */
export interface PendingOrder {
  mchOrderNo: string;
  /** `payment` where left out. */
  kind?: 'payment' | 'transfer' | null;
  /** The app that it was made for; may be left out where only one is configured. With more than one merchant, mchNo is required. */
  merchant?: { mchNo?: string | null; appId: string } | null;
}

/** The merchant's own database of orders: the one source of truth about what was ordered. */
export interface MerchantOrders {
  /**
   * The merchant's own order of this kind, merchant and number, or null where there is none. Look for it with kind, mchNo and
   * mchOrderNo: two merchants may have orders of one number. Where it throws, or gives what cannot be compared, the event is
   * not acknowledged and comes again.
   */
  find(order: OrderIdentity): Promise<ExpectedOrder | null | undefined>;
  /**
   * Orders made before a time whose end is not known yet: the oldest first without the first `skip` of them, `limit` at
   * the most. Where `skip` is ignored, the first ones come again, and those behind are not asked about before these have
   * ended. With the option `database` it is never called, and may be left out; without it, it is required.
   */
  pending?(before: Date, limit: number, skip: number): Promise<PendingOrder[]>;
}
