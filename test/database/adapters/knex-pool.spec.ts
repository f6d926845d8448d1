import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import BetterSqlite3 from 'better-sqlite3';
import makeKnex, { type Knex } from 'knex';
import { knexDatabaseWith, type KnexInstance } from '../../../lib/database/adapters/knex-pool.js';
import { knexDatabase } from '../../../lib/database/adapters/knex.js';
import { BrokenTransactionError, CommitUnknownError, NoConnectionError } from '../../../lib/database/sql-errors.js';
import { describeWhere } from '../support/describe-where.js';
import { recorded } from '../support/recorded-sqlite.js';
import { errorOf, Script, ScriptedMysqlConnection, ScriptedPgClient, syntaxError } from '../support/scripted-driver.js';
import { BEGIN, COMMIT, LIMITS } from '../support/transaction-statements.js';

type Connected = object & { __knex__disposed?: Error };

/** Knex with a pool of one connection; `connect` replaces what the pool does. */
function knexOn(client: string, connection: Connected, steps: string[], connect = async () => connection) {
  const knex = makeKnex({ client, useNullAsDefault: true });
  Object.assign(knex.client as object, {
    acquireConnection: () => connect(),
    releaseConnection: async (each: Connected) => {
      const { __knex__disposed: reason } = each;
      if (each !== connection) steps.push('release another');
      else steps.push(reason === undefined ? 'release' : `drop: ${reason.message}`);
    },
  });
  return knex;
}

const CONNECTIONS = { pg: ScriptedPgClient, mysql2: ScriptedMysqlConnection, mariadb: ScriptedMysqlConnection };

function on(driver: keyof typeof CONNECTIONS, connect?: () => Promise<object>) {
  const script = new Script();
  const connection = new CONNECTIONS[driver](script);
  const knex = knexOn(driver === 'pg' ? 'pg' : 'mysql2', connection, script.steps, connect);
  // MikroORM has a driver of its own for the package mariadb, whose API has no promises.
  if (driver === 'mariadb') {
    Object.assign(knex.client as object, { driverName: 'mariadb' });
    Object.assign(connection, { promise: undefined, execute: undefined });
  }
  const database = knexDatabase<Knex.Transaction>(knex as KnexInstance<Knex.Transaction>);
  return { script, connection, knex, database };
}

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => clock.uninstall());

describe('an instance of Knex', () => {
  it.each([
    ['pg', 'postgres'],
    ['mysql2', 'mysql'],
    ['mariadb', 'mysql'],
  ] as const)('with the client %s has the dialect %s', (driver, dialect) => {
    expect(on(driver).database.dialect).toBe(dialect);
  });

  it('with another client is refused, with the clients to use instead', () => {
    const knex = { client: { driverName: 'oracledb' }, transaction: () => {} };
    expect(() => knexDatabase(knex)).toThrow(
      new TypeError('The client of Knex is oracledb; the module supports pg, mysql2, mariadb, better-sqlite3.'),
    );
  });

  it('is not its transaction', () => {
    const knex = { client: { driverName: 'pg' }, transaction: () => {} };
    expect(knexDatabase({ ...knex, isTransaction: false }).dialect).toBe('postgres');
    expect(() => knexDatabase({ ...knex, isTransaction: true })).toThrow(
      new TypeError('knexDatabase() requires a Knex instance, not a transaction.'),
    );
  });
});

describe('a single statement', () => {
  it('on PostgreSQL gets numbered parameters, and gives its connection back', async () => {
    const { script, database } = on('pg');
    script.when(/^SELECT/, { rows: [{ n: 1 }], rowCount: 1 });
    expect(await database.execute('SELECT ?', [1])).toStrictEqual({ rows: [{ n: 1 }], affected: 1 });
    await database.execute('SELECT 2');
    expect(script.steps).toStrictEqual(['SELECT $1 [1]', 'release', 'SELECT 2', 'release']);
  });

  it.each(['mysql2', 'mariadb'] as const)('by %s keeps its parameters, and has rows or a count', async (driver) => {
    const { script, database } = on(driver);
    script.when(/^SELECT/, [[{ n: 1 }], []]);
    script.when(/^UPDATE/, [{ affectedRows: 2 }]);
    expect(await database.execute('SELECT ?', [1])).toStrictEqual({ rows: [{ n: 1 }], affected: 0 });
    expect(await database.execute('UPDATE t SET n = 1')).toStrictEqual({ rows: [], affected: 2 });
    expect(script.steps).toStrictEqual(['SELECT ? [1]', 'release', 'UPDATE t SET n = 1', 'release']);
  });

  it.each(['pg', 'mysql2', 'mariadb'] as const)('by %s that fails gives its connection back', async (driver) => {
    const { script, database } = on(driver);
    const failure = new Error('no such column');
    script.when(/^SELECT/, failure);
    expect(await errorOf(database.execute('SELECT x'))).toBe(failure);
    expect(script.steps).toStrictEqual(['SELECT x', 'release']);
  });
});

describe('a connection', () => {
  it.each([
    ['a single statement 15 s', 15_000],
    ['a transaction as long as its limits say', 70],
  ])('is awaited by %s, and given back when it comes later', async (_, timeoutMs) => {
    let come!: (connection: object) => void;
    const late = new Promise<object>((resolve) => {
      come = resolve;
    });
    const { script, connection, database } = on('pg', () => late);
    const failed = errorOf(
      timeoutMs === 70 ? database.begin({ ...LIMITS, connectionTimeoutMs: 70 }) : database.execute('SELECT 1'),
    );
    await clock.tickAsync(timeoutMs);
    expect(await failed).toStrictEqual(new NoConnectionError(timeoutMs));
    come(connection);
    await clock.tickAsync(0);
    expect(script.steps).toStrictEqual(['release']);
  });

  it('is given back when Knex cannot make its transaction', async () => {
    const { script, knex } = on('pg');
    const failure = new Error('no');
    const database = knexDatabase({ client: knex.client as object, transaction: () => Promise.reject(failure) });
    expect(await errorOf(database.begin(LIMITS))).toBe(failure);
    expect(script.steps).toStrictEqual(['release']);
  });
});

describe('a transaction on PostgreSQL', () => {
  it('is committed in one round trip, and gives its connection back once', async () => {
    const { script, connection, database } = on('pg');
    const transaction = await database.begin(LIMITS);
    expect(connection.listenerCount('error')).toBe(1);
    await transaction.execute('SELECT ?', [1]);
    await transaction.tx.raw('SELECT 2');
    expect(transaction.tx.isCompleted()).toBe(false);
    await transaction.commit();
    await transaction.rollback();
    expect(script.steps).toStrictEqual([BEGIN, 'SELECT $1 [1]', 'SELECT 2', COMMIT, 'release']);
    expect(transaction.tx.isCompleted()).toBe(true);
    expect(connection.listenerCount('error')).toBe(0);
  });

  it('is rolled back, and gives its connection back', async () => {
    const { script, database } = on('pg');
    const transaction = await database.begin(LIMITS);
    await transaction.rollback();
    expect(script.steps).toStrictEqual([BEGIN, 'ROLLBACK', 'release']);
    expect(transaction.tx.isCompleted()).toBe(true);
  });

  it('prepares statements that run often', async () => {
    const { script, connection, database } = on('pg');
    const transaction = await database.begin(LIMITS);
    const sent: unknown[] = [];
    const query = connection.query.bind(connection);
    Object.assign(connection, {
      query: (...statement: [string]) => {
        sent.push(statement);
        return query(...statement);
      },
    });
    await transaction.execute('SELECT ?', [1], { isRepeated: true });
    expect(sent).toStrictEqual([[{ name: expect.stringMatching(/^pass2pay_/), text: 'SELECT $1' }, [1]]]);
    expect(script.steps).toHaveLength(2);
  });

  it('commits nothing of a handler that has tried to', async () => {
    const { script, database } = on('pg');
    const transaction = await database.begin(LIMITS);
    expect(await errorOf(transaction.tx.raw('COMMIT'))).toMatchObject({ name: 'BrokenTransactionError' });
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(script.steps).toStrictEqual([BEGIN, 'ROLLBACK', 'release']);
  });

  it('that cannot begin is rolled back', async () => {
    const { script, database } = on('pg');
    const failure = new Error('read only');
    script.when(/^BEGIN/, failure);
    expect(await errorOf(database.begin(LIMITS))).toBe(failure);
    expect(script.steps).toStrictEqual([BEGIN, 'ROLLBACK', 'release']);
  });

  it('on a lost connection is unknown after its commit, and the connection closed', async () => {
    const { script, connection, database } = on('pg');
    Object.assign(connection, {
      end: () => {
        script.steps.push('end');
        return Promise.reject(new Error('closed already'));
      },
    });
    const transaction = await database.begin(LIMITS);
    script.when(/./, new Error('Connection terminated'));
    expect(await errorOf(transaction.commit())).toBeInstanceOf(CommitUnknownError);
    await clock.tickAsync(0);
    const dropped = ['end', 'drop: The connection did not respond.'];
    expect(script.steps).toStrictEqual([BEGIN, COMMIT, 'ROLLBACK', ...dropped]);
    expect(transaction.tx.isCompleted()).toBe(true);
  });

  it('closes a connection that was lost meanwhile', async () => {
    const { script, connection, database } = on('pg');
    const transaction = await database.begin(LIMITS);
    connection.emit('error', new Error('terminated'));
    await transaction.rollback();
    expect(script.steps.slice(1)).toStrictEqual(['ROLLBACK', 'end', 'drop: The connection did not respond.']);
  });
});

describe.each(['mysql2', 'mariadb'] as const)('a transaction by %s', (driver) => {
  const begin = [
    'SET @pass2pay_autocommit = @@SESSION.autocommit, @pass2pay_lock_wait = @@SESSION.innodb_lock_wait_timeout, SESSION innodb_lock_wait_timeout = 3, SESSION autocommit = 0',
    'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
    'START TRANSACTION',
    'SAVEPOINT pass2pay',
  ];
  const restore =
    'SET SESSION innodb_lock_wait_timeout = @pass2pay_lock_wait, SESSION autocommit = @pass2pay_autocommit';
  const together = (statements: string[]) => `BEGIN NOT ATOMIC ${statements.join('; ')}; END`;

  it('begins with the first statement, and commits, in one round trip each on MariaDB', async () => {
    const { script, database } = on(driver);
    script.when(/SELECT/, [[[{ n: 1 }], { affectedRows: 0 }], []]);
    const transaction = await database.begin(LIMITS, { sql: 'SELECT ?', params: [1] });
    expect(transaction.first).toStrictEqual({ rows: [{ n: 1 }], affected: 0 });
    await transaction.execute('UPDATE ?', [2]);
    await transaction.commit();
    expect(script.steps).toStrictEqual([
      `${together([...begin, 'SELECT ?'])} [1]`,
      'UPDATE ? [2]',
      together(['RELEASE SAVEPOINT pass2pay', 'COMMIT', restore]),
      'release',
    ]);
    expect(transaction.tx.isCompleted()).toBe(true);
  });

  it('has one round trip for each statement on MySQL', async () => {
    const { script, database } = on(driver);
    script.when(/^BEGIN NOT ATOMIC/, syntaxError());
    await (await database.begin(LIMITS)).rollback();
    expect(script.steps).toStrictEqual([together(begin), ...begin, 'ROLLBACK', restore, 'release']);
  });

  it('closes a connection that gives no answer, and does not use it again', async () => {
    const { script, database } = on(driver);
    script.when(/^BEGIN NOT ATOMIC/, new Promise(() => {}));
    const failed = errorOf(database.begin(LIMITS));
    await clock.tickAsync(5_000);
    expect(await failed).toMatchObject({ name: 'NoAnswerError' });
    expect(script.steps).toStrictEqual([together(begin), 'destroy', 'drop: The connection did not respond.']);
  });

  it('does not run COMMIT for a handler', async () => {
    const { script, database } = on(driver);
    const transaction = await database.begin(LIMITS);
    expect(await errorOf(transaction.tx.raw('DROP TABLE t'))).toMatchObject({ name: 'BrokenTransactionError' });
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(script.steps).not.toContain('DROP TABLE t');
  });
});

describe('a library on Knex', () => {
  it('says what handlers get, how they run, and what to wait for before a commit', async () => {
    const { script, knex } = on('pg');
    const { steps } = script;
    const database = knexDatabaseWith(knex, (trx) => ({
      tx: { of: trx },
      runHandlers: async (handlers) => {
        steps.push('enter');
        return handlers();
      },
      settle: async () => void steps.push('settle'),
    }));
    const transaction = await database.begin(LIMITS);
    expect((transaction.tx.of as Knex.Transaction).isTransaction).toBe(true);
    expect(await transaction.runHandlers!(async () => 'handled')).toBe('handled');
    await transaction.commit();
    expect(steps).toStrictEqual([BEGIN, 'enter', 'settle', COMMIT, 'release']);
  });
});

await describeWhere('better-sqlite3', 'Knex on SQLite', () => {
  let file: BetterSqlite3.Database;
  let steps: string[];
  beforeEach(() => {
    steps = [];
    file = recorded(new BetterSqlite3(':memory:'), steps);
  });
  afterEach(() => void file.close());
  const open = () =>
    knexDatabase<Knex.Transaction>(knexOn('better-sqlite3', file, steps) as KnexInstance<Knex.Transaction>);

  it('takes the write lock for what writes', async () => {
    const database = open();
    expect(database.dialect).toBe('sqlite');
    await database.execute('CREATE TABLE t (n INT)');
    expect(await database.execute('INSERT INTO t VALUES (?)', [1])).toStrictEqual({ rows: [], affected: 1 });
    expect(await database.execute('SELECT n FROM t')).toStrictEqual({ rows: [{ n: 1 }], affected: 1 });
    const transaction = await database.begin(LIMITS);
    await transaction.tx('t').insert({ n: 2 });
    await transaction.commit();
    expect(transaction.tx.isCompleted()).toBe(true);
    expect(steps).toStrictEqual([
      'BEGIN IMMEDIATE',
      'CREATE TABLE t (n INT)',
      'COMMIT',
      'release',
      'BEGIN IMMEDIATE',
      'INSERT INTO t VALUES (?)',
      'COMMIT',
      'release',
      'SELECT n FROM t',
      'release',
      'BEGIN IMMEDIATE; SAVEPOINT pass2pay',
      'insert into `t` (`n`) values (?)',
      'RELEASE SAVEPOINT pass2pay; COMMIT',
      'release',
    ]);
  });

  it('commits nothing of a handler that goes on after SQLite has rolled back', async () => {
    const database = open();
    await database.execute('CREATE TABLE t (n INT UNIQUE)');
    await database.execute('INSERT INTO t VALUES (1)');
    const transaction = await database.begin(LIMITS);
    await errorOf(transaction.tx.raw('INSERT OR ROLLBACK INTO t VALUES (1)'));
    expect(await errorOf(transaction.tx.raw('INSERT INTO t VALUES (2)'))).toBeInstanceOf(BrokenTransactionError);
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(steps.at(-1)).toBe('release');
  });

  it('waits for the lock as long as the limits say', async () => {
    const busy = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
    file.exec = () => {
      throw busy;
    };
    expect(await errorOf(open().begin({ ...LIMITS, lockTimeoutMs: 0 }))).toBe(busy);
    expect(steps).toStrictEqual(['release']);
  });
});

it('a library on Knex that cannot make what handlers get gives the connection back', async () => {
  const { script, knex } = on('pg');
  const error = new Error('no fork');
  const database = knexDatabaseWith(knex as KnexInstance, () => {
    throw error;
  });
  expect(await errorOf(database.begin(LIMITS))).toBe(error);
  expect(script.steps).toStrictEqual(['release']);
});
