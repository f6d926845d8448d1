import { describe, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import { eq, sql } from 'drizzle-orm';
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3';
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2';
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres';
import { sqliteTable, text as column } from 'drizzle-orm/sqlite-core';
import { PgTransaction } from 'drizzle-orm/pg-core';
import { drizzle as drizzleProxy } from 'drizzle-orm/pg-proxy';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { drizzleDatabase } from '../../lib/database/adapters/drizzle.js';
import type { SqlDatabase } from '../../lib/database/sql-database.js';
import { BrokenTransactionError } from '../../lib/database/sql-errors.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { passesChecks } from './support/passes-checks.js';

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

type TxOf<Adapter> = Adapter extends SqlDatabase<infer Tx> ? Tx : never;

const onPg = (pool: pg.Pool) => drizzleDatabase(drizzlePg(pool));
const onMysql = (pool: mysql.Pool) => drizzleDatabase(drizzleMysql(pool));
const onSqlite = (connection: BetterSqlite3.Database) => drizzleDatabase(drizzleSqlite(connection));

await describeWhere('PostgreSQL', 'Drizzle on pg', () =>
  passesChecks<TxOf<ReturnType<typeof onPg>>>({
    url: POSTGRES_URL,
    poolSize: 4,
    open: (url) => {
      const pool = new pg.Pool({ connectionString: url, max: 4 });
      return { database: onPg(pool), close: () => pool.end() };
    },
    run: (tx, text) => tx.execute(sql.raw(text)).execute(),
  }),
);

await describeWhere('MariaDB', 'Drizzle on mysql2', () =>
  passesChecks<TxOf<ReturnType<typeof onMysql>>>({
    url: MARIADB_URL,
    poolSize: 4,
    open: (url) => {
      const pool = mysql.createPool({ uri: url!, connectionLimit: 4 });
      return { database: onMysql(pool), close: () => pool.end() };
    },
    run: async (tx, text) => tx.execute(sql.raw(text)),
  }),
);

await describeWhere('better-sqlite3', 'Drizzle on better-sqlite3', () =>
  passesChecks<TxOf<ReturnType<typeof onSqlite>>>({
    poolSize: 1,
    open: () => {
      const connection = new BetterSqlite3(':memory:');
      return { database: onSqlite(connection), close: () => connection.close() };
    },
    run: async (tx, text) => tx.run(sql.raw(text)),
  }),
);

async function begun<Tx>(database: SqlDatabase<Tx>) {
  const transaction = await database.begin(LIMITS);
  return { tx: transaction.tx, commit: () => transaction.commit() };
}

describe('a database of Drizzle that the module cannot work with', () => {
  it('is refused at start, with what to give instead', async () => {
    expect(() => drizzleDatabase(drizzlePg(new pg.Client()))).toThrow(
      'create the Drizzle database with new Pool() of pg',
    );
    const pool = mysql.createPool({ uri: MARIADB_URL });
    const single = { ...pool, query: pool.query.bind(pool) } as unknown as mysql.Connection;
    expect(() => drizzleDatabase(drizzleMysql(single))).toThrow('with createPool() of mysql2');
    await pool.end();
    const remote = drizzleProxy(async () => ({ rows: [] }));
    expect(() => drizzleDatabase({ ...remote, $client: undefined, transaction: () => {} })).toThrow('PgRemoteSession');
    expect(() => drizzleDatabase({ $client: undefined, transaction: () => {} })).toThrow(
      'the result of drizzle() of drizzle-orm',
    );
  });
});

await describeWhere('better-sqlite3', 'a transaction of Drizzle', () => {
  const sale = sqliteTable('sale', { what: column() });

  async function openShop(logged: string[] = []) {
    const connection = new BetterSqlite3(':memory:');
    const logger = { logQuery: (query: string) => void logged.push(query) };
    const db = drizzleSqlite(connection, { schema: { sale }, logger });
    const database = drizzleDatabase(db);
    await database.execute('CREATE TABLE sale (what VARCHAR(20))');
    return { db, database, connection };
  }

  it('has the schema and the logger of its database, which hears of what handlers run', async () => {
    const logged: string[] = [];
    const { database, connection } = await openShop(logged);
    const { tx, commit } = await begun(database);
    tx.insert(sale).values({ what: 'tea' }).run();
    expect(await tx.query.sale.findMany()).toEqual([{ what: 'tea' }]);
    await commit();
    expect(logged.map((query) => query.slice(0, 6))).toEqual(['insert', 'select']);
    connection.close();
  });

  it('of a handler is undone alone when it fails within that of the outcome', async () => {
    const { database, db, connection } = await openShop();
    const transaction = await database.begin(LIMITS);
    transaction.tx.insert(sale).values({ what: 'tea' }).run();
    expect(() =>
      transaction.tx.transaction((nested) => {
        nested.insert(sale).values({ what: 'cup' }).run();
        nested.rollback();
      }),
    ).toThrow('Rollback');
    await transaction.commit();
    expect(db.select().from(sale).all()).toEqual([{ what: 'tea' }]);
    connection.close();
  });

  it('runs no query that was prepared in it once it has ended', async () => {
    const { database, connection } = await openShop();
    const transaction = await database.begin(LIMITS);
    const prepared = transaction.tx.select().from(sale).where(eq(sale.what, 'tea')).prepare();
    await transaction.commit();
    expect(() => prepared.all()).toThrow(BrokenTransactionError);
    connection.close();
  });
});

await describeWhere('PostgreSQL', 'a handler with Drizzle on pg', () => {
  it('gets a transaction of Drizzle, and one within it is a savepoint', async () => {
    const pool = new pg.Pool({ connectionString: POSTGRES_URL, max: 1 });
    const { tx, commit } = await begun(onPg(pool));
    expect(tx).toBeInstanceOf(PgTransaction);
    await tx.execute(sql`CREATE TEMPORARY TABLE sale (what TEXT) ON COMMIT PRESERVE ROWS`);
    const failing = tx.transaction(async (nested) => {
      await nested.execute(sql`INSERT INTO sale VALUES ('cup')`);
      throw new Error('out of stock');
    });
    await expect(failing).rejects.toThrow('out of stock');
    await tx.execute(sql`INSERT INTO sale VALUES ('tea')`);
    await commit();
    expect((await pool.query('SELECT what FROM sale')).rows).toEqual([{ what: 'tea' }]);
    await pool.end();
  });
});
