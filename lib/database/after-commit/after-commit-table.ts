import { idempotencyKey, PaymentOutcome, TransferOutcome } from '../../outcomes/outcome.js';
import type { OutcomeEvent, OutcomeFacts } from '../../outcomes/outcome.js';
import { comparedOrderNumber } from '../../protocol/order-number.js';
import { placeholders } from '../placeholders.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlExecutor, SqlRow } from '../sql-database.js';

/** `dead`: attempts exhausted, kept for inspection. Completed work has no row. */
export type AfterCommitStatus = 'pending' | 'dead';

/** One handler's after-commit work for one outcome, taken by this process. */
export interface AfterCommitCall {
  id: number;
  /** Class and method. */
  handler: string;
  outcome: PaymentOutcome | TransferOutcome;
  /** Number of attempts, including this one. */
  attempts: number;
  /** When its outcome was applied, in ms since 1970. */
  createdAt: number;
}

/** The work that a process can do. */
export interface AfterCommitScope {
  /** The process's handlers, by class and method. */
  handlers: readonly string[];
  /** The process's merchants; undefined if a resolver may know any. */
  mchNos: readonly string[] | undefined;
}

/** After-commit work of handlers: a row for each outcome and handler until it is done. */
export class AfterCommitTable {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    /** The name of the module's instance; `''` if it has none. */
    private readonly instance: string,
  ) {}

  /**
   * Inserts the work of these handlers for an outcome, in its transaction.
   *
   * @param now in ms since 1970
   * @param replayId the replay that the work belongs to; 0 for none
   */
  async add(
    transaction: SqlExecutor,
    event: OutcomeEvent,
    {
      facts,
      handlers,
      now,
      replayId = 0,
    }: { facts: OutcomeFacts; handlers: readonly string[]; now: number; replayId?: number },
  ): Promise<void> {
    const { kind, data } = event;
    const rows = handlers.map((handler) => ({
      instance: this.instance,
      idempotency_key: idempotencyKey(event),
      handler,
      kind,
      mch_no: data.mchNo,
      compared_no: comparedOrderNumber(data.mchOrderNo),
      status: 'pending' satisfies AfterCommitStatus,
      attempts: 0,
      outcome: JSON.stringify({ ...data, ...facts }),
      created_at: now,
      due_at: now,
      replay_id: replayId,
      kept_since: now,
    }));
    const columns = Object.keys(rows[0] ?? {});
    const values = rows.map(() => `(${placeholders(columns)})`).join(', ');
    await transaction.execute(
      `INSERT INTO ${this.tables.afterCommit} (${columns.join(', ')}) VALUES ${values}`,
      rows.flatMap((row) => Object.values(row)),
    );
  }

  /**
   * Takes due work, most overdue first, and counts an attempt. Other processes may take it after `leaseMs`. For the
   * same order and handler, work of an earlier outcome comes first: until it is done or dead, later work is not taken.
   *
   * @param scope the work that this process can do
   * @param most maximum number of rows
   */
  async take(
    transaction: SqlExecutor,
    scope: AfterCommitScope,
    { now, leaseMs, most }: { now: number; leaseMs: number; most: number },
  ): Promise<AfterCommitCall[]> {
    const { afterCommit } = this.tables;
    const skipLocked = this.database.dialect === 'sqlite' ? '' : ' FOR UPDATE SKIP LOCKED';
    const sameOrder = ['instance', 'kind', 'mch_no', 'compared_no', 'handler'].map((name) => `e.${name} = a.${name}`);
    const { rows } = await transaction.execute(
      `SELECT a.id, a.handler, a.kind, a.attempts, a.outcome, a.created_at FROM ${afterCommit} a WHERE a.instance = ? AND a.status = 'pending' AND a.due_at <= ? AND ${within(scope)} AND NOT EXISTS (SELECT 1 FROM ${afterCommit} e WHERE ${sameOrder.join(' AND ')} AND e.status = 'pending' AND e.id < a.id) ORDER BY a.due_at, a.id LIMIT ${Math.trunc(most)}${skipLocked}`,
      [this.instance, now, ...valuesOf(scope)],
    );
    const calls = rows.map(readCall);
    if (calls.length > 0) {
      await transaction.execute(
        `UPDATE ${afterCommit} SET attempts = attempts + 1, due_at = ? WHERE id IN (${placeholders(calls)})`,
        [now + leaseMs, ...calls.map(({ id }) => id)],
      );
    }
    return calls;
  }

  /** Marks a handler's work as done. */
  async done({ id }: AfterCommitCall): Promise<void> {
    await this.database.execute(`DELETE FROM ${this.tables.afterCommit} WHERE id = ?`, [id]);
  }

  /**
   * Records a handler's failure. Changes nothing if another process has taken the work since.
   *
   * @param dueAt when it is retried, in ms since 1970; undefined if it is dead
   */
  async fail({ id, attempts }: AfterCommitCall, error: string, dueAt: number | undefined): Promise<void> {
    const status: AfterCommitStatus = dueAt === undefined ? 'dead' : 'pending';
    await this.database.execute(
      `UPDATE ${this.tables.afterCommit} SET status = ?, error = ?, due_at = ? WHERE id = ? AND attempts = ?`,
      [status, error, dueAt ?? null, id, attempts],
    );
  }

  /**
   * Releases work that was taken but not attempted.
   *
   * @param why the reason, stored in the table
   * @param dueAt when it may be taken again, in ms since 1970
   */
  async putBack({ id, attempts }: AfterCommitCall, why: string, dueAt: number): Promise<void> {
    await this.database.execute(
      `UPDATE ${this.tables.afterCommit} SET attempts = attempts - 1, error = ?, due_at = ? WHERE id = ? AND attempts = ?`,
      [why, dueAt, id, attempts],
    );
  }

  /**
   * The pending work outside a process's scope, by handler and merchant.
   *
   * @param dueBefore in ms since 1970; later work is not counted
   */
  async pendingOutside(
    scope: AfterCommitScope,
    dueBefore: number,
  ): Promise<readonly { handler: string; mchNo: string; count: number }[]> {
    const { rows } = await this.database.execute(
      `SELECT a.handler, a.mch_no, COUNT(*) AS number FROM ${this.tables.afterCommit} a WHERE a.instance = ? AND a.status = 'pending' AND a.due_at < ? AND NOT (${within(scope)}) GROUP BY a.handler, a.mch_no ORDER BY a.handler, a.mch_no`,
      [this.instance, dueBefore, ...valuesOf(scope)],
    );
    return rows.map((row) => ({ handler: String(row.handler), mchNo: String(row.mch_no), count: Number(row.number) }));
  }
}

/** The condition for a row `a` that a process can do. */
function within({ handlers, mchNos }: AfterCommitScope): string {
  // No dialect accepts an empty list.
  const ofHandlers = handlers.length === 0 ? '1 = 0' : `a.handler IN (${placeholders(handlers)})`;
  return mchNos === undefined ? ofHandlers : `${ofHandlers} AND a.mch_no IN (${placeholders(mchNos)})`;
}

function valuesOf({ handlers, mchNos = [] }: AfterCommitScope): string[] {
  return [...handlers, ...mchNos];
}

function readCall({ id, handler, kind, attempts, outcome, created_at: createdAt }: SqlRow): AfterCommitCall {
  const made = kind === 'payment' ? new PaymentOutcome() : new TransferOutcome();
  return {
    id: Number(id),
    handler: String(handler),
    outcome: Object.assign(made, JSON.parse(String(outcome)) as object),
    attempts: Number(attempts) + 1,
    createdAt: Number(createdAt),
  };
}
