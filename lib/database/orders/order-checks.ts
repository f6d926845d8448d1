import type { QueriedOrder } from '../../outcomes/due-orders.js';
import { comparedOrderNumber } from '../../protocol/order-number.js';
import type { OrderIdentity } from '../../protocol/order-identity.js';
import { OrderState } from '../../protocol/order-state.js';
import { isFinalState, type OrderKind } from '../../protocol/state-order.js';
import { ORDER_COLUMNS, ORDER_KEY, optional, readOrderRow, type OrderRow } from './order-row.js';
import { placeholders } from '../placeholders.js';
import { movesOn } from './state-columns.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlExecutor, SqlRow, SqlValue } from '../sql-database.js';

/** The columns of an order's row for checks. Times are in ms since 1970. */
export interface CheckedOrder extends OrderRow, OrderIdentity {
  createdAt: number;
  expiresAt: number | undefined;
  /** End of the create's lease. */
  creatingUntil: number | undefined;
  /** Number of checks. */
  checks: number;
  nextCheckAt: number | undefined;
  /** When it was reported as needing attention. */
  attentionAt: number | undefined;
}

const COLUMNS = `${ORDER_COLUMNS}, kind, mch_no, created_at, expires_at, creating_until, checks, next_check_at, attention_at`;

/** Statements on the order table for checks: which orders are due, and their results. */
export class OrderChecks {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    private readonly instance: string,
  ) {}

  /**
   * Takes due orders, most overdue first, and counts a check. No other process takes them before `until`. A create
   * whose lease has ended becomes unknown.
   *
   * @param mchNos the merchants; undefined: all
   */
  async take(
    transaction: SqlExecutor,
    {
      mchNos,
      now,
      most,
      until,
    }: { mchNos: readonly string[] | undefined; now: number; most: number; until: (count: number) => number },
  ): Promise<CheckedOrder[]> {
    const skipLocked = this.database.dialect === 'sqlite' ? '' : ' FOR UPDATE SKIP LOCKED';
    const { condition, params } = this.due(mchNos, now);
    const { rows } = await transaction.execute(
      `SELECT ${COLUMNS} FROM ${this.tables.order} WHERE ${condition} ORDER BY next_check_at LIMIT ${Math.trunc(most)}${skipLocked}`,
      params,
    );
    const orders = rows.map((row) => {
      const order = readChecked(row);
      return order.status === 'creating' ? { ...order, status: 'unknown' as const } : order;
    });
    if (orders.length > 0) {
      const each = orders.map(() => `(${ORDER_KEY})`).join(' OR ');
      await transaction.execute(
        `UPDATE ${this.tables.order} SET next_check_at = ?, checks = checks + 1, status = CASE WHEN status = 'creating' THEN 'unknown' ELSE status END WHERE ${each}`,
        [until(orders.length), ...orders.flatMap((order) => this.keyOf(order))],
      );
    }
    return orders;
  }

  /** Whether an order is due. */
  async isAnyDue(executor: SqlExecutor, mchNos: readonly string[] | undefined, now: number): Promise<boolean> {
    const { condition, params } = this.due(mchNos, now);
    const { rows } = await executor.execute(`SELECT 1 FROM ${this.tables.order} WHERE ${condition} LIMIT 1`, params);
    return rows.length > 0;
  }

  async find(order: OrderIdentity): Promise<CheckedOrder | undefined> {
    const { rows } = await this.database.execute(
      `SELECT ${COLUMNS} FROM ${this.tables.order} WHERE ${ORDER_KEY}`,
      this.keyOf(order),
    );
    return rows[0] && readChecked(rows[0]);
  }

  /** Makes an order the most overdue one of the instance. */
  async putFirst(order: OrderIdentity, now: number): Promise<void> {
    const { rows } = await this.database.execute(
      `SELECT next_check_at FROM ${this.tables.order} WHERE instance = ? AND next_check_at IS NOT NULL ORDER BY next_check_at LIMIT 1`,
      [this.instance],
    );
    const first = Math.min(now, Number(rows[0]?.next_check_at ?? now) - 1);
    await this.database.execute(
      `UPDATE ${this.tables.order} SET next_check_at = ? WHERE ${ORDER_KEY} AND next_check_at IS NOT NULL`,
      [first, ...this.keyOf(order)],
    );
  }

  /**
   * Sets an order's next check; changes nothing if it was set since the order was taken.
   *
   * @param until the value with which it was taken
   * @param at in ms since 1970; null: never
   */
  async lookAgain(order: OrderIdentity, until: number, at: number | null): Promise<void> {
    await this.database.execute(
      `UPDATE ${this.tables.order} SET next_check_at = ? WHERE ${ORDER_KEY} AND next_check_at = ?`,
      [at, ...this.keyOf(order), until],
    );
  }

  /** Releases an order that was taken but not checked, like `lookAgain`. */
  async putBack(order: OrderIdentity, until: number, at: number): Promise<void> {
    await this.database.execute(
      `UPDATE ${this.tables.order} SET next_check_at = ?, checks = checks - 1 WHERE ${ORDER_KEY} AND next_check_at = ?`,
      [at, ...this.keyOf(order), until],
    );
  }

  /** Stores the gateway state of an order without a final state. */
  async found(order: OrderIdentity, { data }: QueriedOrder): Promise<void> {
    await this.database.execute(
      `UPDATE ${this.tables.order} SET gateway_state = ?, gateway_id = COALESCE(gateway_id, ?) WHERE ${ORDER_KEY} AND (${movesOn('gateway_state', order.kind, data.state)})`,
      [data.state, gatewayIdOf(data), ...this.keyOf(order)],
    );
  }

  /**
   * Records that an order with an unknown create exists at the gateway.
   *
   * @param nextCheckAt when it is checked if no check is scheduled, in ms since 1970
   * @returns whether that changed the row
   */
  async exists(order: OrderIdentity, { data }: QueriedOrder, nextCheckAt: number): Promise<boolean> {
    const { affected } = await this.database.execute(
      `UPDATE ${this.tables.order} SET status = 'created', gateway_id = COALESCE(gateway_id, ?), next_check_at = COALESCE(next_check_at, ?) WHERE ${ORDER_KEY} AND status IN ('unknown', 'refused', 'never-made')`,
      [gatewayIdOf(data), nextCheckAt, ...this.keyOf(order)],
    );
    return affected > 0;
  }

  /**
   * @param order the row at the time of the query; one that was resent since expires later
   * @returns whether the order was unknown and no create is in progress; it is then never checked again.
   */
  async neverMade(order: OrderIdentity & Pick<CheckedOrder, 'expiresAt'>, now: number): Promise<boolean> {
    const { affected } = await this.database.execute(
      `UPDATE ${this.tables.order} SET status = 'never-made', next_check_at = NULL WHERE ${ORDER_KEY} AND status = 'unknown' AND (creating_until IS NULL OR creating_until <= ?) AND COALESCE(expires_at, 0) = ?`,
      [...this.keyOf(order), now, order.expiresAt ?? 0],
    );
    return affected > 0;
  }

  /** @returns whether this call recorded it first. */
  async noteAttention(order: OrderIdentity, now: number): Promise<boolean> {
    const { affected } = await this.database.execute(
      `UPDATE ${this.tables.order} SET attention_at = ? WHERE ${ORDER_KEY} AND attention_at IS NULL`,
      [now, ...this.keyOf(order)],
    );
    return affected > 0;
  }

  /** When the success of an order was applied, in ms since 1970; undefined if it was not applied here. */
  async paidAt(order: OrderIdentity): Promise<number | undefined> {
    const { rows } = await this.database.execute(
      `SELECT applied_at FROM ${this.tables.outcome} WHERE ${ORDER_KEY} AND state = ? AND applied_at IS NOT NULL`,
      [...this.keyOf(order), OrderState.Success],
    );
    return optional(rows[0]?.applied_at, Number);
  }

  private due(mchNos: readonly string[] | undefined, now: number): { condition: string; params: SqlValue[] } {
    const ofMerchants = mchNos === undefined ? '' : ` AND mch_no IN (${placeholders(mchNos)})`;
    return {
      condition: `instance = ? AND next_check_at <= ?${ofMerchants}`,
      params: [this.instance, now, ...(mchNos ?? [])],
    };
  }

  private keyOf({ kind, mchNo, mchOrderNo }: OrderIdentity): SqlValue[] {
    return [this.instance, kind, mchNo, comparedOrderNumber(mchOrderNo)];
  }
}

/** Whether an order has a final state. */
export function isEnded({ kind, lastApplied }: CheckedOrder): boolean {
  return lastApplied !== undefined && isFinalState(kind, lastApplied);
}

function gatewayIdOf(data: QueriedOrder['data']): string {
  return 'payOrderId' in data ? data.payOrderId : data.transferId;
}

function readChecked(row: SqlRow): CheckedOrder {
  return {
    ...readOrderRow(row),
    kind: row.kind as OrderKind,
    mchNo: String(row.mch_no),
    createdAt: Number(row.created_at),
    expiresAt: optional(row.expires_at, Number),
    creatingUntil: optional(row.creating_until, Number),
    checks: Number(row.checks),
    nextCheckAt: optional(row.next_check_at, Number),
    attentionAt: optional(row.attention_at, Number),
  };
}
