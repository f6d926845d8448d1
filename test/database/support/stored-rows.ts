import type { SqlRow, SqlValue } from '../../../lib/database/sql-database.js';
import { MemoryTables } from './memory-tables.js';

type Row = Readonly<Record<string, SqlValue>>;

const OUTCOME: Row = {
  instance: '',
  idempotency_key: 'payment:M1:P1:2',
  kind: 'payment',
  mch_no: 'M1',
  compared_no: 'o1',
  state: 2,
  amount: 5,
  currency: 'cny',
  source: 'notify',
  result: 'applied',
  late: 0,
  deliveries: 1,
  attempts: 0,
  fields: JSON.stringify({ mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1', payOrderId: 'P1', state: 2 }),
  received_at: 1_000,
};

const AFTER_COMMIT: Row = {
  instance: '',
  idempotency_key: 'payment:M1:P1:2',
  handler: 'Shop.ship',
  kind: 'payment',
  mch_no: 'M1',
  compared_no: 'o1',
  status: 'pending',
  attempts: 0,
  outcome: JSON.stringify({ mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1', state: 2 }),
  created_at: 1_000,
};

const REPLAY: Row = {
  instance: '',
  idempotency_key: 'payment:M1:P1:2',
  mch_no: 'M1',
  reason: 'Ann: paid by hand',
  status: 'pending',
  attempts: 0,
  requested_at: 1_000,
};

/** The module's tables, with rows as the module writes them. */
export class StoredRows extends MemoryTables {
  static override async open(): Promise<StoredRows> {
    return new StoredRows().made();
  }

  outcome = (changes: Row = {}) => this.insert('outcome', { ...OUTCOME, ...changes });
  afterCommit = (changes: Row = {}) => this.insert('afterCommit', { ...AFTER_COMMIT, ...changes });
  replay = (changes: Row = {}) => this.insert('replay', { ...REPLAY, ...changes });

  async select(sql: string): Promise<SqlRow[]> {
    const { rows } = await this.database.execute(sql);
    return Array.from(rows, (row) => ({ ...row }));
  }
}
