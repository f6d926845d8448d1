import type { OrderStatus } from '../client/order-store.js';

/** What a key is for: it has one app, amount and currency. */
export interface CheckoutTerms {
  mchNo: string;
  appId: string;
  key: string;
  /** Minor units. */
  amount: number;
  currency: string;
}

/** What stands under a key. */
export interface CheckoutEntry extends Pick<CheckoutTerms, 'appId' | 'amount' | 'currency'> {
  /** The number of the order that everybody who asks is given. */
  mchOrderNo: string;
  /** The number of an order under the key of which the gateway has said that it is paid, or was. */
  paidNo: string | undefined;
  /** What is known of the order `mchOrderNo`; undefined where no create of it has begun. */
  order: CheckoutOrder | undefined;
}

/** An order under a key. */
export interface CheckoutOrder {
  /** `unknown` also where a create has not ended in its time. */
  status: OrderStatus;
  gatewayState: number | undefined;
  lastApplied: number | undefined;
  /** When it expires at the gateway, in ms since 1970. */
  expiresAt: number | undefined;
}

/** Which order stands under which key. */
export interface CheckoutStore {
  /**
   * Gives what stands under the key; where nothing does, writes the key first. Holds no lock when it resolves.
   *
   * @param mchOrderNo the number that a new key gets
   */
  enter(terms: CheckoutTerms, mchOrderNo: string): Promise<CheckoutEntry>;
  /**
   * Has another number stand under the key.
   *
   * @returns false, and nothing is changed, where another one than `old` stands there by now, or the key is paid
   */
  replace(terms: CheckoutTerms, old: string, mchOrderNo: string): Promise<boolean>;
}
