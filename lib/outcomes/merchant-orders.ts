/** The merchant's own order or transfer, as far as an event must match it. */
export interface ExpectedOrder {
  /** Minor units. */
  amount: number;
  currency: string;
  /** Compared where they are given. */
  mchNo?: string;
  appId?: string;
}

/** An order or transfer whose end the merchant does not know yet. */
export interface PendingOrder {
  mchOrderNo: string;
  /** `payment` where left out. */
  kind?: 'payment' | 'transfer';
  /** The merchant's app that it was made for; may be left out where only one is configured. */
  merchant?: { mchNo?: string; appId: string };
}

/** The merchant's own database of orders: the one source of truth about what was ordered. */
export interface MerchantOrders {
  /** The merchant's own order of this number, or null where there is none. */
  find(mchOrderNo: string, kind: 'payment' | 'transfer'): Promise<ExpectedOrder | null>;
  /**
   * Orders made before a time whose end is not known yet: the oldest first without the first `skip` of them, `limit` at
   * the most. A book that knows no `skip` gives the first ones again; those behind are then not asked about before these
   * have ended.
   */
  pending(before: Date, limit: number, skip: number): Promise<PendingOrder[]>;
}
