import { Pass2PayOrderConflictError } from '../../errors/pass2pay.errors.js';
import { differencesOf } from '../../protocol/compare-terms.js';
import { comparedOrderNumber } from '../../protocol/order-number.js';
import { orderKey, type OrderIdentity } from '../../protocol/order-identity.js';
import { OrderState } from '../../protocol/order-state.js';
import { classify, gatewayStateAfter, isFinalState } from '../../protocol/state-order.js';
import type { OrderToImport } from './imported-order.js';
import { inTransaction } from '../transaction/in-transaction.js';
import { insertNamedOrder } from './insert-order.js';
import { ORDER_COLUMNS, ORDER_KEY, readOrderRow, type OrderRow } from './order-row.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlExecutor, SqlLimits, SqlValue } from '../sql-database.js';
import { sqlFailure } from '../sql-errors.js';
import { UNKNOWN_ORDER } from './unknown-orders.js';

/** The result of an import. */
export interface ImportResult {
  /** Orders that were inserted. */
  imported: number;
  /** Existing orders with a lower `lastApplied` than the import's. */
  movedOn: number;
  /** Existing orders that did not change. */
  unchanged: number;
}

/** Maximum number of runs of an import that conflicts with another import or a create. */
const MAX_RUNS = 3;

/** Imports existing orders into the order table. */
export class OrderImport {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    private readonly instance: string,
    private readonly limits: SqlLimits,
  ) {}

  /**
   * Imports all orders in one transaction, or none.
   *
   * @throws Pass2PayOrderConflictError when the table has one of them with different values.
   */
  async import(orders: readonly OrderToImport[]): Promise<ImportResult> {
    // Sorted, so that two imports of the same orders lock them in the same order.
    const sorted = orders.toSorted((one, other) => (orderKey(one) < orderKey(other) ? -1 : 1));
    for (let run = 1; ; run++) {
      try {
        return await inTransaction(this.database, this.limits, (own) => this.importAll(own, sorted));
      } catch (error) {
        const isInTheWay = ['rolled-back', 'unique'].includes(sqlFailure(error));
        if (!isInTheWay || run === MAX_RUNS) throw error;
      }
    }
  }

  private async importAll(transaction: SqlExecutor, orders: readonly OrderToImport[]): Promise<ImportResult> {
    const result: ImportResult = { imported: 0, movedOn: 0, unchanged: 0 };
    const conflicts: { order: OrderToImport; differences: string[] }[] = [];
    for (const order of orders) {
      const row = await this.lock(transaction, order);
      const differences = [
        ...(row === undefined ? [] : differencesFrom(order, row)),
        ...(await this.othersWithGatewayId(transaction, order)),
      ];
      if (differences.length > 0) conflicts.push({ order, differences });
      else if (row === undefined) {
        await this.insert(transaction, order);
        result.imported++;
      } else if (await this.moveOn(transaction, order, row)) result.movedOn++;
      else result.unchanged++;
    }
    if (conflicts.length > 0) throw conflictOf(conflicts);
    return result;
  }

  private async lock(transaction: SqlExecutor, order: OrderToImport): Promise<OrderRow | undefined> {
    const forUpdate = this.database.dialect === 'sqlite' ? '' : ' FOR UPDATE';
    const { rows } = await transaction.execute(
      `SELECT ${ORDER_COLUMNS} FROM ${this.tables.order} WHERE ${ORDER_KEY}${forUpdate}`,
      this.keyOf(order),
    );
    return rows[0] && readOrderRow(rows[0]);
  }

  private async othersWithGatewayId(
    transaction: SqlExecutor,
    { kind, mchNo, mchOrderNo, gatewayId }: OrderToImport,
  ): Promise<string[]> {
    if (gatewayId === undefined) return [];
    const { rows } = await transaction.execute(
      `SELECT mch_order_no FROM ${this.tables.order} WHERE instance = ? AND kind = ? AND mch_no = ? AND gateway_id = ? AND compared_no <> ?`,
      [this.instance, kind, mchNo, gatewayId, comparedOrderNumber(mchOrderNo)],
    );
    return rows.map((row) => `gatewayId ${gatewayId} belongs to ${String(row.mch_order_no)}`);
  }

  /** Makes stored events of the order due now. */
  private async insert(transaction: SqlExecutor, order: OrderToImport): Promise<void> {
    await insertNamedOrder(transaction, this.tables, this.instance, { ...order, status: 'created' });
    await transaction.execute(
      `UPDATE ${this.tables.outcome} SET result = 'failed', attempts = 0, due_at = ? WHERE ${ORDER_KEY} AND result IN ('failed', 'dead') AND error LIKE '${UNKNOWN_ORDER}%'`,
      [Date.now(), ...this.keyOf(order)],
    );
  }

  /** @returns whether the import has a higher state than the row. */
  private async moveOn(transaction: SqlExecutor, order: OrderToImport, row: OrderRow): Promise<boolean> {
    const { kind, lastApplied, gatewayId } = order;
    const isFurther = lastApplied !== undefined && classify(kind, lastApplied, row) === 'new';
    const applied = isFurther ? lastApplied : row.lastApplied;
    const gatewayState = gatewayStateAfter(kind, row.gatewayState, order.gatewayState);
    const isSuccessAhead = classify(kind, OrderState.Success, { lastApplied: applied }) === 'new';
    const hasEnded = applied !== undefined && isFinalState(kind, applied);
    const end = isFurther && hasEnded ? ", status = 'created', response = NULL, next_check_at = NULL" : '';
    await transaction.execute(
      `UPDATE ${this.tables.order} SET last_applied = ?, gateway_state = ?, gateway_id = COALESCE(gateway_id, ?), success_to_apply = ?, adopted = 0${end} WHERE ${ORDER_KEY}`,
      [
        applied ?? null,
        gatewayState ?? null,
        gatewayId ?? null,
        row.hasSuccessToApply && isSuccessAhead ? 1 : 0,
        ...this.keyOf(order),
      ],
    );
    return isFurther;
  }

  private keyOf({ kind, mchNo, mchOrderNo }: Pick<OrderIdentity, 'kind' | 'mchNo' | 'mchOrderNo'>): SqlValue[] {
    return [this.instance, kind, mchNo, comparedOrderNumber(mchOrderNo)];
  }
}

function differencesFrom(order: OrderToImport, row: OrderRow): string[] {
  const differences = differencesOf(row, { amount: order.amount, currency: order.currency, appId: order.appId });
  if (row.mchOrderNo !== order.mchOrderNo) {
    differences.push(
      `mchOrderNo is ${row.mchOrderNo}, not ${order.mchOrderNo} (the gateway ignores case and trailing spaces in numbers)`,
    );
  }
  if (row.gatewayId !== undefined && order.gatewayId !== undefined && row.gatewayId !== order.gatewayId) {
    differences.push(`gatewayId is ${row.gatewayId}, not ${order.gatewayId}`);
  }
  return differences;
}

/** Maximum number of orders in an error. */
const MAX_NAMED = 20;

function conflictOf(conflicts: readonly { order: OrderToImport; differences: string[] }[]): Pass2PayOrderConflictError {
  const named = conflicts
    .slice(0, MAX_NAMED)
    .flatMap(({ order: { path, mchOrderNo }, differences }) =>
      differences.map((difference) => `${path} (${mchOrderNo}): ${difference}`),
    );
  const more = conflicts.length - MAX_NAMED;
  return new Pass2PayOrderConflictError(more > 0 ? [...named, `and ${more} more orders`] : named, {
    mchOrderNo: conflicts[0]!.order.mchOrderNo,
    remedy: 'Nothing was imported: pass the values with which each order was created.',
  });
}
