import type { PaymentOrder } from '../payments/payment-order.dto.js';
import type { OrderIdentity } from '../protocol/order-identity.js';
import type { Transfer } from '../transfers/transfer.dto.js';
import type { ProcessResult } from './outcome.js';
import type { NamedOrder } from './read-merchant-orders.js';

/**
 * What querying one order came to: what became of its event, or why there was none. `never-made`: a day after it would have
 * expired, the gateway does not know an order of which it was not known whether it exists.
 */
export type ReconcileResult =
  Exclude<ProcessResult, 'unknown-order'> | 'pending' | 'not-found' | 'never-made' | 'needs-attention';

/** What the gateway's query says of an order. */
export interface QueriedOrder {
  data: PaymentOrder | Transfer;
  isFinal: boolean;
  needsAttention: boolean;
}

/** What a query of an order came to; `queried` is undefined where the gateway does not know the order, or did not answer. */
export interface Finding {
  result: ReconcileResult | 'failed';
  queried: QueriedOrder | undefined;
}

/** Gives orders that are due, up to as many as asked for, or why one is not readable; nothing when no more are due. */
export type TakeDue = (most: number) => Promise<readonly (NamedOrder | Error)[]>;

/** Where the orders come from whose end nobody knows, and where it is kept when they are looked at next. */
export abstract class DueOrders {
  /** Whether there can be any. */
  abstract readonly areThere: boolean;

  /** How many are queried at once. */
  abstract readonly atOnce: number;

  /** Begins a sweep. Each order that is taken gets its turn, and is settled. */
  abstract sweep(): TakeDue;

  /**
   * The order, taken, where it is one whose end is not known; undefined for any other.
   *
   * @throws what the store of orders throws.
   */
  abstract takeNamed(order: OrderIdentity): Promise<NamedOrder | undefined>;

  /** Resolves when a taken order may be queried; with false where it must not be, and is left to others or to later. */
  abstract turn(order: NamedOrder): Promise<boolean>;

  /** Remembers that a person has to look at a transfer; false where that is remembered already. */
  abstract noteAttention(order: OrderIdentity): Promise<boolean>;

  /**
   * Keeps what a query came to.
   *
   * @param order as it was taken; one that was not, an operator has asked about
   * @param identity of one that was not taken
   * @returns `never-made` where that is what a `not-found` came to
   */
  abstract settle(order: NamedOrder, finding: Finding, identity?: OrderIdentity): Promise<'never-made' | undefined>;

  /** Gives no turns any more. */
  abstract stop(): void;
}
