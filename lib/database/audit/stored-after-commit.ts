import type { OutcomeEvent, PaymentOutcome, TransferOutcome } from '../../outcomes/outcome.js';
import type { OrderIdentity } from '../../protocol/order-identity.js';
import { comparedOrderNumber } from '../../protocol/order-number.js';
import type { AfterCommitStatus } from '../after-commit/after-commit-table.js';
import { optional } from '../orders/order-row.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlRow } from '../sql-database.js';
import { pagingOf, type AfterCommitListOptions } from './list-options.js';
import { definedOf, selectPage, timeOf } from './select-page.js';

/** One handler's after-commit work for an outcome; completed work has no entry. */
export interface StoredAfterCommit extends OrderIdentity {
  /** The outcome. */
  idempotencyKey: string;
  /** The state that it has reached. */
  state: number;
  /** Class and method. */
  handler: string;
  /** `pending`: to be done; `dead`: attempts exhausted. */
  status: AfterCommitStatus;
  /** Number of attempts, since the last manual retry if there was one. */
  attempts: number;
  /** Why the last attempt failed or was not made. */
  error?: string;
  /** Whether it belongs to a replay. */
  replayed: boolean;
  /** When the outcome was applied or replayed. */
  createdAt: Date;
  /** When the next attempt is due. */
  dueAt?: Date;
}

/** A page of after-commit work. */
export interface AfterCommitPage {
  afterCommit: StoredAfterCommit[];
  /** The value of `after` for the next page; undefined on the last page. */
  next?: string;
}

/** Reads the after-commit work of one instance. */
export class StoredAfterCommits {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    private readonly instance: string,
  ) {}

  async list(options: AfterCommitListOptions): Promise<AfterCommitPage> {
    const { status, handler, mchNo, mchOrderNo } = options;
    const where = {
      'instance = ?': this.instance,
      'compared_no = ?': mchOrderNo === undefined ? undefined : comparedOrderNumber(mchOrderNo),
      // The condition is repeated so that each database uses its index.
      [status === 'dead' ? "status = 'dead' AND status = ?" : 'status = ?']: status,
      'handler = ?': handler,
      'mch_no = ?': mchNo,
    };
    const columns =
      'id, idempotency_key, handler, kind, status, attempts, error, outcome, replay_id, created_at, due_at';
    const page = { columns, table: this.tables.afterCommit, where };
    const { rows, next } = await selectPage(this.database, page, pagingOf(options));
    return { afterCommit: rows.map(readEntry), ...(next !== undefined && { next }) };
  }
}

function readEntry(row: SqlRow): StoredAfterCommit {
  const { mchNo, appId, mchOrderNo, state } = JSON.parse(String(row.outcome)) as PaymentOutcome | TransferOutcome;
  const given = { error: optional(row.error, String), dueAt: optional(row.due_at, timeOf) };
  return {
    idempotencyKey: String(row.idempotency_key),
    kind: String(row.kind) as OutcomeEvent['kind'],
    mchNo,
    appId,
    mchOrderNo,
    state,
    handler: String(row.handler),
    status: String(row.status) as AfterCommitStatus,
    attempts: Number(row.attempts),
    replayed: Number(row.replay_id) > 0,
    createdAt: timeOf(row.created_at),
    ...definedOf(given),
  };
}
