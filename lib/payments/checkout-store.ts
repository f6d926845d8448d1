import type { OrderStatus } from '../client/order-store.js';

/** The terms of a key: one app, amount and currency. */
export interface CheckoutTerms {
  mchNo: string;
  appId: string;
  key: string;
  /** Minor units. */
  amount: number;
  currency: string;
}

/** The current state of a key. */
export interface CheckoutEntry extends Pick<CheckoutTerms, 'appId' | 'amount' | 'currency'> {
  /** The number of the order that every caller gets. */
  mchOrderNo: string;
  /** The number of an order under the key that the gateway has reported as paid, or as paid and refunded. */
  paidNo: string | undefined;
  /** What is known about the order `mchOrderNo`; undefined if its create has not started. */
  order: CheckoutOrder | undefined;
}

/** An order under a key. */
export interface CheckoutOrder {
  /** `unknown` also if a create has exceeded its lease. */
  status: OrderStatus;
  gatewayState: number | undefined;
  lastApplied: number | undefined;
  /** When it expires at the gateway, in ms since 1970. */
  expiresAt: number | undefined;
}

/** Stores the current order of each key. */
export interface CheckoutStore {
  /**
   * Returns the state of the key, and inserts the key first if it does not exist. Holds no lock when it resolves.
   *
   * @param mchOrderNo the number for a new key
   */
  enter(terms: CheckoutTerms, mchOrderNo: string): Promise<CheckoutEntry>;
  /**
   * Replaces the number of the key.
   *
   * @returns false, without a change, if the number is no longer `old`, or if the key is paid
   */
  replace(terms: CheckoutTerms, old: string, mchOrderNo: string): Promise<boolean>;
}
