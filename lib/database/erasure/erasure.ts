import type { OrderKind } from '../../protocol/state-order.js';
import { ORDER_KEY } from '../orders/order-row.js';
import { placeholders } from '../placeholders.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlExecutor, SqlLimits, SqlRow, SqlValue } from '../sql-database.js';
import { inTransaction } from '../transaction/in-transaction.js';
import { rerun } from '../transaction/rerun.js';
import { withoutPersonal } from './personal-fields.js';

/** The tables with customer data. */
export type ErasedTable = 'order' | 'outcome' | 'afterCommit';

/** The result of `forgetCustomer`. */
export interface ForgottenCustomer {
  /** Orders and transfers whose `custNo` and stored response were erased. */
  orders: number;
  /** Their outcomes whose fields were erased, except states, amounts, numbers, times and codes. */
  outcomes: number;
  /** Dead after-commit work whose fields were erased in the same way. */
  afterCommit: number;
  /** Outcomes and after-commit work whose handlers have not ended; their fields are erased afterwards. */
  waiting: number;
}

/** Rows per transaction. */
export const PAGE = 100;

/** Orders of a customer per transaction. */
const CUSTOMER_PAGE = 20;

/** Erases customer data in the tables. Locked rows are erased later; already erased data is not touched. */
export class Erasure {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    private readonly instance: string,
    private readonly limits: SqlLimits,
  ) {}

  /**
   * Erases a page of one table: rows with such data since this time or earlier, oldest first. Pending handler work
   * keeps its data, and so does an order whose create is in progress.
   *
   * @param until in ms since 1970; 0: only data that is marked for erasure
   * @param now in ms since 1970
   * @returns the number of erased rows; fewer than `PAGE` if no more are due
   */
  async erasePage(table: ErasedTable, until: number, now: number): Promise<number> {
    return this.running((transaction) => {
      if (table === 'order') return this.eraseOrders(transaction, until, now);
      return table === 'outcome' ? this.eraseOutcomes(transaction, until) : this.eraseAfterCommit(transaction, until);
    });
  }

  /**
   * Erases a customer's data, a few orders per transaction.
   *
   * @param mchNo limits the erasure to one merchant
   * @throws what the library throws, such as when an order is locked for too long; earlier pages are then already
   * erased.
   */
  async forget(custNo: string, mchNo?: string): Promise<ForgottenCustomer> {
    const total: ForgottenCustomer = { orders: 0, outcomes: 0, afterCommit: 0, waiting: 0 };
    for (;;) {
      const page = await this.running((transaction) => this.forgetPage(transaction, custNo, mchNo));
      for (const name of Object.keys(total) as (keyof ForgottenCustomer)[]) total[name] += page[name];
      if (page.orders < CUSTOMER_PAGE) return total;
    }
  }

  private async eraseOrders(transaction: SqlExecutor, until: number, now: number): Promise<number> {
    const { rows } = await transaction.execute(
      `SELECT kind, mch_no, compared_no FROM ${this.tables.order} WHERE instance = ? AND kept_since <= ? AND (creating_until IS NULL OR creating_until <= ?) ORDER BY kept_since LIMIT ${PAGE}${this.skipLocked}`,
      [this.instance, until, now],
    );
    await this.clearOrders(transaction, rows, now);
    return rows.length;
  }

  private async eraseOutcomes(transaction: SqlExecutor, until: number): Promise<number> {
    const { rows } = await transaction.execute(
      `SELECT id, kind, fields FROM ${this.tables.outcome} WHERE instance = ? AND kept_since <= ? AND due_at IS NULL ORDER BY kept_since LIMIT ${PAGE}${this.skipLocked}`,
      [this.instance, until],
    );
    await this.clear(transaction, 'outcome', rows);
    return rows.length;
  }

  private async eraseAfterCommit(transaction: SqlExecutor, until: number): Promise<number> {
    // The indexed column.
    const since = this.database.dialect === 'mysql' ? 'dead_since' : 'kept_since';
    const { rows } = await transaction.execute(
      `SELECT id, kind, outcome AS fields FROM ${this.tables.afterCommit} WHERE instance = ? AND status = 'dead' AND ${since} <= ? ORDER BY ${since} LIMIT ${PAGE}${this.skipLocked}`,
      [this.instance, until],
    );
    await this.clear(transaction, 'afterCommit', rows);
    return rows.length;
  }

  /** Orders first, then their outcomes: the lock order of deliveries. */
  private async forgetPage(
    transaction: SqlExecutor,
    custNo: string,
    mchNo: string | undefined,
  ): Promise<ForgottenCustomer> {
    const { rows: orders } = await transaction.execute(
      `SELECT kind, mch_no, compared_no FROM ${this.tables.order} WHERE cust_no = ?${mchNo === undefined ? '' : ' AND mch_no = ?'} AND instance = ? ORDER BY mch_no, expires_at LIMIT ${CUSTOMER_PAGE}${this.locked}`,
      [custNo, ...(mchNo === undefined ? [] : [mchNo]), this.instance],
    );
    if (orders.length === 0) return { orders: 0, outcomes: 0, afterCommit: 0, waiting: 0 };
    const { outcome, afterCommit } = this.tables;
    const { sql, params } = this.keysOf(orders);
    const { rows: outcomes } = await transaction.execute(
      `SELECT id, kind, fields, CASE WHEN due_at IS NULL THEN 0 ELSE 1 END AS waits FROM ${outcome} WHERE (${sql}) AND kept_since IS NOT NULL${this.locked}`,
      params,
    );
    const { rows: calls } = await transaction.execute(
      `SELECT id, kind, outcome AS fields, CASE WHEN status = 'dead' THEN 0 ELSE 1 END AS waits FROM ${afterCommit} WHERE (${sql}) AND kept_since IS NOT NULL${this.locked}`,
      params,
    );
    const forgotten = {
      orders: orders.length,
      outcomes: await this.clear(transaction, 'outcome', outcomes.filter(hasEnded)),
      afterCommit: await this.clear(transaction, 'afterCommit', calls.filter(hasEnded)),
      waiting:
        (await this.eraseSoon(transaction, 'outcome', outcomes.filter(waits))) +
        (await this.eraseSoon(transaction, 'afterCommit', calls.filter(waits))),
    };
    await this.clearOrders(transaction, orders, Date.now());
    return forgotten;
  }

  /** A create in progress may still write its response. */
  private async clearOrders(transaction: SqlExecutor, orders: readonly SqlRow[], now: number): Promise<void> {
    if (orders.length === 0) return;
    const { sql, params } = this.keysOf(orders);
    await transaction.execute(
      `UPDATE ${this.tables.order} SET cust_no = NULL, response = NULL, kept_since = CASE WHEN creating_until > ? THEN 0 END WHERE ${sql}`,
      [now, ...params],
    );
  }

  private async clear(
    transaction: SqlExecutor,
    table: 'outcome' | 'afterCommit',
    rows: readonly SqlRow[],
  ): Promise<number> {
    if (rows.length === 0) return 0;
    const column = table === 'outcome' ? 'fields' : 'outcome';
    const texts = rows.map(({ id, kind, fields }) => [
      Number(id),
      withoutPersonal(kind as OrderKind, String(fields)),
    ]) as [number, string][];
    await transaction.execute(
      `UPDATE ${this.tables[table]} SET ${column} = CASE id ${rows.map(() => 'WHEN ? THEN ?').join(' ')} END, kept_since = NULL WHERE id IN (${placeholders(rows)})`,
      [...texts.flat(), ...texts.map(([id]) => id)],
    );
    return rows.length;
  }

  private async eraseSoon(
    transaction: SqlExecutor,
    table: 'outcome' | 'afterCommit',
    rows: readonly SqlRow[],
  ): Promise<number> {
    if (rows.length === 0) return 0;
    await transaction.execute(
      `UPDATE ${this.tables[table]} SET kept_since = 0 WHERE id IN (${placeholders(rows)})`,
      rows.map(({ id }) => Number(id)),
    );
    return rows.length;
  }

  private keysOf(orders: readonly SqlRow[]): { sql: string; params: SqlValue[] } {
    return {
      sql: orders.map(() => `(${ORDER_KEY})`).join(' OR '),
      params: orders.flatMap((row) => [this.instance, String(row.kind), String(row.mch_no), String(row.compared_no)]),
    };
  }

  private running<Result>(work: (transaction: SqlExecutor) => Promise<Result>): Promise<Result> {
    return rerun(() => inTransaction(this.database, this.limits, work));
  }

  private get locked(): string {
    return this.database.dialect === 'sqlite' ? '' : ' FOR UPDATE';
  }

  private get skipLocked(): string {
    return this.database.dialect === 'sqlite' ? '' : ' FOR UPDATE SKIP LOCKED';
  }
}

function waits(row: SqlRow): boolean {
  return Number(row.waits) === 1;
}

function hasEnded(row: SqlRow): boolean {
  return !waits(row);
}
