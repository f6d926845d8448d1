import type { Tables } from '../schema/schema-names.js';
import type { SqlDialect, SqlExecutor, SqlValue } from '../sql-database.js';

/** How far ahead of their time slots are given out, in ms; at a slower rate than that, one slot. */
const AHEAD_MS = 5_000;

/**
 * What the database's clock says, in ms since 1970. The processes' own clocks may differ: one that is ahead would use up the
 * rate of all, and take what others have taken.
 */
const CLOCK: Readonly<Record<SqlDialect, string>> = {
  postgres: 'FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)',
  // Without a time zone, whose clock may be put back.
  mysql: "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000",
  sqlite: "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
};

/** The free slots of a fleet, while its rate is locked. */
export interface FreeSlots {
  /** What the database's clock says, in ms since 1970. */
  now: number;
  /** How many there are. */
  count: number;
  /** When the first one is, in ms since 1970; where none is free, that is too far ahead. */
  firstAt: number;
  /** In how many ms one is free; 0 where one is. */
  freeInMs: number;
}

/** The rate of queries that all processes of an instance share: one row, which whoever takes slots locks. */
export class FleetRate {
  /** The time from one query to the next, in ms; not always a whole number. */
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

  /** Makes the row where it is not there. Outside of a transaction: several that make it in theirs would block each other. */
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
    // Further ahead, only a clock that was put back leaves it.
    const firstAt = Math.max(now, Math.min(nextAt, now + aheadMs + Math.ceil(this.intervalMs)));
    const spareMs = now + aheadMs - firstAt;
    return {
      now,
      count: spareMs < 0 ? 0 : Math.floor(spareMs / this.intervalMs) + 1,
      firstAt,
      freeInMs: Math.max(0, Math.ceil(-spareMs)),
    };
  }

  /** Takes the first slots. A count of 0 keeps what a clock that was put back has left in bounds. */
  async use(transaction: SqlExecutor, { firstAt }: FreeSlots, count: number): Promise<void> {
    const { affected } = await transaction.execute(`UPDATE ${this.tables.rate} SET next_at = ? WHERE instance = ?`, [
      firstAt + Math.ceil(count * this.intervalMs),
      this.instance,
    ]);
    // Somebody has emptied the table.
    if (affected === 0) this.isThere = false;
  }
}
