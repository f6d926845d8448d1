import libsql from 'libsql';
import { OrderState } from 'nestjs-pass2pay';

// The shop's SQLite file, read past the shop.

export interface OrderRow {
  state: string;
  amount: number;
  payOrderId: string | null;
  paidAt: number | null;
  /** 1 where the payment came after the order had failed or closed. */
  late: number;
  /** How the gateway's last message that did not fit the order differs from it. */
  mismatch: string | null;
  /** How often the row was changed. */
  version: number;
}

/** The order's row. */
export function orderRow(file: string, mchOrderNo: string): OrderRow | undefined {
  const columns = 'state, amount, payOrderId, paidAt, late, mismatch, version';
  const [found] = select<OrderRow>(file, `SELECT ${columns} FROM shop_order WHERE mchOrderNo = ?`, mchOrderNo);
  if (found === undefined) return undefined;
  // Not the whole of it: libsql adds how long the query took.
  const { state, amount, payOrderId, paidAt, late, mismatch, version } = found;
  return { state, amount, payOrderId, paidAt, late, mismatch, version };
}

/** The outcomes of the order that the module has applied, in the transactions in which the shop did so, oldest first. */
export function appliedOutcomes(file: string, mchOrderNo: string): string[] {
  const sql = "SELECT state FROM pass2pay_outcome WHERE compared_no = ? AND result = 'applied' ORDER BY applied_at, id";
  const found = select<{ state: OrderState }>(file, sql, mchOrderNo.toLowerCase());
  return found.map(({ state }) => OrderState[state]);
}

function select<Row>(file: string, sql: string, mchOrderNo: string): Row[] {
  const database = new libsql(file, { timeout: 5_000 });
  try {
    return database.prepare(sql).all(mchOrderNo) as Row[];
  } finally {
    database.close();
  }
}
