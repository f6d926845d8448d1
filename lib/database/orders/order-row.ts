import { comparedOrderNumber } from '../../protocol/order-number.js';
import type { OutcomeEvent } from '../../outcomes/outcome.js';
import type { OrderStatus } from '../../client/order-store.js';
import type { SqlRow, SqlValue } from '../sql-database.js';

/** The columns of an order or transfer that are compared with events. */
export interface OrderRow {
  mchOrderNo: string;
  appId: string;
  /** The status of its create. */
  status: OrderStatus;
  /** The gateway's number, once known. */
  gatewayId: string | undefined;
  /** Minor units. */
  amount: number;
  currency: string;
  gatewayState: number | undefined;
  lastApplied: number | undefined;
  /** The key of its checkout. */
  checkoutKey: string | undefined;
  /** Whether its amount and currency are known only from the gateway's query. */
  isAdopted: boolean;
  /** Whether a stored success is waiting for its handlers; no lower state is delivered before it. */
  hasSuccessToApply: boolean;
}

export const ORDER_COLUMNS =
  'mch_order_no, app_id, status, gateway_id, amount, currency, gateway_state, last_applied, checkout_key, adopted, success_to_apply';

/** Reads a row in any types that libraries return; some return a BIGINT as a string. */
export function readOrderRow(row: SqlRow): OrderRow {
  return {
    mchOrderNo: String(row.mch_order_no),
    appId: String(row.app_id),
    status: String(row.status) as OrderStatus,
    gatewayId: optional(row.gateway_id, String),
    amount: Number(row.amount),
    currency: String(row.currency),
    gatewayState: optional(row.gateway_state, Number),
    lastApplied: optional(row.last_applied, Number),
    checkoutKey: optional(row.checkout_key, String),
    isAdopted: Number(row.adopted) === 1,
    hasSuccessToApply: Number(row.success_to_apply) > 0,
  };
}

/** Whether the order's existence is unknown. */
export function isUnknown({ status }: Pick<OrderRow, 'status'>): boolean {
  return status === 'unknown' || status === 'never-made';
}

/** The values of the primary key, in column order. */
export function orderKeyOf(instance: string, { kind, data }: OutcomeEvent): SqlValue[] {
  return [instance, kind, data.mchNo, comparedOrderNumber(data.mchOrderNo)];
}

export const ORDER_KEY = 'instance = ? AND kind = ? AND mch_no = ? AND compared_no = ?';

/** The gateway's number of the order or transfer. */
export function gatewayIdOf({ kind, data }: OutcomeEvent): string {
  return kind === 'payment' ? data.payOrderId : data.transferId;
}

/** The column's value; undefined for NULL or a missing row. */
export function optional<Value>(value: unknown, read: (given: unknown) => Value): Value | undefined {
  return value === null || value === undefined ? undefined : read(value);
}
