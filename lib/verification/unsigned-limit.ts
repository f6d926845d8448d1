import { LRUCache } from 'lru-cache';

/** Minimum interval between two queries for one order, in ms. */
const PER_ORDER_MS = 60_000;

/** Maximum number of remembered orders. */
const MAX_ORDERS = 1_000;

/**
 * Limits the queries that messages without a valid signature can cause: one per minute for an order, and `perMinute`
 * for all orders together, which is a tenth of the reconciler's rate. The senders of such messages are unknown.
 */
export class UnsignedLimit {
  private readonly asked = new LRUCache<string, number>({ max: MAX_ORDERS });
  /** When each query of the last minute was allowed, in ms since 1970, oldest first. */
  private allowed: number[] = [];

  /**
   * @param perMinute may be less than 1: one query in several minutes
   * @param now in ms since 1970
   */
  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Whether this order may be queried now; if so, that counts as a query.
   *
   * @param order its `orderKey`
   */
  take(order: string): boolean {
    const now = this.now();
    const last = this.asked.get(order);
    if (last !== undefined && now - last < PER_ORDER_MS) return false;
    const windowMs = 60_000 * Math.max(1, 1 / this.perMinute);
    this.allowed = this.allowed.filter((at) => now - at < windowMs);
    if (this.allowed.length >= Math.max(1, Math.floor(this.perMinute))) return false;
    this.allowed.push(now);
    this.asked.set(order, now);
    return true;
  }
}
