import type { DatabaseLimits } from '../database.options.js';
import type { SqlLimits } from '../sql-database.js';

/** What each step is left at the least, in ms: enough to find out that an event is a duplicate. */
const LEAST_MS = 500;

/**
 * The time that one delivery may take: the sum of its limits, from the arrival of its notify. Each step takes no longer than
 * its own limit, and no longer than the steps before it have left.
 */
export class TimeBudget {
  private readonly endsAt: number;

  /** @param startedAt by `performance.now()` */
  constructor(
    private readonly limits: DatabaseLimits,
    startedAt = performance.now(),
  ) {
    const { connectionTimeoutMs, lockTimeoutMs, handlerTimeoutMs } = limits;
    this.endsAt = startedAt + connectionTimeoutMs + lockTimeoutMs + handlerTimeoutMs;
  }

  get isOver(): boolean {
    return performance.now() >= this.endsAt;
  }

  /** What a transaction that begins now may wait. */
  waits(): SqlLimits {
    const { connectionTimeoutMs, lockTimeoutMs } = this.limits;
    return { connectionTimeoutMs: this.atMost(connectionTimeoutMs), lockTimeoutMs: this.atMost(lockTimeoutMs) };
  }

  /** What is left of a limit of a step that begins now, in ms. */
  atMost(limitMs: number): number {
    return Math.min(limitMs, Math.max(LEAST_MS, this.endsAt - performance.now()));
  }
}
