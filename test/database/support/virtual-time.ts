import type { ProcessClock } from '../../../lib/database/orders/shared-orders.js';
import type { SqlDatabase, SqlExecutor } from '../../../lib/database/sql-database.js';

/** Time that passes only while everybody waits for it: statements of a real database take none. */
export class VirtualTime {
  /** In ms since 1970. */
  now = Date.UTC(2026, 0, 1);
  /** How many transactions have begun. */
  transactions = 0;
  private underWay = 0;
  private readonly sleepers: { at: number; wake: () => void }[] = [];

  /** The database, of which no statement is overtaken by time. */
  watch(database: SqlDatabase): SqlDatabase {
    const execute: SqlExecutor['execute'] = (...statement) => this.during(database.execute(...statement));
    return {
      dialect: database.dialect,
      execute,
      begin: async (limits) => {
        this.transactions++;
        const transaction = await this.during(database.begin(limits));
        return {
          tx: transaction.tx,
          execute: (...statement) => this.during(transaction.execute(...statement)),
          commit: () => this.during(transaction.commit()),
          rollback: () => this.during(transaction.rollback()),
        };
      },
    };
  }

  /** By it a process measures: `skewMs` ahead of the others. */
  clockOf({ skewMs = 0, random = () => 0.5 }: { skewMs?: number; random?: () => number } = {}): ProcessClock {
    return { now: () => this.now + skewMs, wait: (ms, signal) => this.wait(ms, signal), random };
  }

  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.sleepers.push({ at: this.now + ms, wake });
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** Lets time pass until the work is done, or nobody waits for a time any more, or a time has come. */
  async pass(work: Promise<unknown>, until = Infinity): Promise<void> {
    let isDone = false;
    void work.then(
      () => (isDone = true),
      () => (isDone = true),
    );
    for (;;) {
      await new Promise(setImmediate);
      if (this.underWay > 0) continue;
      if (isDone) break;
      const next = this.sleepers.toSorted((one, other) => one.at - other.at)[0];
      if (next === undefined || next.at > until) break;
      this.sleepers.splice(this.sleepers.indexOf(next), 1);
      this.now = Math.max(this.now, next.at);
      next.wake();
    }
    if (isDone) await work;
  }

  private async during<Result>(work: Promise<Result>): Promise<Result> {
    this.underWay++;
    try {
      return await work;
    } finally {
      this.underWay--;
    }
  }
}
