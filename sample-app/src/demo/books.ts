import libsql from 'libsql';

// The shop's SQLite file, read past the shop.

export interface OrderRow {
  state: string;
  amount: number;
  payOrderId: string | null;
  paidAt: number | null;
  /** 1 where the payment came after the order had failed or closed. */
  late: number;
  /** How often the row was changed. */
  version: number;
}

/** The order's row. */
export function orderRow(file: string, mchOrderNo: string): OrderRow | undefined {
  const columns = 'state, amount, payOrderId, paidAt, late, version';
  const [found] = select<OrderRow>(file, `SELECT ${columns} FROM shop_order WHERE mchOrderNo = ?`, mchOrderNo);
  if (found === undefined) return undefined;
  // Not the whole of it: libsql adds how long the query took.
  const { state, amount, payOrderId, paidAt, late, version } = found;
  return { state, amount, payOrderId, paidAt, late, version };
}

/** What was done for the order, oldest first. */
export function effects(file: string, mchOrderNo: string): string[] {
  const sql = 'SELECT what FROM shop_effects WHERE mchOrderNo = ? ORDER BY at';
  return select<{ what: string }>(file, sql, mchOrderNo).map(({ what }) => what);
}

/** How news of the order did not fit it. */
export function mismatches(file: string, mchOrderNo: string): string[] {
  const sql = 'SELECT differences FROM shop_mismatches WHERE mchOrderNo = ? ORDER BY id';
  return select<{ differences: string }>(file, sql, mchOrderNo).map(({ differences }) => differences);
}

function select<Row>(file: string, sql: string, mchOrderNo: string): Row[] {
  const database = new libsql(file);
  try {
    return database.prepare(sql).all(mchOrderNo) as Row[];
  } finally {
    database.close();
  }
}
