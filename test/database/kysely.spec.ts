import { describe, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import {
  CamelCasePlugin,
  Kysely,
  MssqlAdapter,
  MysqlDialect,
  PostgresDialect,
  sql,
  SqliteDialect,
  type Transaction,
} from 'kysely';
import { createPool } from 'mysql2';
import pg from 'pg';
import { BrokenTransactionError } from '../../lib/database/sql-errors.js';
import { kyselyDatabase } from '../../lib/database/adapters/kysely.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { passesChecks } from './support/passes-checks.js';

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

interface Shop {
  sale: { whatIsSold: string };
}

const run = (tx: Transaction<Shop>, text: string) => sql.raw(text).execute(tx);

await describeWhere('PostgreSQL', 'Kysely on pg', () =>
  passesChecks<Transaction<Shop>>({
    url: POSTGRES_URL,
    poolSize: 4,
    open: (url) => {
      const pool = new pg.Pool({ connectionString: url, max: 4 });
      const db = new Kysely<Shop>({ dialect: new PostgresDialect({ pool }) });
      return { database: kyselyDatabase(db, pool), close: () => db.destroy() };
    },
    run,
  }),
);

await describeWhere('MariaDB', 'Kysely on mysql2', () =>
  passesChecks<Transaction<Shop>>({
    url: MARIADB_URL,
    poolSize: 4,
    open: (url) => {
      const pool = createPool({ uri: url!, connectionLimit: 4 });
      const db = new Kysely<Shop>({ dialect: new MysqlDialect({ pool }) });
      return { database: kyselyDatabase(db, pool), close: () => db.destroy() };
    },
    run,
  }),
);

await describeWhere('better-sqlite3', 'Kysely on better-sqlite3', () =>
  passesChecks<Transaction<Shop>>({
    poolSize: 1,
    open: () => {
      const db = new Kysely<Shop>({ dialect: new SqliteDialect({ database: new BetterSqlite3(':memory:') }) });
      return { database: kyselyDatabase(db), close: () => db.destroy() };
    },
    run,
  }),
);

describe('an instance of Kysely that the module cannot work with', () => {
  it('is refused at start, with what to give instead', async () => {
    const pool = new pg.Pool();
    const onPg = new Kysely<Shop>({ dialect: new PostgresDialect({ pool }) });
    expect(() => kyselyDatabase(onPg)).toThrow('also requires the Pool of pg');
    const mysqlPool = createPool({});
    const onMysql = new Kysely<Shop>({ dialect: new MysqlDialect({ pool: mysqlPool }) });
    expect(() => kyselyDatabase(onMysql)).toThrow('also requires the pool of mysql2');
    const dialect = Object.assign(new PostgresDialect({ pool }), { createAdapter: () => new MssqlAdapter() });
    const onMssql = new Kysely<Shop>({ dialect });
    expect(() => kyselyDatabase(onMssql)).toThrow('supports PostgresDialect, MysqlDialect and SqliteDialect');
    await pool.end();
    mysqlPool.end();
  });
});

await describeWhere('better-sqlite3', 'a transaction of Kysely', () => {
  async function openShop() {
    const dialect = new SqliteDialect({ database: new BetterSqlite3(':memory:') });
    const db = new Kysely<Shop>({ dialect, plugins: [new CamelCasePlugin()], log: () => {} });
    const database = kyselyDatabase(db);
    await database.execute('CREATE TABLE sale (what_is_sold VARCHAR(20) UNIQUE)');
    const sold = async () => (await db.selectFrom('sale').select('whatIsSold').execute()).map((row) => row.whatIsSold);
    return { db, database, sold };
  }

  const sell = (tx: Kysely<Shop>, whatIsSold: string) => tx.insertInto('sale').values({ whatIsSold }).execute();

  it('has the plugins of its instance, which change nothing for the module', async () => {
    const { db, database, sold } = await openShop();
    const transaction = await database.begin(LIMITS);
    expect(transaction.tx.isTransaction).toBe(true);
    await sell(transaction.tx, 'tea');
    expect((await transaction.execute('SELECT what_is_sold FROM sale')).rows).toEqual([{ what_is_sold: 'tea' }]);
    await transaction.commit();
    expect(await sold()).toEqual(['tea']);
    await db.destroy();
  });

  it('leaves the connection as it was', async () => {
    const { db, database, sold } = await openShop();
    for (const end of ['commit', 'rollback'] as const) {
      const transaction = await database.begin(LIMITS);
      await transaction[end]();
    }
    await db.transaction().execute((trx) => sell(trx, 'tea'));
    const undone = db.transaction().execute(async (trx) => {
      await sell(trx, 'cup');
      throw new Error('out of stock');
    });
    await expect(undone).rejects.toThrow('out of stock');
    expect(await sold()).toEqual(['tea']);
    await db.destroy();
  });

  it('has what the application runs on the one connection of SQLite wait for its end', async () => {
    const { db, database, sold } = await openShop();
    const transaction = await database.begin(LIMITS);
    await sell(transaction.tx, 'of the handler');
    const written = sell(db, 'of the application');
    await transaction.rollback();
    await written;
    expect(await sold()).toEqual(['of the application']);
    await db.destroy();
  });

  it('commits nothing of a handler that goes on after SQLite has rolled back', async () => {
    const { db, database, sold } = await openShop();
    await sell(db, 'tea');
    const transaction = await database.begin(LIMITS);
    await sell(transaction.tx, 'cup');
    const failing = sql`INSERT OR ROLLBACK INTO sale (what_is_sold) VALUES ('tea')`.execute(transaction.tx);
    // Not by toThrow: better-sqlite3 keeps the Error of the test file that has loaded it first in this process.
    await expect(failing).rejects.toMatchObject({ message: expect.stringContaining('UNIQUE') });
    await expect(sell(transaction.tx, 'pot')).rejects.toThrow(BrokenTransactionError);
    await expect(transaction.commit()).rejects.toThrow(BrokenTransactionError);
    expect(await sold()).toEqual(['tea']);
    await db.destroy();
  });

  it('commits nothing where a handler has not awaited the second of its statements, or a stream', async () => {
    const { db, database, sold } = await openShop();
    await sell(db, 'tea');
    const transaction = await database.begin(LIMITS);
    const first = sell(transaction.tx, 'cup');
    const second = sell(transaction.tx, 'pot').catch(() => {});
    await first;
    await expect(transaction.commit()).rejects.toThrow('await every statement');
    await second;
    const streaming = await database.begin(LIMITS);
    const rows = streaming.tx.selectFrom('sale').selectAll().stream();
    await rows.next();
    await expect(streaming.commit()).rejects.toThrow('await every statement');
    expect(await sold()).toEqual(['tea']);
    await rows.return?.();
    await db.destroy();
  });
});
