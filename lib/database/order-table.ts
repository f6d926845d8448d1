import { Pass2PayOrderConflictError } from '../errors/pass2pay.errors.js';
import type { CreateResult, NewOrder, OrderStore } from '../client/order-store.js';
import { differencesOf } from '../protocol/compare-terms.js';
import { comparedOrderNumber } from '../protocol/order-number.js';
import { insertOrder } from './insert-order.js';
import { ORDER_KEY } from './order-row.js';
import type { Tables } from './schema/schema-names.js';
import type { SqlDatabase, SqlRow, SqlValue } from './sql-database.js';
import { sqlFailure } from './sql-errors.js';

/** The orders and transfers of this application, written before they are sent. */
export class OrderTable implements OrderStore {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    private readonly instance: string,
  ) {}

  /**
   * Commits the order's row on a connection of its own. A number that is there already, with the same amount and currency, is
   * made again: whether the gateway has it is for the create to find out.
   *
   * @throws Pass2PayOrderConflictError where the number is another order's, as the gateway compares numbers; nothing is sent.
   */
  async creating(order: NewOrder): Promise<void> {
    try {
      await this.insert(order);
    } catch (error) {
      if (sqlFailure(error) !== 'unique') throw error;
      await this.join(order);
    }
  }

  async settled(order: NewOrder, result: CreateResult): Promise<void> {
    if (result.status !== 'created') {
      // What was created once stays so, whatever a later create of the number came to.
      await this.database.execute(
        `UPDATE ${this.tables.order} SET status = ? WHERE ${ORDER_KEY} AND status <> 'created'`,
        [result.status, ...this.keyOf(order)],
      );
      return;
    }
    await this.database.execute(
      `UPDATE ${this.tables.order} SET status = 'created', gateway_id = ?, gateway_state = COALESCE(gateway_state, ?) WHERE ${ORDER_KEY}`,
      [result.gatewayId, result.state, ...this.keyOf(order)],
    );
  }

  private async insert(order: NewOrder): Promise<void> {
    await insertOrder(this.database, this.tables, this.instance, { ...order, status: 'creating' });
  }

  private async join(order: NewOrder): Promise<void> {
    const { rows } = await this.database.execute(
      `SELECT mch_order_no, app_id, amount, currency FROM ${this.tables.order} WHERE ${ORDER_KEY}`,
      this.keyOf(order),
    );
    const row = rows[0];
    // It was taken away in between; the next create writes it.
    if (row === undefined) return this.insert(order);
    const differences = differencesFrom(order, row);
    if (differences.length > 0) throw new Pass2PayOrderConflictError(differences, { mchOrderNo: order.mchOrderNo });
  }

  private keyOf({ kind, mchNo, mchOrderNo }: NewOrder): SqlValue[] {
    return [this.instance, kind, mchNo, comparedOrderNumber(mchOrderNo)];
  }
}

function differencesFrom(order: NewOrder, row: SqlRow): string[] {
  const known = { amount: Number(row.amount), currency: String(row.currency), appId: String(row.app_id) };
  const differences = differencesOf(known, order);
  if (row.mch_order_no !== order.mchOrderNo) {
    differences.push(
      `mchOrderNo is ${String(row.mch_order_no)}, not ${order.mchOrderNo} (the gateway compares numbers without case and trailing spaces)`,
    );
  }
  return differences;
}
