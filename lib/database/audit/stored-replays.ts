import { optional } from '../orders/order-row.js';
import type { ReplayStatus } from '../replay/replay-table.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlExecutor, SqlRow } from '../sql-database.js';
import { pagingOf, type ReplayListOptions } from './list-options.js';
import { definedOf, selectPage, timeOf } from './select-page.js';

/** A replay that somebody has asked for. It stays in the table for good. */
export interface StoredReplay {
  id: number;
  /** The outcome. */
  idempotencyKey: string;
  /** Class and method of the one handler that gets it; undefined: all of its handlers. */
  handler?: string;
  /** Who has asked for it, and why. */
  reason: string;
  /** `pending`: a running process is to do it; `done`: the handlers have committed; `failed`: they have not, and do not run again. */
  status: ReplayStatus;
  /** Why it has failed, or was put back. */
  error?: string;
  requestedAt: Date;
  /** When it was done, or failed. */
  endedAt?: Date;
}

/** Replays of a list. */
export interface ReplayPage {
  replays: StoredReplay[];
  /** What to give as `after` for the replays that come next; undefined after the last one. */
  next?: string;
}

/** What to replay, and why. */
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
   * Asks for a replay. Where one of the same outcome and handlers is still pending, that one is it: who has not got the answer
   * may ask again.
   *
   * @param now in ms since 1970
   */
  async add(
    transaction: SqlExecutor,
    { idempotencyKey, mchNo, handler, reason }: NewReplay,
    now: number,
  ): Promise<StoredReplay> {
    const key = [this.instance, idempotencyKey];
    // Whoever asks for the same waits here.
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
