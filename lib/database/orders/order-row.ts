import { comparedOrderNumber } from '../../protocol/order-number.js';
import type { OutcomeEvent } from '../../outcomes/outcome.js';
import type { OrderStatus } from '../../client/order-store.js';
import type { SqlRow, SqlValue } from '../sql-database.js';

/** What the table knows of an order or transfer, as far as an event is compared with it. */
export interface OrderRow {
  mchOrderNo: string;
  appId: string;
  /** What came of its create. */
  status: OrderStatus;
  /** The gateway's own number, once it is known. */
  gatewayId: string | undefined;
  /** Minor units. */
  amount: number;
  currency: string;
  gatewayState: number | undefined;
  lastApplied: number | undefined;
  /** The key of the checkout that it was made for. */
  checkoutKey: string | undefined;
  /** Whether only the gateway's query has told its amount and currency. */
  isAdopted: boolean;
  /** Whether a success is stored whose handlers have not committed yet: nothing less is delivered before it. */
  hasSuccessToApply: boolean;
}

export const ORDER_COLUMNS =
  'mch_order_no, app_id, status, gateway_id, amount, currency, gateway_state, last_applied, checkout_key, adopted, success_to_apply';

/** Reads a row in whatever types the library gives: a BIGINT is text with some. */
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

/** Whether it is not known that the order exists. */
export function isUnknown({ status }: Pick<OrderRow, 'status'>): boolean {
  return status === 'unknown' || status === 'never-made';
}

/** The values of the primary key, in its order. */
export function orderKeyOf(instance: string, { kind, data }: OutcomeEvent): SqlValue[] {
  return [instance, kind, data.mchNo, comparedOrderNumber(data.mchOrderNo)];
}

export const ORDER_KEY = 'instance = ? AND kind = ? AND mch_no = ? AND compared_no = ?';

/** The gateway's own number of the order or transfer. */
export function gatewayIdOf({ kind, data }: OutcomeEvent): string {
  return kind === 'payment' ? data.payOrderId : data.transferId;
}

/** What the column holds; undefined for NULL, and where there is no row. */
export function optional<Value>(value: unknown, read: (given: unknown) => Value): Value | undefined {
  return value === null || value === undefined ? undefined : read(value);
}
