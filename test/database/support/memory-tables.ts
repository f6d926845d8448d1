import Libsql from 'libsql';
import { sqliteDatabase } from '../../../lib/database/adapters/sqlite.js';
import { ensureSchema } from '../../../lib/database/schema/ensure-schema.js';
import { tablesOf, type Tables } from '../../../lib/database/schema/schema-names.js';
import type { SqlDatabase, SqlRow, SqlTransaction, SqlValue } from '../../../lib/database/sql-database.js';
import { inTransaction } from '../../../lib/database/transaction/in-transaction.js';

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

/** The module's tables on SQLite in this process. */
export class MemoryTables {
  readonly tables: Tables = tablesOf();

  private readonly connection = new Libsql(':memory:');
  readonly database: SqlDatabase<Libsql.Database> = sqliteDatabase(this.connection);

  static async open(): Promise<MemoryTables> {
    return new MemoryTables().made();
  }

  protected async made(): Promise<this> {
    await ensureSchema(this.database);
    return this;
  }

  /** Inserts order O1, or one with other columns. */
  async order(changes: Readonly<Record<string, SqlValue>> = {}): Promise<void> {
    await this.insert('order', { ...ORDER, ...changes });
  }

  async insert(table: keyof Tables, row: Readonly<Record<string, SqlValue>>): Promise<void> {
    const columns = Object.keys(row);
    const marks = columns.map(() => '?').join(', ');
    const sql = `INSERT INTO ${this.tables[table]} (${columns.join(', ')}) VALUES (${marks})`;
    await this.database.execute(sql, Object.values(row));
  }

  /** The rows in the order of their insertion. */
  async rows(table: keyof Tables, columns = '*'): Promise<SqlRow[]> {
    const { rows } = await this.database.execute(`SELECT ${columns} FROM ${this.tables[table]} ORDER BY rowid`);
    return rows.map((row) => ({ ...row }));
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
