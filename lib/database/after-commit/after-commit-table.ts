import { idempotencyKey, PaymentOutcome, TransferOutcome } from '../../outcomes/outcome.js';
import type { OutcomeEvent, OutcomeFacts } from '../../outcomes/outcome.js';
import { comparedOrderNumber } from '../../protocol/order-number.js';
import { placeholders } from '../placeholders.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlExecutor, SqlRow } from '../sql-database.js';

/** `dead`: tried as often as it may be, and kept for a person to look at. What is done has no row any more. */
export type AfterCommitStatus = 'pending' | 'dead';

/** One handler's work after the commit of one outcome, taken by this process. */
export interface AfterCommitCall {
  id: number;
  /** Class and method. */
  handler: string;
  outcome: PaymentOutcome | TransferOutcome;
  /** How often it has been tried, with this time. */
  attempts: number;
  /** When its outcome was applied, in ms since 1970. */
  createdAt: number;
}

/** What a process can do of the work. */
export interface AfterCommitScope {
  /** The handlers that it has, by class and method. */
  handlers: readonly string[];
  /** The merchants that it knows; undefined where it may know any. */
  mchNos: readonly string[] | undefined;
}

/** What handlers have to do after the commit of an outcome: a row for each outcome and handler, until it is done. */
export class AfterCommitTable {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    /** The name of the module's instance; `''` where it has none. */
    private readonly instance: string,
  ) {}

  /**
   * Writes down that these handlers are to get an outcome once the transaction has committed.
   *
   * @param now in ms since 1970
   * @param replayId the replay in whose transaction they do; 0 for none
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
   * Takes what is due, the most overdue first, and counts it as tried. Others may take it again after `leaseMs`. Of one order
   * and handler, what an earlier outcome has to do comes first: until it is done or dead, nothing later is taken.
   *
   * @param scope what this process can do; nothing else is taken
   * @param most how much at most
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

  /** Says that a handler has done its work. */
  async done({ id }: AfterCommitCall): Promise<void> {
    await this.database.execute(`DELETE FROM ${this.tables.afterCommit} WHERE id = ?`, [id]);
  }

  /**
   * Says that a handler has failed. Changes nothing where another process has taken the work since.
   *
   * @param dueAt when it is tried again, in ms since 1970; undefined where it is given up
   */
  async fail({ id, attempts }: AfterCommitCall, error: string, dueAt: number | undefined): Promise<void> {
    const status: AfterCommitStatus = dueAt === undefined ? 'dead' : 'pending';
    await this.database.execute(
      `UPDATE ${this.tables.afterCommit} SET status = ?, error = ?, due_at = ? WHERE id = ? AND attempts = ?`,
      [status, error, dueAt ?? null, id, attempts],
    );
  }

  /**
   * Puts back what was taken and not tried.
   *
   * @param why it was not, for whoever looks at the table
   * @param dueAt when it may be taken again, in ms since 1970
   */
  async putBack({ id, attempts }: AfterCommitCall, why: string, dueAt: number): Promise<void> {
    await this.database.execute(
      `UPDATE ${this.tables.afterCommit} SET attempts = attempts - 1, error = ?, due_at = ? WHERE id = ? AND attempts = ?`,
      [why, dueAt, id, attempts],
    );
  }

  /**
   * How much is pending that is out of a process's scope, by handler and merchant.
   *
   * @param dueBefore in ms since 1970; what was due later is not counted
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

/** The condition of a row `a` that a process can do. */
function within({ handlers, mchNos }: AfterCommitScope): string {
  // No dialect takes an empty list.
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
