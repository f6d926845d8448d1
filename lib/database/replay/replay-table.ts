import type { OutcomeEvent, OutcomeFacts } from '../../outcomes/outcome.js';
import { optional, ORDER_KEY, orderKeyOf } from '../orders/order-row.js';
import { factsOf } from '../outcomes/outcome-facts.js';
import { readEvent } from '../outcomes/outcome-table.js';
import { placeholders } from '../placeholders.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlExecutor, SqlRow } from '../sql-database.js';

/** `done`: the handlers have committed; `failed`: they have not, and it is not retried. */
export type ReplayStatus = 'pending' | 'done' | 'failed';

/** A replay taken by this process. */
export interface ReplayCall {
  id: number;
  idempotencyKey: string;
  /** Class and method of its only handler; undefined: all handlers. */
  handler: string | undefined;
  /** Number of takes, including this one. */
  attempts: number;
  /** In ms since 1970. */
  requestedAt: number;
}

/** An applied outcome, as its handlers got it. */
export interface AppliedOutcome {
  event: OutcomeEvent;
  facts: OutcomeFacts;
}

/** The replays that a process can run. */
export interface ReplayScope {
  /** The process's handlers, by class and method. */
  handlers: readonly string[];
  /** The process's merchants; undefined if a resolver may know any. */
  mchNos: readonly string[] | undefined;
}

/** Requested replays: one permanent row each. */
export class ReplayTable {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    /** The name of the module's instance; `''` if it has none. */
    private readonly instance: string,
  ) {}

  /**
   * Takes the replay that has waited longest, and counts an attempt. Other processes may take it after `leaseMs`.
   *
   * @param scope the work that this process can do
   * @param now in ms since 1970
   */
  async take(
    transaction: SqlExecutor,
    { handlers, mchNos }: ReplayScope,
    { now, leaseMs }: { now: number; leaseMs: number },
  ): Promise<ReplayCall | undefined> {
    const ofHandlers = handlers.length === 0 ? '' : ` OR handler IN (${placeholders(handlers)})`;
    const ofMerchants = mchNos === undefined ? '' : ` AND mch_no IN (${placeholders(mchNos)})`;
    const { rows } = await transaction.execute(
      `SELECT id, idempotency_key, handler, attempts, requested_at FROM ${this.tables.replay} WHERE instance = ? AND due_at <= ? AND (handler IS NULL${ofHandlers})${ofMerchants} ORDER BY due_at, id LIMIT 1${this.locking(' SKIP LOCKED')}`,
      [this.instance, now, ...handlers, ...(mchNos ?? [])],
    );
    const call = rows[0] && readCall(rows[0]);
    if (call !== undefined) {
      await transaction.execute(
        `UPDATE ${this.tables.replay} SET attempts = attempts + 1, due_at = ? WHERE id = ? AND due_at IS NOT NULL`,
        [now + leaseMs, call.id],
      );
    }
    return call;
  }

  /** Undefined if the outcome does not exist or was not applied. */
  async outcome(key: string): Promise<AppliedOutcome | undefined> {
    const { outcome, order } = this.tables;
    const sameOrder = ['instance', 'kind', 'mch_no', 'compared_no'].map((name) => `ord.${name} = told.${name}`);
    const { rows } = await this.database.execute(
      `SELECT told.kind, told.source, told.fields, told.late, told.gateway_state, told.previous_state, told.duplicate_of, ord.adopted, ord.checkout_key FROM ${outcome} AS told LEFT JOIN ${order} AS ord ON ${sameOrder.join(' AND ')} WHERE told.instance = ? AND told.idempotency_key = ? AND told.result = 'applied'`,
      [this.instance, key],
    );
    return rows[0] && readOutcome(rows[0]);
  }

  /**
   * Marks a replay as done, in the transaction of its handlers: other processes that have taken it wait for that
   * transaction, and so do other outcomes of the order.
   *
   * @param now in ms since 1970
   * @returns whether it was still pending
   */
  async begin(transaction: SqlExecutor, { id }: ReplayCall, event: OutcomeEvent, now: number): Promise<boolean> {
    await transaction.execute(
      `SELECT mch_order_no FROM ${this.tables.order} WHERE ${ORDER_KEY}${this.locking()}`,
      orderKeyOf(this.instance, event),
    );
    const { affected } = await transaction.execute(
      `UPDATE ${this.tables.replay} SET status = 'done', error = NULL, ended_at = ?, due_at = NULL WHERE id = ? AND status = 'pending'`,
      [now, id],
    );
    return affected > 0;
  }

  /** Whether a replay is done; waits for a commit in progress. */
  async isDoneAfterLock(transaction: SqlExecutor, { id }: ReplayCall): Promise<boolean> {
    const { rows } = await transaction.execute(
      `SELECT status FROM ${this.tables.replay} WHERE id = ?${this.locking()}`,
      [id],
    );
    return rows[0]?.status === 'done';
  }

  /**
   * Marks a replay as failed. Changes nothing if it has already ended.
   *
   * @param now in ms since 1970
   */
  async fail({ id }: ReplayCall, error: string, now: number): Promise<void> {
    await this.database.execute(
      `UPDATE ${this.tables.replay} SET status = 'failed', error = ?, ended_at = ?, due_at = NULL WHERE id = ? AND status = 'pending'`,
      [error, now, id],
    );
  }

  /**
   * Releases work that was taken but not attempted.
   *
   * @param why the reason, stored in the table
   * @param dueAt when it may be taken again, in ms since 1970
   */
  async putBack({ id, attempts }: ReplayCall, why: string, dueAt: number): Promise<void> {
    await this.database.execute(
      `UPDATE ${this.tables.replay} SET attempts = attempts - 1, error = ?, due_at = ? WHERE id = ? AND attempts = ? AND due_at IS NOT NULL`,
      [why, dueAt, id, attempts],
    );
  }

  /**
   * Marks expired replays as failed.
   *
   * @param why the reason, for replays without one
   * @param requestedBefore in ms since 1970
   * @param now in ms since 1970; replays that are taken or released until later do not change
   * @returns the number of replays
   */
  async giveUp(
    transaction: SqlExecutor,
    why: string,
    { requestedBefore, now }: { requestedBefore: number; now: number },
  ): Promise<number> {
    const { affected } = await transaction.execute(
      `UPDATE ${this.tables.replay} SET status = 'failed', error = COALESCE(error, ?), ended_at = ?, due_at = NULL WHERE instance = ? AND due_at <= ? AND requested_at < ?`,
      [why, now, this.instance, now, requestedBefore],
    );
    return affected;
  }

  /** A SQLite transaction locks the whole database. */
  private locking(how = ''): string {
    return this.database.dialect === 'sqlite' ? '' : ` FOR UPDATE${how}`;
  }
}

function readCall(row: SqlRow): ReplayCall {
  return {
    id: Number(row.id),
    idempotencyKey: String(row.idempotency_key),
    handler: optional(row.handler, String),
    attempts: Number(row.attempts) + 1,
    requestedAt: Number(row.requested_at),
  };
}

function readOutcome(row: SqlRow): AppliedOutcome {
  const event = readEvent(row);
  const known = {
    late: Number(row.late) === 1,
    gatewayState: optional(row.gateway_state, Number),
    previousState: optional(row.previous_state, Number),
    isAdopted: Number(row.adopted) === 1,
    checkoutKey: optional(row.checkout_key, String),
    duplicateOf: optional(row.duplicate_of, String),
  };
  return { event, facts: factsOf(event, known, { replayed: true }) };
}
