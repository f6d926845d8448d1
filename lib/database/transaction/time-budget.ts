import type { DatabaseLimits } from '../database.options.js';
import type { SqlLimits } from '../sql-database.js';

/** Minimum time for each step, in ms: enough to recognise a duplicate. */
const LEAST_MS = 500;

/**
 * The time budget of one delivery: the sum of its limits, from the arrival of its notify. Each step is limited by its
 * own limit and by the remaining time.
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

  /** The timeouts of a transaction that begins now. */
  waits(): SqlLimits {
    const { connectionTimeoutMs, lockTimeoutMs } = this.limits;
    return { connectionTimeoutMs: this.atMost(connectionTimeoutMs), lockTimeoutMs: this.atMost(lockTimeoutMs) };
  }

  /** The remaining part of a limit for a step that starts now, in ms. */
  atMost(limitMs: number): number {
    return Math.min(limitMs, Math.max(LEAST_MS, this.endsAt - performance.now()));
  }
}
