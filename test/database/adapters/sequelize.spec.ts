import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import mysql2 from 'mysql2';
import pg from 'pg';
import { Sequelize, Transaction } from 'sequelize';
import { sequelizeDatabase, type SequelizeLike } from '../../../lib/database/adapters/sequelize.js';
import { BrokenTransactionError, CommitUnknownError, NoConnectionError } from '../../../lib/database/sql-errors.js';
import { errorOf, Script, ScriptedMysqlConnection, ScriptedPgClient, syntaxError } from '../support/scripted-driver.js';
import { BEGIN, COMMIT, LIMITS } from '../support/transaction-statements.js';

/** A connection of the package mariadb, which answers without the columns. */
class ScriptedMariadbConnection extends ScriptedMysqlConnection {
  override async query(...statement: Parameters<ScriptedMysqlConnection['query']>): Promise<unknown> {
    const [result] = (await super.query(...statement)) as [unknown];
    return result;
  }

  override promise(): never {
    throw new Error('This is the promise API.');
  }
}

const CONNECTIONS = {
  postgres: ScriptedPgClient,
  mysql: ScriptedMysqlConnection,
  mariadb: ScriptedMariadbConnection,
} as const;

/** Sequelize on one scripted connection; `connect` replaces what its pool does. */
function on(dialect: keyof typeof CONNECTIONS, connect?: (connection: object) => Promise<object>) {
  const script = new Script();
  const connection = new CONNECTIONS[dialect](script);
  const dialectModule = dialect === 'postgres' ? pg : mysql2;
  const sequelize = new Sequelize({ dialect, dialectModule, logging: false });
  Object.assign((sequelize as unknown as SequelizeLike).connectionManager, {
    getConnection: (options: object) => {
      expect(options).toStrictEqual({});
      return connect === undefined ? Promise.resolve(connection) : connect(connection);
    },
    releaseConnection: (each: object) => script.steps.push(each === connection ? 'release' : 'release another'),
    destroyConnection: async (each: object) => {
      script.steps.push(each === connection ? 'drop' : 'drop another');
      throw new Error('already closed');
    },
  });
  const database = sequelizeDatabase<Transaction>(sequelize);
  return { script, connection, sequelize, database };
}

const finishOf = (tx: Transaction) => (tx as unknown as { finished?: string }).finished;

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  clock.uninstall();
  jest.restoreAllMocks();
});

it.each([
  ['postgres', 'postgres'],
  ['mysql', 'mysql'],
  ['mariadb', 'mysql'],
] as const)('Sequelize on %s has the dialect %s', (driver, dialect) => {
  expect(on(driver).database.dialect).toBe(dialect);
});

it.each(['mssql', 'toString'])('Sequelize on %s is refused, with the dialects to use instead', (dialect) => {
  expect(() => sequelizeDatabase({ getDialect: () => dialect } as unknown as SequelizeLike)).toThrow(
    new TypeError(`The dialect of Sequelize is ${dialect}; the module supports postgres, mysql, mariadb.`),
  );
});

describe('a single statement', () => {
  it('on PostgreSQL gets numbered parameters, and gives its connection back', async () => {
    const { script, database } = on('postgres');
    script.when(/^SELECT/, { rows: [{ n: 1 }], rowCount: 1 });
    expect(await database.execute('SELECT ?', [1])).toStrictEqual({ rows: [{ n: 1 }], affected: 1 });
    await database.execute('SELECT 2');
    expect(script.steps).toStrictEqual(['SELECT $1 [1]', 'release', 'SELECT 2', 'release']);
  });

  it.each(['mysql', 'mariadb'] as const)('on %s keeps its parameters, and has rows or a count', async (dialect) => {
    const { script, database } = on(dialect);
    script.when(/^SELECT/, [[{ n: 1 }], []]);
    script.when(/^UPDATE/, [{ affectedRows: 2 }]);
    expect(await database.execute('SELECT ?', [1])).toStrictEqual({ rows: [{ n: 1 }], affected: 0 });
    expect(await database.execute('UPDATE t SET n = 1')).toStrictEqual({ rows: [], affected: 2 });
    expect(script.steps).toStrictEqual(['SELECT ? [1]', 'release', 'UPDATE t SET n = 1', 'release']);
  });

  it('that fails gives its connection back', async () => {
    const { script, database } = on('postgres');
    const failure = new Error('no such column');
    script.when(/^SELECT/, failure);
    expect(await errorOf(database.execute('SELECT x'))).toBe(failure);
    expect(script.steps).toStrictEqual(['SELECT x', 'release']);
  });

  it('waits 15 s for a connection, which it gives back when it comes later', async () => {
    let come!: () => void;
    const { script, database } = on(
      'postgres',
      (connection) =>
        new Promise((resolve) => {
          come = () => resolve(connection);
        }),
    );
    const failed = errorOf(database.execute('SELECT 1'));
    await clock.tickAsync(15_000);
    expect(await failed).toStrictEqual(new NoConnectionError(15_000));
    come();
    await clock.tickAsync(0);
    expect(script.steps).toStrictEqual(['release']);
  });
});

describe('a transaction on PostgreSQL', () => {
  it('is committed in one round trip, and gives its connection back once', async () => {
    const { script, connection, database } = on('postgres');
    const transaction = await database.begin(LIMITS);
    expect(connection.listenerCount('error')).toBe(1);
    await transaction.execute('SELECT ?', [1]);
    expect(finishOf(transaction.tx)).toBeUndefined();
    await transaction.commit();
    await transaction.rollback();
    expect(script.steps).toStrictEqual([BEGIN, 'SELECT $1 [1]', COMMIT, 'release']);
    expect(connection.listenerCount('error')).toBe(0);
    expect(finishOf(transaction.tx)).toBe('commit');
  });

  it('prepares statements that run often', async () => {
    const { connection, database } = on('postgres');
    const transaction = await database.begin(LIMITS);
    const query = jest.spyOn(connection, 'query');
    await transaction.execute('SELECT ?', [1], { isRepeated: true });
    expect(query.mock.calls).toStrictEqual([[{ name: expect.stringMatching(/^pass2pay_/), text: 'SELECT $1' }, [1]]]);
  });

  it('is rolled back, and gives its connection back', async () => {
    const { script, database } = on('postgres');
    const transaction = await database.begin(LIMITS);
    await transaction.rollback();
    expect(script.steps).toStrictEqual([BEGIN, 'ROLLBACK', 'release']);
    expect(finishOf(transaction.tx)).toBe('rollback');
  });

  it('waits for a connection as long as the limits say', async () => {
    const { database } = on('postgres', () => new Promise(() => {}));
    const failed = errorOf(database.begin({ ...LIMITS, connectionTimeoutMs: 70 }));
    await clock.tickAsync(70);
    expect(await failed).toStrictEqual(new NoConnectionError(70));
  });

  it('that cannot begin is rolled back', async () => {
    const { script, database } = on('postgres');
    const failure = new Error('read only');
    script.when(/^BEGIN/, failure);
    expect(await errorOf(database.begin(LIMITS))).toBe(failure);
    expect(script.steps).toStrictEqual([BEGIN, 'ROLLBACK', 'release']);
  });

  it('on a lost connection is unknown after its commit, and the connection dropped', async () => {
    const { script, database } = on('postgres');
    const transaction = await database.begin(LIMITS);
    script.when(/./, new Error('Connection terminated'));
    expect(await errorOf(transaction.commit())).toBeInstanceOf(CommitUnknownError);
    expect(script.steps).toStrictEqual([BEGIN, COMMIT, 'ROLLBACK', 'drop']);
    expect(finishOf(transaction.tx)).toBe('rollback');
  });

  it('drops a connection that was lost meanwhile', async () => {
    const { script, connection, database } = on('postgres');
    const transaction = await database.begin(LIMITS);
    connection.emit('error', new Error('terminated'));
    await transaction.rollback();
    expect(script.steps).toStrictEqual([BEGIN, 'ROLLBACK', 'drop']);
  });
});

describe('a transaction on MariaDB and MySQL', () => {
  const begin = [
    'SET @pass2pay_autocommit = @@SESSION.autocommit, @pass2pay_lock_wait = @@SESSION.innodb_lock_wait_timeout, SESSION innodb_lock_wait_timeout = 3, SESSION autocommit = 0',
    'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
    'START TRANSACTION',
    'SAVEPOINT pass2pay',
  ];
  const restore =
    'SET SESSION innodb_lock_wait_timeout = @pass2pay_lock_wait, SESSION autocommit = @pass2pay_autocommit';
  const together = (statements: string[]) => `BEGIN NOT ATOMIC ${statements.join('; ')}; END`;

  it.each(['mysql', 'mariadb'] as const)('has one round trip for each end by %s on MariaDB', async (driver) => {
    const { script, database } = on(driver);
    const transaction = await database.begin(LIMITS);
    script.when(/^SELECT/, [[{ n: 1 }], []]);
    expect((await transaction.execute('SELECT ?', [1])).rows).toStrictEqual([{ n: 1 }]);
    await transaction.commit();
    expect(script.steps).toStrictEqual([
      together(begin),
      'SELECT ? [1]',
      together(['RELEASE SAVEPOINT pass2pay', 'COMMIT', restore]),
      'release',
    ]);
  });

  it.each(['mysql', 'mariadb'] as const)('has one for each statement by %s on MySQL', async (driver) => {
    const { script, database } = on(driver);
    script.when(/^BEGIN NOT ATOMIC/, syntaxError());
    await (await database.begin(LIMITS)).rollback();
    await database.begin(LIMITS);
    expect(script.steps).toStrictEqual([together(begin), ...begin, 'ROLLBACK', restore, 'release', ...begin]);
  });

  it('closes a connection that gives no answer before it is dropped', async () => {
    const { script, database } = on('mysql');
    script.when(/^BEGIN NOT ATOMIC/, new Promise(() => {}));
    const failed = errorOf(database.begin(LIMITS));
    await clock.tickAsync(5_000);
    expect(await failed).toMatchObject({ name: 'NoAnswerError' });
    expect(script.steps).toStrictEqual([together(begin), 'destroy', 'drop']);
  });
});

describe('a handler with a transaction of Sequelize', () => {
  it('has it on the connection of the transaction', async () => {
    const { script, sequelize, database } = on('postgres');
    const { tx } = await database.begin(LIMITS);
    expect(tx).toBeInstanceOf(Transaction);
    await sequelize.query('SELECT 1', { transaction: tx });
    expect(script.steps).toStrictEqual([BEGIN, 'SELECT 1']);
  });

  it.each(['commit', 'rollback'] as const)('cannot call %s', async (name) => {
    const { script, database } = on('postgres');
    const transaction = await database.begin(LIMITS);
    expect(await errorOf(transaction.tx[name]())).toStrictEqual(
      new BrokenTransactionError(
        `tx.${name}() must not be called by handlers: the module ends the transaction of an outcome.`,
      ),
    );
    expect(script.steps).toStrictEqual([BEGIN]);
  });

  it.each(['postgres', 'mysql', 'mariadb'] as const)('cannot run COMMIT on %s', async (driver) => {
    const { script, sequelize, database } = on(driver);
    const transaction = await database.begin(LIMITS);
    expect(await errorOf(sequelize.query('COMMIT', { transaction: transaction.tx }))).not.toBe('it succeeded');
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(script.steps).not.toContain('COMMIT');
  });

  it('that has not awaited a statement has nothing committed', async () => {
    const { script, sequelize, database } = on('postgres');
    const transaction = await database.begin(LIMITS);
    script.when(/^SELECT/, new Promise(() => {}));
    void sequelize.query('SELECT 1', { transaction: transaction.tx });
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(script.steps).toStrictEqual([BEGIN, 'SELECT 1', 'ROLLBACK', 'release']);
  });

  it('has its hooks run one by one after the commit, even after one that fails', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
    const { script, database } = on('postgres');
    const transaction = await database.begin(LIMITS);
    const told = (event: string) => script.steps.push(event);
    let end!: () => void;
    transaction.tx.afterCommit(async (tx) => {
      told(tx === transaction.tx ? 'first' : 'another transaction');
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      throw new Error('the cache is away');
    });
    transaction.tx.afterCommit(() => void told('second'));
    await transaction.commit();
    expect(script.steps).toStrictEqual([BEGIN, COMMIT, 'release', 'first']);
    end();
    await clock.tickAsync(0);
    expect(script.steps).toStrictEqual([BEGIN, COMMIT, 'release', 'first', 'second']);
    expect(warn.mock.calls).toStrictEqual([['An after-commit hook of a transaction failed: the cache is away']]);
    expect(warn.mock.contexts[0]).toMatchObject({ context: 'Pass2PayOutcome' });
  });

  it('has no hooks run after a rollback', async () => {
    const { script, database } = on('postgres');
    const transaction = await database.begin(LIMITS);
    transaction.tx.afterCommit(() => void script.steps.push('hook'));
    await transaction.rollback();
    await clock.tickAsync(0);
    expect(script.steps).toStrictEqual([BEGIN, 'ROLLBACK', 'release']);
  });

  it('may have no hooks, as in another release of Sequelize', async () => {
    const { database } = on('postgres');
    const transaction = await database.begin(LIMITS);
    Object.assign(transaction.tx, { _afterCommitHooks: undefined });
    await transaction.commit();
    expect(finishOf(transaction.tx)).toBe('commit');
  });
});

it('a transaction that Sequelize cannot make gives its connection back', async () => {
  const { script, sequelize, database } = on('postgres');
  const error = new Error('no id');
  const { queryGenerator } = (sequelize as unknown as { dialect: { queryGenerator: object } }).dialect;
  Object.assign(queryGenerator, {
    generateTransactionId: () => {
      throw error;
    },
  });
  expect(await errorOf(database.begin(LIMITS))).toBe(error);
  expect(script.steps).toStrictEqual(['release']);
});
