import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';
import { typeOrmDatabase } from '../../../lib/database/adapters/typeorm.js';
import { BrokenTransactionError, CommitUnknownError, NoConnectionError } from '../../../lib/database/sql-errors.js';
import { describeWhere } from '../support/describe-where.js';
import { recorded } from '../support/recorded-sqlite.js';
import { errorOf, Script, ScriptedMysqlConnection, ScriptedPgClient, syntaxError } from '../support/scripted-driver.js';
import { BEGIN, COMMIT, LIMITS } from '../support/transaction-statements.js';

type Connecting = (answer: (error: Error | null, connection?: unknown, release?: unknown) => void) => void;

/** A DataSource on one scripted client of pg; `connect` replaces what the pool does. */
function onPg({ connect, ...options }: { connect?: Connecting; isolationLevel?: 'SERIALIZABLE' } = {}) {
  const script = new Script();
  const client = new ScriptedPgClient(script);
  const dataSource = new DataSource({ type: 'postgres', ...options });
  const give: Connecting = (answer) => answer(null, client, (error?: Error) => client.release(error));
  Object.assign(dataSource.driver, { master: { connect: connect ?? give } });
  return { script, client, dataSource, give, database: typeOrmDatabase<EntityManager>(dataSource) };
}

/** A DataSource on one scripted connection of mysql2. */
function onMysql(options: Partial<DataSourceOptions> = {}) {
  const script = new Script();
  const connection = new ScriptedMysqlConnection(script);
  const dataSource = new DataSource({ type: 'mysql', ...options } as DataSourceOptions);
  const getConnection: Connecting = (answer) => answer(null, connection);
  Object.assign(dataSource.driver, { pool: { getConnection } });
  return { script, dataSource, database: typeOrmDatabase<EntityManager>(dataSource) };
}

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => clock.uninstall());

it.each([
  ['postgres', 'postgres'],
  ['mysql', 'mysql'],
  ['mariadb', 'mysql'],
] as const)('a DataSource of type %s has the dialect %s', (type, dialect) => {
  expect(typeOrmDatabase(new DataSource({ type })).dialect).toBe(dialect);
});

it('a DataSource of another type is refused, with the types to use instead', () => {
  const dataSource = { options: { type: 'mssql' } } as unknown as DataSource;
  expect(() => typeOrmDatabase(dataSource)).toThrow(
    new TypeError('The DataSource is of type mssql; the module supports postgres, mysql, mariadb, better-sqlite3.'),
  );
});

describe('a single statement', () => {
  it('on PostgreSQL gets numbered parameters, and gives its connection back', async () => {
    const { script, database } = onPg();
    script.when(/^SELECT/, { rows: [{ n: 1 }], rowCount: 1 });
    expect(await database.execute('SELECT ?', [1])).toStrictEqual({ rows: [{ n: 1 }], affected: 1 });
    expect(await database.execute('CREATE TABLE t (n INT)')).toMatchObject({ rows: [] });
    expect(script.steps).toStrictEqual(['SELECT $1 [1]', 'release', 'CREATE TABLE t (n INT)', 'release']);
  });

  it('on MySQL keeps its parameters, and has rows or a count', async () => {
    const { script, database } = onMysql();
    script.when(/^SELECT/, [[{ n: 1 }], []]);
    script.when(/^UPDATE/, [{ affectedRows: 2 }]);
    expect(await database.execute('SELECT ?', [1])).toStrictEqual({ rows: [{ n: 1 }], affected: 0 });
    expect(await database.execute('UPDATE t SET n = 1')).toStrictEqual({ rows: [], affected: 2 });
    expect(script.steps).toStrictEqual(['SELECT ? [1]', 'release', 'UPDATE t SET n = 1', 'release']);
  });

  it('that is compound has the rows of its first query', async () => {
    const { script, database } = onMysql({ type: 'mariadb' });
    script.when(/^BEGIN/, [[[{ n: 1 }], { affectedRows: 0 }], []]);
    expect((await database.execute('BEGIN NOT ATOMIC SELECT 1; END')).rows).toStrictEqual([{ n: 1 }]);
  });

  it('that fails gives its connection back', async () => {
    const { script, database } = onPg();
    script.when(/^SELECT/, new Error('no such column'));
    expect(await errorOf(database.execute('SELECT x'))).toMatchObject({ message: 'no such column' });
    expect(script.steps).toStrictEqual(['SELECT x', 'release']);
  });

  it('waits 15 s for a connection, which it gives back when it comes later', async () => {
    let come!: () => void;
    const { script, give, database } = onPg({
      connect: (answer) => {
        come = () => give(answer);
      },
    });
    const failed = errorOf(database.execute('SELECT 1'));
    await clock.tickAsync(15_000);
    expect(await failed).toStrictEqual(new NoConnectionError(15_000));
    come();
    await clock.tickAsync(0);
    expect(script.steps).toStrictEqual(['release']);
  });
});

describe('a transaction on PostgreSQL', () => {
  it('begins and is committed in one round trip each, and gives its connection back once', async () => {
    const { script, database } = onPg();
    const transaction = await database.begin(LIMITS);
    script.when(/^SELECT/, { rows: [{ n: 1 }], rowCount: 1 });
    expect(await transaction.execute('SELECT ?', [1])).toStrictEqual({ rows: [{ n: 1 }], affected: 1 });
    await transaction.execute('SELECT 2');
    await transaction.commit();
    await transaction.rollback();
    expect(script.steps).toStrictEqual([BEGIN, 'SELECT $1 [1]', 'SELECT 2', COMMIT, 'release']);
  });

  it('is rolled back, and gives its connection back', async () => {
    const { script, database } = onPg();
    await (await database.begin(LIMITS)).rollback();
    expect(script.steps).toStrictEqual([BEGIN, 'ROLLBACK', 'release']);
  });

  it('does not get the isolation level of the DataSource', async () => {
    const { script, database } = onPg({ isolationLevel: 'SERIALIZABLE' });
    await (await database.begin(LIMITS)).commit();
    expect(script.steps).toStrictEqual([BEGIN, COMMIT, 'release']);
  });

  it('waits for a connection as long as the limits say', async () => {
    const { database } = onPg({ connect: () => {} });
    const failed = errorOf(database.begin({ ...LIMITS, connectionTimeoutMs: 70 }));
    await clock.tickAsync(70);
    expect(await failed).toStrictEqual(new NoConnectionError(70));
  });

  it('fails as the pool does', async () => {
    const refused = new Error('too many clients');
    const { database } = onPg({ connect: (answer) => answer(refused) });
    expect(await errorOf(database.begin(LIMITS))).toBe(refused);
  });

  it('without an EntityManager gives its connection back', async () => {
    const { script, dataSource, database } = onPg();
    const error = new Error('no manager');
    const create = dataSource.createEntityManager.bind(dataSource);
    const managers: EntityManager[] = [];
    // TypeORM makes the first one for the query runner itself, which has no connection yet.
    dataSource.createEntityManager = (runner) => {
      if (managers.length > 0) throw error;
      managers.push(create(runner));
      return managers[0]!;
    };
    expect(await errorOf(database.begin(LIMITS))).toBe(error);
    expect(script.steps).toStrictEqual(['release']);
  });

  it('that cannot begin is rolled back', async () => {
    const { script, database } = onPg();
    script.when(/^BEGIN/, new Error('read only'));
    expect(await errorOf(database.begin(LIMITS))).toMatchObject({ message: 'read only' });
    expect(script.steps).toStrictEqual([BEGIN, 'ROLLBACK', 'release']);
  });

  it('on a lost connection is closed', async () => {
    const { script, client, database } = onPg();
    script.when(/./, new Error('Connection terminated'));
    const release = jest.spyOn(client, 'release');
    await errorOf(database.begin(LIMITS));
    expect(script.steps).toStrictEqual([BEGIN, 'ROLLBACK', 'close']);
    expect(release.mock.calls).toStrictEqual([[new Error('The connection does not respond.')]]);
  });

  it('whose commit gets no answer is unknown, and its connection closed', async () => {
    const { script, database } = onPg();
    const transaction = await database.begin(LIMITS);
    script.when(/COMMIT$/, new Promise(() => {}));
    const failed = errorOf(transaction.commit());
    await clock.tickAsync(5_000);
    expect(await failed).toBeInstanceOf(CommitUnknownError);
    expect(script.steps).toStrictEqual([BEGIN, COMMIT, 'close']);
  });

  it('tells the subscribers of the DataSource of its begin, commit and rollback', async () => {
    const { dataSource, script, database } = onPg();
    const told = (event: string) => () => void script.steps.push(event);
    dataSource.subscribers.push({
      afterTransactionStart: told('started'),
      beforeTransactionCommit: told('to be committed'),
      afterTransactionCommit: told('committed'),
      afterTransactionRollback: told('rolled back'),
    });
    await (await database.begin(LIMITS)).commit();
    await (await database.begin(LIMITS)).rollback();
    expect(script.steps).toStrictEqual([
      BEGIN,
      'started',
      'to be committed',
      COMMIT,
      'committed',
      'release',
      BEGIN,
      'started',
      'ROLLBACK',
      'rolled back',
      'release',
    ]);
  });
});

describe('a handler with an EntityManager', () => {
  it('has it on the connection of the transaction', async () => {
    const { dataSource, script, database } = onPg();
    script.when(/^SELECT/, { rows: [{ n: 1 }], rowCount: 1 });
    const { tx } = await database.begin(LIMITS);
    expect(tx).toBeInstanceOf(dataSource.manager.constructor);
    expect(tx.queryRunner!.manager).toBe(tx);
    expect(await tx.query('SELECT $1', [1])).toStrictEqual([{ n: 1 }]);
    expect(script.steps).toStrictEqual([BEGIN, 'SELECT $1 [1]']);
  });

  it('has savepoints for transactions within it', async () => {
    const { script, database } = onPg();
    const transaction = await database.begin(LIMITS);
    await transaction.tx.transaction((inner) => inner.query('SELECT 1'));
    await transaction.commit();
    const nested = ['SAVEPOINT typeorm_1', 'SELECT 1', 'RELEASE SAVEPOINT typeorm_1'];
    expect(script.steps).toStrictEqual([BEGIN, ...nested, COMMIT, 'release']);
  });

  it.each(['commitTransaction', 'rollbackTransaction'] as const)('cannot call %s', async (name) => {
    const { script, database } = onPg();
    const transaction = await database.begin(LIMITS);
    expect(await errorOf(transaction.tx.queryRunner![name]())).toBeInstanceOf(BrokenTransactionError);
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(script.steps).toStrictEqual([BEGIN, 'ROLLBACK', 'release']);
  });

  it('runs no statement after the end', async () => {
    const { script, database } = onPg();
    const transaction = await database.begin(LIMITS);
    await transaction.commit();
    expect(await errorOf(transaction.tx.queryRunner!.query('SELECT 1'))).toBeInstanceOf(BrokenTransactionError);
    expect(script.steps).toStrictEqual([BEGIN, COMMIT, 'release']);
  });

  it('that leaves a transaction within it open has nothing committed', async () => {
    const { script, database } = onPg();
    const transaction = await database.begin(LIMITS);
    await transaction.tx.queryRunner!.startTransaction();
    expect(await errorOf(transaction.commit())).toStrictEqual(
      new BrokenTransactionError('Nothing was committed: a handler left a nested transaction open.'),
    );
    expect(script.steps).toStrictEqual([BEGIN, 'SAVEPOINT typeorm_1', 'ROLLBACK', 'release']);
  });

  it.each(['SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'SELECT 1; COMMIT', 'ROLLBACK TO SAVEPOINT a'])(
    'has %j sent as it is',
    async (sql) => {
      const { script, database } = onPg();
      const transaction = await database.begin(LIMITS);
      await transaction.tx.query(sql);
      expect(script.steps).toStrictEqual([BEGIN, sql]);
    },
  );

  it('has what a subscriber runs at the begin sent after it', async () => {
    const { script, dataSource, database } = onPg();
    dataSource.subscribers.push({
      afterTransactionStart: ({ queryRunner }) => queryRunner.query('SELECT COMMIT') as Promise<void>,
    });
    await database.begin(LIMITS);
    expect(script.steps).toStrictEqual([BEGIN, 'SELECT COMMIT']);
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

  it('has one round trip for each end on MariaDB', async () => {
    const { script, database } = onMysql({ type: 'mariadb', isolationLevel: 'SERIALIZABLE' });
    await (await database.begin(LIMITS)).commit();
    await (await database.begin(LIMITS)).rollback();
    expect(script.steps).toStrictEqual([
      together(begin),
      together(['RELEASE SAVEPOINT pass2pay', 'COMMIT', restore]),
      'release',
      together(begin),
      together(['ROLLBACK', restore]),
      'release',
    ]);
  });

  it('has one for each statement on MySQL, whose support is asked once', async () => {
    const { script, database } = onMysql();
    script.when(/^BEGIN NOT ATOMIC/, syntaxError());
    await (await database.begin(LIMITS)).rollback();
    await database.begin(LIMITS);
    expect(script.steps).toStrictEqual([together(begin), ...begin, 'ROLLBACK', restore, 'release', ...begin]);
  });

  it('closes a connection that gives no answer', async () => {
    const { script, database } = onMysql();
    script.when(/^BEGIN NOT ATOMIC/, new Promise(() => {}));
    const failed = errorOf(database.begin(LIMITS));
    await clock.tickAsync(5_000);
    expect(await failed).toMatchObject({ name: 'NoAnswerError' });
    // The pool may give a connection that is released to another caller.
    expect(script.steps.slice(-2)).toStrictEqual(['destroy', 'release']);
  });
});

await describeWhere('better-sqlite3', 'a transaction on SQLite', () => {
  let dataSource: DataSource;
  let statements: string[];
  beforeEach(async () => {
    statements = [];
    dataSource = await new DataSource({
      type: 'better-sqlite3',
      database: ':memory:',
      prepareDatabase: (database: Parameters<typeof recorded>[0]) => void recorded(database, statements),
    }).initialize();
    statements.length = 0;
  });
  afterEach(() => dataSource.destroy());

  it('takes the write lock at its begin', async () => {
    const database = typeOrmDatabase<EntityManager>(dataSource);
    expect(database.dialect).toBe('sqlite');
    const transaction = await database.begin(LIMITS);
    await transaction.tx.query('CREATE TABLE t (n INT)');
    await transaction.commit();
    await (await database.begin(LIMITS)).rollback();
    const begin = 'BEGIN IMMEDIATE; SAVEPOINT pass2pay';
    const commit = ['RELEASE SAVEPOINT pass2pay', 'COMMIT'];
    expect(statements).toStrictEqual([begin, 'CREATE TABLE t (n INT)', ...commit, begin, 'ROLLBACK']);
  });

  it('does not get the isolation level of the DataSource', async () => {
    Object.assign(dataSource.options, { isolationLevel: 'READ UNCOMMITTED' });
    await typeOrmDatabase<EntityManager>(dataSource).begin(LIMITS);
    expect(statements).toStrictEqual(['BEGIN IMMEDIATE; SAVEPOINT pass2pay']);
  });

  it('has single statements that write run in a transaction, and those that read without', async () => {
    const database = typeOrmDatabase<EntityManager>(dataSource);
    await database.execute('CREATE TABLE t (n INT)');
    expect(await database.execute('INSERT INTO t VALUES (?)', [1])).toStrictEqual({ rows: [], affected: 1 });
    expect(await database.execute('SELECT ? AS n FROM t', [2])).toMatchObject({ rows: [{ n: 2 }] });
    expect(statements).toStrictEqual([
      'BEGIN IMMEDIATE',
      'CREATE TABLE t (n INT)',
      'COMMIT',
      'BEGIN IMMEDIATE',
      'INSERT INTO t VALUES (?)',
      'COMMIT',
      'SELECT ? AS n FROM t',
    ]);
  });

  it('waits for its turn as long as the limits say, and a single statement 15 s', async () => {
    const database = typeOrmDatabase<EntityManager>(dataSource);
    const open = await database.begin(LIMITS);
    const failures = [database.begin({ ...LIMITS, connectionTimeoutMs: 70 }), database.execute('SELECT 1')].map(
      errorOf,
    );
    const ofApplication = errorOf(dataSource.query('SELECT 1'));
    await clock.tickAsync(15_000);
    expect(await Promise.all([...failures, ofApplication])).toStrictEqual([
      new NoConnectionError(70),
      new NoConnectionError(15_000),
      new NoConnectionError(15_000),
    ]);
    await open.commit();
    await (await database.begin(LIMITS)).commit();
  });

  it('gives its turn back when its connection cannot be had, or its begin fails', async () => {
    const database = typeOrmDatabase<EntityManager>(dataSource);
    const away = new Error('no connection');
    const runner = dataSource.createQueryRunner();
    const prototype = Object.getPrototypeOf(runner) as { connect: () => Promise<unknown> };
    const { connect } = prototype;
    prototype.connect = () => Promise.reject(away);
    expect(await errorOf(database.begin(LIMITS))).toBe(away);
    prototype.connect = connect;
    const other = await runner.connect();
    other.exec('BEGIN');
    expect(await errorOf(database.begin(LIMITS))).toMatchObject({
      message: 'cannot start a transaction within a transaction',
    });
    other.exec('COMMIT');
    await (await database.begin(LIMITS)).commit();
  });
});
