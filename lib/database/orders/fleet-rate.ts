import type { Tables } from '../schema/schema-names.js';
import type { SqlDialect, SqlExecutor, SqlValue } from '../sql-database.js';

/** How far ahead slots are assigned, in ms; at slower rates, one slot. */
const AHEAD_MS = 5_000;

/**
 * The database's time, in ms since 1970. The clocks of the processes may differ: one that is ahead would use up the
 * shared rate and take work of others.
 */
const CLOCK: Readonly<Record<SqlDialect, string>> = {
  postgres: 'FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)',
  // Without a time zone, because local time can go back.
  mysql: "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000",
  sqlite: "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
};

/** The free slots of a fleet while its rate is locked. */
export interface FreeSlots {
  /** The database's time, in ms since 1970. */
  now: number;
  /** The number of free slots. */
  count: number;
  /** The time of the first one, in ms since 1970; if none is free, it is too far ahead. */
  firstAt: number;
  /** Time until one is free, in ms; 0 if one is free. */
  freeInMs: number;
}

/** The query rate shared by all processes of an instance: one row, which is locked to take slots. */
export class FleetRate {
  /** The interval between queries, in ms; may be a fraction. */
  readonly intervalMs: number;
  private isThere = false;

  constructor(
    private readonly dialect: SqlDialect,
    private readonly tables: Tables,
    private readonly instance: string,
    perMinute: number,
    /** An SQL expression of the time in ms since 1970, and its parameters. */
    private readonly clock: () => { sql: string; params: SqlValue[] } = () => ({ sql: CLOCK[dialect], params: [] }),
  ) {
    this.intervalMs = 60_000 / perMinute;
  }

  /** Inserts the row if it is missing. Outside a transaction, because concurrent inserts would block each other. */
  async prepare(database: SqlExecutor): Promise<void> {
    if (this.isThere) return;
    const [head, end] = this.dialect === 'mysql' ? ['INSERT IGNORE', ''] : ['INSERT', ' ON CONFLICT DO NOTHING'];
    await database.execute(`${head} INTO ${this.tables.rate} (instance, next_at) VALUES (?, 0)${end}`, [this.instance]);
    this.isThere = true;
  }

  /** Locks the rate until the transaction ends. */
  async lock(transaction: SqlExecutor): Promise<FreeSlots> {
    const forUpdate = this.dialect === 'sqlite' ? '' : ' FOR UPDATE';
    const locked = await transaction.execute(`SELECT next_at FROM ${this.tables.rate} WHERE instance = ?${forUpdate}`, [
      this.instance,
    ]);
    const nextAt = Number(locked.rows[0]?.next_at ?? 0);
    const { sql, params } = this.clock();
    const { rows } = await transaction.execute(`SELECT ${sql} AS now`, params);
    const now = Number(rows[0]!.now);
    const aheadMs = Math.max(AHEAD_MS, this.intervalMs);
    // It can be further ahead only if the clock was set back.
    const firstAt = Math.max(now, Math.min(nextAt, now + Math.ceil(aheadMs + this.intervalMs)));
    const spareMs = now + aheadMs - firstAt;
    return {
      now,
      count: spareMs < 0 ? 0 : Math.floor(spareMs / this.intervalMs) + 1,
      firstAt,
      freeInMs: Math.max(0, Math.ceil(-spareMs)),
    };
  }

  /** Takes the first slots. A count of 0 corrects the row after the clock was set back. */
  async use(transaction: SqlExecutor, { firstAt }: FreeSlots, count: number): Promise<void> {
    const { affected } = await transaction.execute(`UPDATE ${this.tables.rate} SET next_at = ? WHERE instance = ?`, [
      firstAt + Math.ceil(count * this.intervalMs),
      this.instance,
    ]);
    // The table was emptied.
    if (affected === 0) this.isThere = false;
  }
}
