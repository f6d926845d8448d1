import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { mysqlDatabaseWith } from '../../../lib/database/adapters/mysql-pool.js';
import { mysqlDatabase } from '../../../lib/database/adapters/mysql.js';
import { BrokenTransactionError, CommitUnknownError, NoConnectionError } from '../../../lib/database/sql-errors.js';
import { errorOf, Script, ScriptedMysqlConnection } from '../support/scripted-driver.js';
import { LIMITS } from '../support/transaction-statements.js';

const BEGIN = expect.stringMatching(
  /^BEGIN NOT ATOMIC SET .*innodb_lock_wait_timeout = 3,.*; SAVEPOINT pass2pay; END$/,
);
const COMMIT = expect.stringMatching(/^BEGIN NOT ATOMIC RELEASE SAVEPOINT pass2pay; COMMIT; SET SESSION .*; END$/);
const ROLLBACK = expect.stringMatching(/^BEGIN NOT ATOMIC ROLLBACK; SET SESSION .*; END$/);

let script: Script;
let connection: ScriptedMysqlConnection;
let limit: number | undefined;
let clock: Clock;
beforeEach(() => {
  script = new Script();
  connection = new ScriptedMysqlConnection(script);
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => clock.uninstall());

/** A pool of one connection. */
const poolOf = (connected: Promise<ScriptedMysqlConnection> = Promise.resolve(connection)) => ({
  getConnection: () => {
    limit = Error.stackTraceLimit;
    return connected;
  },
  execute: async (sql: string, params?: unknown[]) =>
    (await script.run(`pool: ${sql}`, params)) ?? [{ affectedRows: 2 }],
});

describe('a pool of mysql2', () => {
  it('runs single statements on any connection', async () => {
    const database = mysqlDatabase(poolOf());
    expect(database.dialect).toBe('mysql');
    script.when(/SELECT/, [[{ n: 1 }], []]);
    expect(await database.execute('SELECT ?', [1])).toStrictEqual({ rows: [{ n: 1 }], affected: 0 });
    expect(await database.execute('UPDATE t')).toStrictEqual({ rows: [], affected: 2 });
    expect(script.steps).toStrictEqual(['pool: SELECT ? [1]', 'pool: UPDATE t']);
  });

  it('captures no stack trace for a connection', async () => {
    await mysqlDatabase(poolOf()).begin(LIMITS);
    expect(limit).toBe(0);
    expect(Error.stackTraceLimit).toBeGreaterThan(0);
  });

  it('has a connection given back that comes later than the limits say', async () => {
    let come!: (late: ScriptedMysqlConnection) => void;
    const connected = new Promise<ScriptedMysqlConnection>((resolve) => {
      come = resolve;
    });
    const failed = errorOf(mysqlDatabase(poolOf(connected)).begin({ ...LIMITS, connectionTimeoutMs: 70 }));
    await clock.tickAsync(70);
    expect(await failed).toStrictEqual(new NoConnectionError(70));
    come(connection);
    await clock.tickAsync(0);
    expect(script.steps).toStrictEqual(['release']);
  });
});

describe('a transaction of mysql2', () => {
  it('is committed, and gives its connection back once', async () => {
    const transaction = await mysqlDatabase(poolOf()).begin(LIMITS);
    await transaction.execute('SELECT ?', [1]);
    await transaction.tx.query('SELECT 2');
    await transaction.commit();
    await transaction.rollback();
    expect(script.steps).toStrictEqual([BEGIN, 'SELECT ? [1]', 'SELECT 2', COMMIT, 'release']);
  });

  it('begins with the first statement', async () => {
    script.when(/SELECT/, [[[{ n: 1 }], { affectedRows: 0 }], []]);
    const transaction = await mysqlDatabase(poolOf()).begin(LIMITS, { sql: 'SELECT ?', params: [1] });
    expect(transaction.first).toStrictEqual({ rows: [{ n: 1 }], affected: 0 });
    expect(script.steps).toStrictEqual([expect.stringMatching(/SAVEPOINT pass2pay; SELECT \?; END \[1\]$/)]);
  });

  it('is rolled back after a handler has tried to end it', async () => {
    const transaction = await mysqlDatabase(poolOf()).begin(LIMITS);
    expect(() => transaction.tx.release()).toThrow(BrokenTransactionError);
    expect(await errorOf(transaction.tx.query('COMMIT'))).toBeInstanceOf(BrokenTransactionError);
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(script.steps).toStrictEqual([BEGIN, ROLLBACK, 'release']);
  });

  it('whose connection is lost during the commit is unknown, and its connection closed', async () => {
    const transaction = await mysqlDatabase(poolOf()).begin(LIMITS);
    script.when(/./, new Error('Connection lost'));
    expect(await errorOf(transaction.commit())).toBeInstanceOf(CommitUnknownError);
    expect(script.steps).toStrictEqual([BEGIN, COMMIT, ROLLBACK, 'destroy']);
  });

  it('has for its handlers what a library makes of the connection', async () => {
    const database = mysqlDatabaseWith(poolOf(), async (tx) => ({ of: tx }));
    const transaction = await database.begin(LIMITS);
    expect(await errorOf(transaction.tx.of.query('COMMIT'))).toBeInstanceOf(BrokenTransactionError);
  });

  it('gives its connection back if the object for handlers cannot be made', async () => {
    const failure = new Error('no');
    const database = mysqlDatabaseWith(poolOf(), () => {
      throw failure;
    });
    expect(await errorOf(database.begin(LIMITS))).toBe(failure);
    expect(script.steps).toStrictEqual(['release']);
  });
});
