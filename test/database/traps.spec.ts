// Real time: a rollback that is not answered.
// What a transaction meets on its way: broken connections, lost answers, deadlocks that a handler catches.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { mysqlDatabase } from '../../lib/database/mysql.js';
import { pgDatabase } from '../../lib/database/pg.js';
import type { SqlDatabase } from '../../lib/database/sql-database.js';
import { BrokenTransactionError, CommitUnknownError, sqlFailure } from '../../lib/database/sql-errors.js';
import { sqliteDatabase } from '../../lib/database/sqlite.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { COMMIT, DatabaseProxy } from './support/database-proxy.js';

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };
const table = `traps_${randomBytes(5).toString('hex')}`;
const insert = (id: string) => `INSERT INTO ${table} (id) VALUES ('${id}')`;

interface Server {
  database: SqlDatabase<{ query(sql: string): Promise<unknown> }>;
  close(): Promise<unknown>;
}

const SERVERS = {
  PostgreSQL: (url = POSTGRES_URL): Server => {
    const pool = new pg.Pool({ connectionString: url, max: 4 });
    return { database: pgDatabase(pool), close: () => pool.end() };
  },
  MariaDB: (url = MARIADB_URL): Server => {
    const pool = mysql.createPool({ uri: url, connectionLimit: 4 });
    return { database: mysqlDatabase(pool), close: () => pool.end() };
  },
};
const URLS = { PostgreSQL: POSTGRES_URL, MariaDB: MARIADB_URL };
const KILL = { PostgreSQL: 'SELECT pg_terminate_backend(?)', MariaDB: 'KILL ?' };
const OWN_ID = { PostgreSQL: 'SELECT pg_backend_pid() AS id', MariaDB: 'SELECT CONNECTION_ID() AS id' };

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

for (const name of ['PostgreSQL', 'MariaDB'] as const) {
  await describeWhere(name, `on ${name}`, () => {
    let server: Server;
    let database: Server['database'];

    beforeEach(async () => {
      server = SERVERS[name]();
      ({ database } = server);
      await database.execute(`CREATE TABLE ${table} (id VARCHAR(20) PRIMARY KEY, note INT)`);
    });

    afterEach(async () => {
      await database.execute(`DROP TABLE ${table}`);
      await server.close();
    });

    it('survives a connection that breaks in a transaction, and has the next one work', async () => {
      const transaction = await database.begin(LIMITS);
      await transaction.execute(insert('a'));
      const { rows } = await transaction.execute(OWN_ID[name]);
      const id = Number(rows[0]!.id);
      await database.execute(name === 'MariaDB' ? `KILL ${id}` : KILL[name], name === 'MariaDB' ? [] : [id]);
      expect(await thrownBy(transaction.execute(insert('b')))).toBeDefined();
      await transaction.rollback();
      const next = await database.begin(LIMITS);
      await next.execute(insert('c'));
      await next.commit();
      expect(await idsIn(database)).toEqual(['c']);
    });

    it('says that it is unknown whether a commit whose answer was lost has come to be', async () => {
      const proxy = await DatabaseProxy.start(URLS[name]);
      const behind = SERVERS[name](proxy.url);
      const transaction = await behind.database.begin(LIMITS);
      await transaction.execute(insert('a'));
      void proxy.breakAt({ when: 'after', text: COMMIT });
      expect(await thrownBy(transaction.commit())).toBeInstanceOf(CommitUnknownError);
      expect(await idsIn(database)).toEqual(['a']);
      await behind.close();
      await proxy.close();
    });

    it('commits nothing of a handler that catches a deadlock and goes on', async () => {
      await database.execute(insert('a'));
      await database.execute(insert('b'));
      const update = (id: string) => `UPDATE ${table} SET note = 1 WHERE id = '${id}'`;
      const one = await database.begin(LIMITS);
      const other = await database.begin(LIMITS);
      await one.execute(insert('of-one'));
      await one.tx.query(update('a'));
      await other.execute(insert('of-other'));
      await other.tx.query(update('b'));
      const results = [one, other].map(async (transaction, index) => {
        const caught = await thrownBy(transaction.tx.query(update(index === 0 ? 'b' : 'a')));
        await thrownBy(transaction.tx.query(insert(`after-${index}`)));
        return { caught, failure: await thrownBy(transaction.commit()) };
      });
      const ended = await Promise.all(results);
      const victims = ended.filter(({ caught }) => sqlFailure(caught) === 'rolled-back');
      expect(victims).toEqual([{ caught: expect.anything(), failure: expect.any(BrokenTransactionError) }]);
      const survivor = ended.findIndex(({ failure }) => failure === undefined);
      expect(await idsIn(database)).toEqual([`a`, `after-${survivor}`, 'b', survivor === 0 ? 'of-one' : 'of-other']);
    });

    it('ends a transaction whose statement hangs', async () => {
      await database.execute(insert('a'));
      const one = await database.begin(LIMITS);
      await one.execute(`UPDATE ${table} SET note = 1 WHERE id = 'a'`);
      const other = await database.begin(LIMITS);
      const hanging = thrownBy(other.tx.query(`UPDATE ${table} SET note = 2 WHERE id = 'a'`));
      await other.rollback();
      await one.commit();
      await hanging;
      const { rows } = await database.execute(`SELECT note FROM ${table} WHERE id = 'a'`);
      expect(rows).toEqual([{ note: 1 }]);
    });
  });
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
