import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3';
import { MySqlTransaction } from 'drizzle-orm/mysql-core';
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2';
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres';
import { PgTransaction, pgTable, text as pgText } from 'drizzle-orm/pg-core';
import { drizzle as drizzleProxy } from 'drizzle-orm/pg-proxy';
import { SQLiteTransaction, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { drizzleDatabase, type DrizzleDatabase } from '../../../lib/database/adapters/drizzle.js';
import { BrokenTransactionError } from '../../../lib/database/sql-errors.js';
import { describeWhere } from '../support/describe-where.js';
import { recorded } from '../support/recorded-sqlite.js';
import { errorOf, Script, ScriptedMysqlConnection, ScriptedPgClient } from '../support/scripted-driver.js';
import { BEGIN, COMMIT, LIMITS } from '../support/transaction-statements.js';

const POOL = 'The module needs a connection pool: create the Drizzle database with';

let script: Script;
let logged: string[];
const logger = { logQuery: (query: string) => void logged.push(query) };
beforeEach(() => {
  script = new Script();
  logged = [];
});

/** A pool of pg with one client. */
class PgPool extends EventEmitter {
  readonly totalCount = 1;
  connect = async () => new ScriptedPgClient(script);
  query = async (statement: string, params?: unknown[]) =>
    (await script.run(`pool: ${statement}`, params)) ?? { rows: [], rowCount: null };
}

/** A pool of mysql2/promise with one connection. */
class MysqlPool {
  getConnection = async () => new ScriptedMysqlConnection(script);
  execute = async (statement: string, params?: unknown[]) =>
    (await script.run(`pool: ${statement}`, params)) ?? [{ affectedRows: 2 }];
  query = this.execute;
}

/** What the tests use of transactions of servers. */
interface Tx {
  execute(query: unknown): PromiseLike<unknown>;
  select(): { from(table: object): PromiseLike<unknown> };
  transaction(run: (inner: Tx) => Promise<unknown>): Promise<unknown>;
}

const onPg = () => drizzleDatabase(drizzlePg(new PgPool() as never, { logger }) as unknown as DrizzleDatabase<Tx>);
const onMysql = () =>
  drizzleDatabase(drizzleMysql(new MysqlPool() as never, { logger }) as unknown as DrizzleDatabase<Tx>);

describe('a database of Drizzle', () => {
  it('on a single client of pg is refused', () => {
    expect(() => drizzleDatabase(drizzlePg(new ScriptedPgClient(script) as never))).toThrow(
      new TypeError(`${POOL} new Pool() of pg.`),
    );
  });

  it('on a single connection of mysql2 is refused', () => {
    const connection: unknown = Object.assign(new ScriptedMysqlConnection(script), { promise: undefined });
    expect(() => drizzleDatabase(drizzleMysql(connection as never))).toThrow(
      new TypeError(`${POOL} createPool() of mysql2.`),
    );
  });

  it('on another driver is refused', () => {
    const remote = drizzleProxy(async () => ({ rows: [] })) as unknown as DrizzleDatabase;
    expect(() => drizzleDatabase(remote)).toThrow(
      new TypeError(
        'The module supports drizzle-orm/node-postgres, drizzle-orm/mysql2 and drizzle-orm/better-sqlite3; this database uses PgRemoteSession.',
      ),
    );
  });

  it('is no other object', () => {
    expect(() => drizzleDatabase({ $client: undefined, transaction: () => {} })).toThrow(
      new TypeError('drizzleDatabase() requires the result of drizzle() of drizzle-orm.'),
    );
  });

  it('has the dialect of its driver, on whose pool single statements run', async () => {
    const databases = [onPg(), onMysql()];
    expect(databases.map(({ dialect }) => dialect)).toStrictEqual(['postgres', 'mysql']);
    for (const database of databases) await database.execute('SELECT ?', [1]);
    expect(script.steps).toStrictEqual(['pool: SELECT $1 [1]', 'pool: SELECT ? [1]']);
  });
});

describe('a transaction of Drizzle on PostgreSQL', () => {
  it('is begun and ended by the module alone, of which the logger hears nothing', async () => {
    const transaction = await onPg().begin(LIMITS);
    expect(transaction.tx).toBeInstanceOf(PgTransaction);
    await transaction.tx.execute(sql`SELECT ${1}`);
    await transaction.commit();
    expect(script.steps).toStrictEqual([BEGIN, 'SELECT $1 [1]', COMMIT, 'release']);
    expect(logged).toStrictEqual(['SELECT $1']);
  });

  it('runs queries on its connection', async () => {
    const { tx } = await onPg().begin(LIMITS);
    script.when(/^select/, { rows: [['tea']], rowCount: 1 });
    expect(await tx.select().from(pgTable('sale', { what: pgText() }))).toStrictEqual([{ what: 'tea' }]);
    expect(script.steps).toStrictEqual([BEGIN, 'select "what" from "sale"']);
  });

  it('has savepoints for those within it', async () => {
    const transaction = await onPg().begin(LIMITS);
    await transaction.tx.transaction((inner) => Promise.resolve(inner.execute(sql`SELECT 1`)));
    const failure = new Error('out of stock');
    expect(await errorOf(transaction.tx.transaction(() => Promise.reject(failure)))).toBe(failure);
    expect(script.steps).toStrictEqual([
      BEGIN,
      'savepoint sp1',
      'SELECT 1',
      'release savepoint sp1',
      'savepoint sp1',
      'rollback to savepoint sp1',
    ]);
  });

  it('commits nothing of a handler that has tried to', async () => {
    const transaction = await onPg().begin(LIMITS);
    expect(await errorOf(transaction.tx.execute(sql`COMMIT`))).toMatchObject({
      cause: { name: 'BrokenTransactionError' },
    });
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(script.steps).toStrictEqual([BEGIN, 'ROLLBACK', 'release']);
  });

  it('runs nothing after its end', async () => {
    const transaction = await onPg().begin(LIMITS);
    await transaction.commit();
    expect(await errorOf(transaction.tx.execute(sql`SELECT 1`))).toMatchObject({
      cause: { name: 'BrokenTransactionError' },
    });
    expect(script.steps).toStrictEqual([BEGIN, COMMIT, 'release']);
  });
});

describe('a transaction of Drizzle on MariaDB', () => {
  it('is begun and ended by the module alone, of which the logger hears nothing', async () => {
    const transaction = await onMysql().begin(LIMITS);
    expect(transaction.tx).toBeInstanceOf(MySqlTransaction);
    await transaction.tx.execute(sql`SELECT ${1}`);
    await transaction.tx.transaction((inner) => Promise.resolve(inner.execute(sql`SELECT 2`)));
    await transaction.commit();
    expect(script.steps).toStrictEqual([
      expect.stringMatching(/^BEGIN NOT ATOMIC SET .*lock_wait_timeout = 3,.* SAVEPOINT pass2pay; END$/),
      'SELECT ? [1]',
      'savepoint sp1',
      'SELECT 2',
      'release savepoint sp1',
      expect.stringMatching(/^BEGIN NOT ATOMIC RELEASE SAVEPOINT pass2pay; COMMIT; .* END$/),
      'release',
    ]);
    expect(logged).toStrictEqual(['SELECT ?', 'savepoint sp1', 'SELECT 2', 'release savepoint sp1']);
  });

  it('commits nothing of a handler that has tried to', async () => {
    const transaction = await onMysql().begin(LIMITS);
    expect(await errorOf(transaction.tx.execute(sql`COMMIT`))).toMatchObject({
      cause: { name: 'BrokenTransactionError' },
    });
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(script.steps).not.toContain('COMMIT');
  });
});

await describeWhere('better-sqlite3', 'a transaction of Drizzle on SQLite', () => {
  const sale = sqliteTable('sale', { what: text() });

  it('is begun and ended by the module alone, of which the logger hears nothing', async () => {
    const statements: string[] = [];
    const connection = new BetterSqlite3(':memory:');
    connection.exec('CREATE TABLE sale (what TEXT)');
    const database = drizzleDatabase(drizzleSqlite(recorded(connection, statements), { schema: { sale }, logger }));
    expect(database.dialect).toBe('sqlite');
    const transaction = await database.begin(LIMITS);
    expect(transaction.tx).toBeInstanceOf(SQLiteTransaction);
    transaction.tx.insert(sale).values({ what: 'tea' }).run();
    expect(transaction.tx.query.sale.findMany().sync()).toStrictEqual([{ what: 'tea' }]);
    transaction.tx.transaction((inner) => inner.delete(sale).run());
    expect(await errorOf((async () => transaction.tx.run(sql`COMMIT`))())).toMatchObject({
      cause: { name: 'BrokenTransactionError' },
    });
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(statements.map((statement) => statement.slice(0, 12))).toStrictEqual([
      'BEGIN IMMEDI',
      'insert into ',
      'select "what',
      'savepoint sp',
      'delete from ',
      'release save',
      'ROLLBACK',
    ]);
    expect(logged.map((query) => query.slice(0, 6))).toStrictEqual(['insert', 'select', 'savepo', 'delete', 'releas']);
    connection.close();
  });
});
