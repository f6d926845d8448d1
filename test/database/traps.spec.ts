// Traps of one library or database; `databaseChecks` has those that every adapter meets.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { mysqlDatabase } from '../../lib/database/adapters/mysql.js';
import { pgDatabase } from '../../lib/database/adapters/pg.js';
import type { SqlDatabase } from '../../lib/database/sql-database.js';
import { BrokenTransactionError } from '../../lib/database/sql-errors.js';
import { sqliteDatabase } from '../../lib/database/adapters/sqlite.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };
const table = `traps_${randomBytes(5).toString('hex')}`;
const insert = (id: string) => `INSERT INTO ${table} (id) VALUES ('${id}')`;

async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function idsIn(database: SqlDatabase): Promise<unknown[]> {
  const { rows } = await database.execute(`SELECT id FROM ${table} ORDER BY id`);
  return rows.map(({ id }) => id);
}

await describeWhere('MariaDB', 'a connection of MariaDB', () => {
  it('has its own settings back', async () => {
    const pool = mysql.createPool({ uri: MARIADB_URL, connectionLimit: 1 });
    const settings = async () => {
      const [rows] = await pool.query('SELECT @@SESSION.autocommit, @@SESSION.innodb_lock_wait_timeout');
      return rows;
    };
    await pool.query('SET SESSION innodb_lock_wait_timeout = 33');
    const before = await settings();
    for (const end of ['commit', 'rollback'] as const) {
      const transaction = await mysqlDatabase(pool).begin(LIMITS);
      await transaction.execute('SELECT 1');
      await transaction[end]();
      expect(await settings()).toEqual(before);
    }
    await pool.end();
  });

  it('tells a handler that caught a deadlock that its transaction had ended', async () => {
    const pool = mysql.createPool({ uri: MARIADB_URL, connectionLimit: 2 });
    await pool.query(`CREATE TABLE ${table} (id VARCHAR(20) PRIMARY KEY, n INT NOT NULL DEFAULT 0)`);
    await pool.query(`INSERT INTO ${table} (id) VALUES ('a'), ('b')`);
    const update = (id: string) => `UPDATE ${table} SET n = n + 1 WHERE id = '${id}'`;
    const [one, other] = [await mysqlDatabase(pool).begin(LIMITS), await mysqlDatabase(pool).begin(LIMITS)];
    await one.tx.query(update('a'));
    await other.tx.query(update('b'));
    await Promise.all([thrownBy(one.tx.query(update('b'))), thrownBy(other.tx.query(update('a')))]);
    const ends = await Promise.all([thrownBy(one.commit()), thrownBy(other.commit())]);
    expect(ends.map((error) => error && (error as Error).message)).toContainEqual(
      expect.stringContaining(
        'The transaction had ended before its commit: a handler caught an error that rolled it back',
      ),
    );
    expect(ends).toContain(undefined);
    await pool.query(`DROP TABLE ${table}`);
    await pool.end();
  });

  it('tells where a handler ran the statement that failed', async () => {
    const pool = mysql.createPool({ uri: MARIADB_URL, connectionLimit: 1 });
    const transaction = await mysqlDatabase(pool).begin(LIMITS);
    const fulfil = async () => {
      await transaction.tx.execute('SELECT nonsense');
    };
    const error = (await thrownBy(fulfil())) as Error;
    expect(error.message).toContain('nonsense');
    expect(error.stack).toMatch(/at (?:async )?fulfil /);
    expect(error.stack).toContain(error.message);
    await transaction.rollback();
    await pool.end();
  });
});

await describeWhere('better-sqlite3', 'SQLite', () => {
  it('commits nothing of a handler that goes on after SQLite has rolled back', async () => {
    const connection = new BetterSqlite3(':memory:');
    const database = sqliteDatabase(connection);
    await database.execute(`CREATE TABLE ${table} (id VARCHAR(20) PRIMARY KEY)`);
    await database.execute(insert('a'));
    const transaction = await database.begin(LIMITS);
    await transaction.execute(insert('module'));
    expect(() => transaction.tx.exec(`INSERT OR ROLLBACK INTO ${table} (id) VALUES ('a')`)).toThrow(/UNIQUE/);
    expect(() => transaction.tx.exec(insert('handler'))).toThrow(BrokenTransactionError);
    expect(await thrownBy(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(await idsIn(database)).toEqual(['a']);
    connection.close();
  });
});

await describeWhere('PostgreSQL', 'pg', () => {
  it('survives that an idle connection of a pool without a listener breaks', async () => {
    const pool = new pg.Pool({ connectionString: POSTGRES_URL, max: 1 });
    const { rows } = await pgDatabase(pool).execute('SELECT pg_backend_pid() AS id');
    const removed = new Promise((resolve) => {
      pool.once('remove', resolve);
    });
    const other = new pg.Client(POSTGRES_URL);
    await other.connect();
    await other.query('SELECT pg_terminate_backend($1)', [rows[0]!.id]);
    await removed;
    expect((await pgDatabase(pool).execute('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await other.end();
    await pool.end();
  });

  it('does not claim that nothing is committed after a text of several statements that ends the transaction', async () => {
    const pool = new pg.Pool({ connectionString: POSTGRES_URL, max: 1 });
    await pool.query(`CREATE TABLE ${table} (id VARCHAR(20) PRIMARY KEY)`);
    const transaction = await pgDatabase(pool).begin(LIMITS);
    await transaction.tx.query(`${insert('a')}; COMMIT`);
    const error = await thrownBy(transaction.commit());
    expect(error).toBeInstanceOf(BrokenTransactionError);
    expect((error as Error).message).toContain('what was written before it may be committed');
    expect(await idsIn(pgDatabase(pool))).toEqual(['a']);
    await pool.query(`DROP TABLE ${table}`);
    await pool.end();
  });

  it('streams rows by a cursor of pg', async () => {
    const pool = new pg.Pool({ connectionString: POSTGRES_URL, max: 1 });
    const transaction = await pgDatabase(pool).begin(LIMITS);
    const query = new pg.Query('SELECT 1 AS one');
    const submitted = transaction.tx.query(query as never) as unknown as pg.Query;
    expect(submitted).toBe(query);
    await once(submitted as never, 'end');
    await transaction.commit();
    await pool.end();
  });
});
