import Libsql from 'libsql';
import { sqliteDatabase } from '../../../lib/database/adapters/sqlite.js';
import { ensureSchema } from '../../../lib/database/schema/ensure-schema.js';
import { tablesOf, type Tables } from '../../../lib/database/schema/schema-names.js';
import type { SqlDatabase, SqlRow, SqlTransaction, SqlValue } from '../../../lib/database/sql-database.js';
import { inTransaction } from '../../../lib/database/transaction/in-transaction.js';

type Row = Readonly<Record<string, SqlValue>>;

const LIMITS = { connectionTimeoutMs: 1_000, lockTimeoutMs: 1_000 };

/** Order O1 of merchant M1, as `paymentEvent` of the outcomes' tests has it. */
const ORDER = {
  instance: '',
  kind: 'payment',
  mch_no: 'M1',
  compared_no: 'o1',
  mch_order_no: 'O1',
  app_id: 'A1',
  amount: 5,
  currency: 'cny',
  status: 'created',
  created_at: 0,
  checks: 0,
};

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

/** The module's tables on SQLite in this process, and rows as the module writes them. */
export class MemoryTables {
  readonly tables: Tables = tablesOf();

  private readonly connection = new Libsql(':memory:');
  readonly database: SqlDatabase<Libsql.Database> = sqliteDatabase(this.connection);

  static async open(): Promise<MemoryTables> {
    const opened = new MemoryTables();
    await ensureSchema(opened.database);
    return opened;
  }

  /** Inserts order O1, or one with other columns. */
  order(changes: Row = {}): Promise<void> {
    return this.insert('order', { ...ORDER, ...changes });
  }

  /** Inserts the applied payment of order O1, or an outcome with other columns. */
  outcome(changes: Row = {}): Promise<void> {
    return this.insert('outcome', { ...OUTCOME, ...changes });
  }

  /** Inserts a waiting call of an after-commit handler, or one with other columns. */
  afterCommit(changes: Row = {}): Promise<void> {
    return this.insert('afterCommit', { ...AFTER_COMMIT, ...changes });
  }

  /** Inserts a waiting replay, or one with other columns. */
  replay(changes: Row = {}): Promise<void> {
    return this.insert('replay', { ...REPLAY, ...changes });
  }

  async insert(table: keyof Tables, row: Row): Promise<void> {
    const columns = Object.keys(row);
    const marks = columns.map(() => '?').join(', ');
    const sql = `INSERT INTO ${this.tables[table]} (${columns.join(', ')}) VALUES (${marks})`;
    await this.database.execute(sql, Object.values(row));
  }

  /** The rows in the order of their insertion. */
  rows(table: keyof Tables, columns = '*'): Promise<SqlRow[]> {
    return this.select(`SELECT ${columns} FROM ${this.tables[table]} ORDER BY rowid`);
  }

  async select(sql: string): Promise<SqlRow[]> {
    const { rows } = await this.database.execute(sql);
    return Array.from(rows, (row) => ({ ...row }));
  }

  /** The only row. */
  async row(table: keyof Tables, columns = '*'): Promise<SqlRow> {
    const [row, ...others] = await this.rows(table, columns);
    if (row === undefined || others.length > 0) throw new Error(`${table} has ${row ? 'several rows' : 'no row'}`);
    return row;
  }

  committing<Result>(work: (transaction: SqlTransaction) => Promise<Result>): Promise<Result> {
    return inTransaction(this.database, LIMITS, work);
  }

  close(): void {
    this.connection.close();
  }
}
