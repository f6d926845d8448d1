import { idempotencyKey, PaymentOutcome, TransferOutcome } from '../outcomes/outcome.js';
import type { OutcomeEvent, OutcomeFacts } from '../outcomes/outcome.js';
import { comparedOrderNumber } from '../protocol/order-number.js';
import type { Tables } from './schema/schema-names.js';
import type { SqlDatabase, SqlExecutor, SqlRow } from './sql-database.js';

/** `dead`: tried as often as it may be, and kept for a person to look at. What is done has no row any more. */
type Status = 'pending' | 'dead';

/** One handler's work after the commit of one outcome, taken by this process. */
export interface AfterCommitCall {
  id: number;
  /** Class and method. */
  handler: string;
  outcome: PaymentOutcome | TransferOutcome;
  /** How often it has been tried, with this time. */
  attempts: number;
}

/** How much work stands in the table. */
export interface AfterCommitCounts {
  /** What is to run, runs, or waits to be tried again. */
  pending: number;
  /** What is not tried any more. */
  dead: number;
  /**
   * When the most overdue of the pending work was due, in ms since 1970; undefined where there is none. What runs is due when its
   * lease ends. It stays behind where no process has the handler any more.
   */
  oldestDueAt: number | undefined;
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
   */
  async add(
    transaction: SqlExecutor,
    event: OutcomeEvent,
    { facts, handlers, now }: { facts: OutcomeFacts; handlers: readonly string[]; now: number },
  ): Promise<void> {
    const { kind, data } = event;
    const rows = handlers.map((handler) => ({
      instance: this.instance,
      idempotency_key: idempotencyKey(event),
      handler,
      kind,
      mch_no: data.mchNo,
      compared_no: comparedOrderNumber(data.mchOrderNo),
      status: 'pending' satisfies Status,
      attempts: 0,
      outcome: JSON.stringify({ ...data, ...facts }),
      created_at: now,
      due_at: now,
    }));
    const columns = Object.keys(rows[0] ?? {});
    const values = rows.map(() => `(${columns.map(() => '?').join(', ')})`).join(', ');
    await transaction.execute(
      `INSERT INTO ${this.tables.afterCommit} (${columns.join(', ')}) VALUES ${values}`,
      rows.flatMap((row) => Object.values(row)),
    );
  }

  /**
   * Takes what is due, the most overdue first, and counts it as tried. Others may take it again after `leaseMs`. Of one order
   * and handler, what an earlier outcome has to do comes first: until it is done or dead, nothing later is taken.
   *
   * @param handlers those that this process has; nothing else is taken
   * @param most how much at most
   */
  async take(
    transaction: SqlExecutor,
    { handlers, now, leaseMs, most }: { handlers: readonly string[]; now: number; leaseMs: number; most: number },
  ): Promise<AfterCommitCall[]> {
    const { afterCommit } = this.tables;
    const skipLocked = this.database.dialect === 'sqlite' ? '' : ' FOR UPDATE SKIP LOCKED';
    const sameOrder = ['instance', 'kind', 'mch_no', 'compared_no', 'handler'].map((name) => `e.${name} = a.${name}`);
    const { rows } = await transaction.execute(
      `SELECT a.id, a.handler, a.kind, a.attempts, a.outcome FROM ${afterCommit} a WHERE a.instance = ? AND a.status = 'pending' AND a.due_at <= ? AND a.handler IN (${list(handlers)}) AND NOT EXISTS (SELECT 1 FROM ${afterCommit} e WHERE ${sameOrder.join(' AND ')} AND e.status = 'pending' AND e.id < a.id) ORDER BY a.due_at, a.id LIMIT ${Math.trunc(most)}${skipLocked}`,
      [this.instance, now, ...handlers],
    );
    const calls = rows.map(readCall);
    if (calls.length > 0) {
      await transaction.execute(
        `UPDATE ${afterCommit} SET attempts = attempts + 1, due_at = ? WHERE id IN (${list(calls)})`,
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
    const status: Status = dueAt === undefined ? 'dead' : 'pending';
    await this.database.execute(
      `UPDATE ${this.tables.afterCommit} SET status = ?, error = ?, due_at = ? WHERE id = ? AND attempts = ?`,
      [status, error, dueAt ?? null, id, attempts],
    );
  }

  async counts(): Promise<AfterCommitCounts> {
    const { rows } = await this.database.execute(
      `SELECT status, COUNT(*) AS number, MIN(due_at) AS due_at FROM ${this.tables.afterCommit} WHERE instance = ? GROUP BY status`,
      [this.instance],
    );
    const of = (status: Status): SqlRow | undefined => rows.find((row) => row.status === status);
    const pending = of('pending');
    return {
      pending: Number(pending?.number ?? 0),
      dead: Number(of('dead')?.number ?? 0),
      oldestDueAt: pending && Number(pending.due_at),
    };
  }

  /**
   * How much is pending of handlers other than these, by their names.
   *
   * @param dueBefore in ms since 1970; what was due later is not counted
   */
  async pendingOfOthers(handlers: readonly string[], dueBefore: number): Promise<ReadonlyMap<string, number>> {
    const others = handlers.length > 0 ? ` AND handler NOT IN (${list(handlers)})` : '';
    const { rows } = await this.database.execute(
      `SELECT handler, COUNT(*) AS number FROM ${this.tables.afterCommit} WHERE instance = ? AND status = 'pending' AND due_at < ?${others} GROUP BY handler ORDER BY handler`,
      [this.instance, dueBefore, ...handlers],
    );
    return new Map(rows.map(({ handler, number }) => [String(handler), Number(number)]));
  }
}

function list(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}

function readCall({ id, handler, kind, attempts, outcome }: SqlRow): AfterCommitCall {
  const made = kind === 'payment' ? new PaymentOutcome() : new TransferOutcome();
  return {
    id: Number(id),
    handler: String(handler),
    outcome: Object.assign(made, JSON.parse(String(outcome)) as object),
    attempts: Number(attempts) + 1,
  };
}
