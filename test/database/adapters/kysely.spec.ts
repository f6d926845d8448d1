import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import BetterSqlite3 from 'better-sqlite3';
import { Kysely, MssqlAdapter, MysqlDialect, PostgresDialect, sql, SqliteDialect, type Dialect } from 'kysely';
import { kyselyDatabase } from '../../../lib/database/adapters/kysely.js';
import { BrokenTransactionError, NoConnectionError } from '../../../lib/database/sql-errors.js';
import { describeWhere } from '../support/describe-where.js';
import { recorded } from '../support/recorded-sqlite.js';
import { errorOf, Script, ScriptedMysqlConnection, ScriptedPgClient } from '../support/scripted-driver.js';
import { BEGIN, COMMIT, LIMITS } from '../support/transaction-statements.js';

const IDENTIFY = 'SELECT pg_backend_pid() AS id';

/** A pool of pg with one client; `connect` replaces what it does. */
class PgPool extends EventEmitter {
  readonly script = new Script();
  readonly client = new ScriptedPgClient(this.script);
  connect = async () => this.client;

  async end() {}
}

/** A pool of mysql2 with one connection. */
class MysqlPool extends EventEmitter {
  readonly script = new Script();
  private readonly connection = new ScriptedMysqlConnection(this.script);

  getConnection(answer: (error: null, connection: unknown) => void) {
    answer(null, this.connection);
  }

  end() {}
}

const kyselyOn = (dialect: Dialect) => new Kysely<unknown>({ dialect });
const onPg = (pool = new PgPool()) => kyselyOn(new PostgresDialect({ pool: pool as never }));
const onMysql = (pool = new MysqlPool()) => kyselyOn(new MysqlDialect({ pool: pool as never }));

const turns = () => new Promise((resolve) => setImmediate(resolve));

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => clock.uninstall());

describe('an instance of Kysely', () => {
  it('has the dialect that its adapter shows', () => {
    expect(kyselyDatabase(onPg(), new PgPool()).dialect).toBe('postgres');
    expect(kyselyDatabase(onMysql(), new MysqlPool()).dialect).toBe('mysql');
    expect(kyselyDatabase(kyselyOn(new SqliteDialect({ database: {} as never }))).dialect).toBe('sqlite');
  });

  it.each([
    ['the Pool of pg', onPg],
    ['the pool of mysql2', onMysql],
  ])('needs %s', (pool, open) => {
    expect(() => kyselyDatabase(open())).toThrow(
      new TypeError(`kyselyDatabase() also requires ${pool} of the dialect: kyselyDatabase(db, pool).`),
    );
  });

  it('is refused for a dialect that the module does not know', () => {
    const dialect = Object.assign(new PostgresDialect({ pool: new PgPool() as never }), {
      createAdapter: () => new MssqlAdapter(),
    });
    expect(() => kyselyDatabase(kyselyOn(dialect), new PgPool())).toThrow(
      new TypeError(
        'The module supports PostgresDialect, MysqlDialect and SqliteDialect of Kysely, and compatible dialects.',
      ),
    );
  });

  it('is not its transaction', async () => {
    await onPg()
      .transaction()
      .execute(async (trx) => {
        expect(() => kyselyDatabase(trx, new PgPool())).toThrow(
          new TypeError('kyselyDatabase() requires a Kysely instance, not a transaction.'),
        );
      });
  });

  it('gets a listener for lost idle connections of its pool', () => {
    const pool = new PgPool();
    kyselyDatabase(onPg(pool), pool);
    expect(pool.listenerCount('error')).toBe(1);
  });
});

describe('Kysely on PostgreSQL', () => {
  let pool: PgPool;
  beforeEach(() => {
    pool = new PgPool();
  });
  const steps = () => pool.script.steps;

  it('runs single statements, and gives their connection back', async () => {
    pool.script.when(/^SELECT/, { rows: [{ n: 1 }], rowCount: 1, command: 'SELECT' });
    pool.script.when(/^UPDATE/, { rows: [], rowCount: 2, command: 'UPDATE' });
    const failure = new Error('duplicate key');
    pool.script.when(/^INSERT/, failure);
    const database = kyselyDatabase(onPg(pool), pool);
    expect(await database.execute('SELECT ?', [1])).toStrictEqual({ rows: [{ n: 1 }], affected: 1 });
    expect(await database.execute('UPDATE t SET n = 1')).toStrictEqual({ rows: [], affected: 2 });
    expect(await errorOf(database.execute('INSERT'))).toBe(failure);
    await turns();
    expect(steps()).toStrictEqual(['SELECT $1 [1]', 'release', 'UPDATE t SET n = 1', 'release', 'INSERT', 'release']);
  });

  it('begins and commits in one round trip each, and identifies a connection once', async () => {
    const database = kyselyDatabase(onPg(pool), pool);
    const transaction = await database.begin(LIMITS);
    await sql`SELECT 1`.execute(transaction.tx);
    await transaction.commit();
    await turns();
    expect(steps()).toStrictEqual([IDENTIFY, BEGIN, 'SELECT 1', COMMIT, 'release']);
    await (await database.begin(LIMITS)).rollback();
    expect(steps().slice(5)).toStrictEqual([BEGIN, 'ROLLBACK']);
  });

  it('commits nothing of a handler that has tried to', async () => {
    const transaction = await kyselyDatabase(onPg(pool), pool).begin(LIMITS);
    expect(await errorOf(sql`COMMIT`.execute(transaction.tx))).toBeInstanceOf(BrokenTransactionError);
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(steps()).toStrictEqual([IDENTIFY, BEGIN, 'ROLLBACK']);
  });

  it('waits for a connection 15 s, or as long as the limits say', async () => {
    pool.connect = () => new Promise(() => {});
    const database = kyselyDatabase(onPg(pool), pool);
    const failures = [database.begin({ ...LIMITS, connectionTimeoutMs: 70 }), database.execute('SELECT 1')].map(
      errorOf,
    );
    await clock.tickAsync(15_000);
    expect(await Promise.all(failures)).toStrictEqual([new NoConnectionError(70), new NoConnectionError(15_000)]);
  });

  it('closes a connection on which not even a rollback succeeds', async () => {
    const { script, client } = pool;
    script.when(/pg_backend_pid/, { rows: [{ id: 7 }], rowCount: 1 });
    const database = kyselyDatabase(onPg(pool), pool);
    pool.emit('acquire', Object.assign(client, { processID: 7 }));
    script.when(/^BEGIN|^ROLLBACK/, new Error('Connection terminated'));
    await errorOf(database.begin(LIMITS));
    await turns();
    expect(steps()).toStrictEqual([IDENTIFY, BEGIN, 'ROLLBACK', 'end', 'close']);
  });
});

describe('Kysely on MariaDB', () => {
  it('begins together with the first statement, and with its timeout for locks', async () => {
    const pool = new MysqlPool();
    pool.script.when(/SELECT \?/, [[[{ n: 1 }], { affectedRows: 0 }], []]);
    const database = kyselyDatabase(onMysql(pool), pool);
    const transaction = await database.begin({ ...LIMITS, lockTimeoutMs: 7_000 }, { sql: 'SELECT ?', params: [1] });
    expect(transaction.first?.rows).toStrictEqual([{ n: 1 }]);
    expect(pool.script.steps).toStrictEqual([
      'SELECT CONNECTION_ID() AS id',
      expect.stringMatching(
        /^BEGIN NOT ATOMIC SET .*lock_wait_timeout = 7,.* SAVEPOINT pass2pay; SELECT \?; END \[1\]$/,
      ),
    ]);
  });
});

await describeWhere('better-sqlite3', 'Kysely on SQLite', () => {
  it('takes the write lock for what writes', async () => {
    const statements: string[] = [];
    const file = recorded(new BetterSqlite3(':memory:'), statements);
    const database = kyselyDatabase(kyselyOn(new SqliteDialect({ database: file })));
    await database.execute('CREATE TABLE t (n INT)');
    expect(await database.execute('INSERT INTO t VALUES (?)', [1])).toStrictEqual({ rows: [], affected: 1 });
    expect(await database.execute('SELECT n FROM t')).toStrictEqual({ rows: [{ n: 1 }], affected: 1 });
    const transaction = await database.begin(LIMITS);
    await transaction.commit();
    await (await database.begin(LIMITS)).rollback();
    expect(statements).toStrictEqual([
      'BEGIN IMMEDIATE',
      'CREATE TABLE t (n INT)',
      'COMMIT',
      'BEGIN IMMEDIATE',
      'INSERT INTO t VALUES (?)',
      'COMMIT',
      'SELECT n FROM t',
      'BEGIN IMMEDIATE',
      'SAVEPOINT pass2pay',
      'RELEASE SAVEPOINT pass2pay',
      'COMMIT',
      'BEGIN IMMEDIATE',
      'SAVEPOINT pass2pay',
      'ROLLBACK',
    ]);
    file.close();
  });
});
