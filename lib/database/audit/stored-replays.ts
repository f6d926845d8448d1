import { optional } from '../orders/order-row.js';
import type { ReplayStatus } from '../replay/replay-table.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlExecutor, SqlRow } from '../sql-database.js';
import { pagingOf, type ReplayListOptions } from './list-options.js';
import { definedOf, selectPage, timeOf } from './select-page.js';

/** A requested replay. It stays in the table permanently. */
export interface StoredReplay {
  id: number;
  /** The outcome. */
  idempotencyKey: string;
  /** Class and method of its only handler; undefined: all handlers of the outcome. */
  handler?: string;
  /** Who requested it and why. */
  reason: string;
  /**
   * `pending`: waiting for a running process; `done`: the handlers have committed; `failed`: they have not, and will
   * not run again.
   */
  status: ReplayStatus;
  /** Why it failed or was released. */
  error?: string;
  requestedAt: Date;
  /** When it completed or failed. */
  endedAt?: Date;
}

/** A page of replays. */
export interface ReplayPage {
  replays: StoredReplay[];
  /** The value of `after` for the next page; undefined on the last page. */
  next?: string;
}

/** What to replay and why. */
export interface NewReplay {
  idempotencyKey: string;
  mchNo: string;
  handler: string | undefined;
  reason: string;
}

const COLUMNS = 'id, idempotency_key, handler, reason, status, error, requested_at, ended_at';

/** Writes and reads the replays of one instance. */
export class StoredReplays {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    private readonly instance: string,
  ) {}

  async list(options: ReplayListOptions): Promise<ReplayPage> {
    const { status, idempotencyKey } = options;
    const where = { 'instance = ?': this.instance, 'idempotency_key = ?': idempotencyKey, 'status = ?': status };
    const page = { columns: COLUMNS, table: this.tables.replay, where };
    const { rows, next } = await selectPage(this.database, page, pagingOf(options));
    return { replays: rows.map(readReplay), ...(next !== undefined && { next }) };
  }

  /**
   * Requests a replay. If one with the same outcome and handlers is pending, returns that one, so that a request can be
   * repeated.
   *
   * @param now in ms since 1970
   */
  async add(
    transaction: SqlExecutor,
    { idempotencyKey, mchNo, handler, reason }: NewReplay,
    now: number,
  ): Promise<StoredReplay> {
    const key = [this.instance, idempotencyKey];
    // Concurrent requests for the same replay wait here.
    await transaction.execute(
      `SELECT id FROM ${this.tables.outcome} WHERE instance = ? AND idempotency_key = ?${this.database.dialect === 'sqlite' ? '' : ' FOR UPDATE'}`,
      key,
    );
    const pending = async () => {
      const { rows } = await transaction.execute(
        `SELECT ${COLUMNS} FROM ${this.tables.replay} WHERE instance = ? AND idempotency_key = ? AND status = 'pending' AND COALESCE(handler, '') = ?`,
        [...key, handler ?? ''],
      );
      return rows[0] && readReplay(rows[0]);
    };
    const known = await pending();
    if (known !== undefined) return known;
    await transaction.execute(
      `INSERT INTO ${this.tables.replay} (instance, idempotency_key, mch_no, handler, reason, status, attempts, requested_at, due_at) VALUES (?, ?, ?, ?, ?, 'pending', 0, ?, ?)`,
      [...key, mchNo, handler ?? null, reason, now, now],
    );
    return (await pending())!;
  }
}

function readReplay(row: SqlRow): StoredReplay {
  const given = {
    handler: optional(row.handler, String),
    error: optional(row.error, String),
    endedAt: optional(row.ended_at, timeOf),
  };
  return {
    id: Number(row.id),
    idempotencyKey: String(row.idempotency_key),
    reason: String(row.reason),
    status: String(row.status) as ReplayStatus,
    requestedAt: timeOf(row.requested_at),
    ...definedOf(given),
  };
}
