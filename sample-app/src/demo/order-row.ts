import libsql from 'libsql';

export interface OrderRow {
  state: string;
  amount: number;
  payOrderId: string | null;
  paidAt: number | null;
  /** How often the row was changed. */
  version: number;
}

/** The order's row, read from the shop's SQLite file past the shop. */
export function orderRow(file: string, mchOrderNo: string): OrderRow | undefined {
  const database = new libsql(file);
  try {
    const columns = 'state, amount, payOrderId, paidAt, version';
    const found = database.prepare(`SELECT ${columns} FROM shop_order WHERE mchOrderNo = ?`).get(mchOrderNo);
    if (found === undefined) return undefined;
    // Not the whole of it: libsql adds how long the query took.
    const { state, amount, payOrderId, paidAt, version } = found as OrderRow;
    return { state, amount, payOrderId, paidAt, version };
  } finally {
    database.close();
  }
}
