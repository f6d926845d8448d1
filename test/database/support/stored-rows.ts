import Libsql from 'libsql';
import { sqliteDatabase } from '../../../lib/database/adapters/sqlite.js';
import { ensureSchema } from '../../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../../lib/database/schema/schema-names.js';
import type { SqlDatabase, SqlRow, SqlValue } from '../../../lib/database/sql-database.js';

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

/** The module's tables in SQLite in memory, with rows as the module writes them. */
export class StoredRows {
  readonly tables = tablesOf();

  private constructor(
    private readonly connection: Libsql.Database,
    readonly database: SqlDatabase,
  ) {}

  static async open(): Promise<StoredRows> {
    const connection = new Libsql(':memory:');
    const database = sqliteDatabase(connection);
    await ensureSchema(database);
    return new StoredRows(connection, database);
  }

  outcome = (changes: Row = {}) => this.insert(this.tables.outcome, { ...OUTCOME, ...changes });
  afterCommit = (changes: Row = {}) => this.insert(this.tables.afterCommit, { ...AFTER_COMMIT, ...changes });
  replay = (changes: Row = {}) => this.insert(this.tables.replay, { ...REPLAY, ...changes });

  async insert(table: string, row: Row): Promise<void> {
    const names = Object.keys(row);
    const marks = names.map(() => '?').join(', ');
    await this.database.execute(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`, Object.values(row));
  }

  async select(sql: string): Promise<SqlRow[]> {
    const { rows } = await this.database.execute(sql);
    return Array.from(rows, (row) => ({ ...row }));
  }

  close(): void {
    this.connection.close();
  }
}
