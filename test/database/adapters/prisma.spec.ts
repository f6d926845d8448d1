import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { prismaDatabase, type PrismaLike } from '../../../lib/database/adapters/prisma.js';
import { BrokenTransactionError, CommitUnknownError, NoConnectionError } from '../../../lib/database/sql-errors.js';
import { errorOf, Script } from '../support/scripted-driver.js';
import { BEGIN as BEGIN_ALONE, COMMIT, LIMITS } from '../support/transaction-statements.js';

const BEGIN = `ROLLBACK; ${BEGIN_ALONE}`;

type Client = PrismaLike<Client>;

/** A client of Prisma, whose transactions begin when `opening` resolves. */
function on(provider: string, opening: Promise<void> = Promise.resolve()) {
  const script = new Script();
  const options: unknown[] = [];
  const statements = (where: string) => ({
    $queryRawUnsafe: async (sql: string, ...params: unknown[]) =>
      (await script.run(`${where}query ${sql}`, params)) ?? [],
    $executeRawUnsafe: async (sql: string, ...params: unknown[]) =>
      ((await script.run(`${where}${sql}`, params)) as number | undefined) ?? 0,
  });
  const $transaction: Client['$transaction'] = async (work, given) => {
    options.push(given);
    await opening;
    script.steps.push('open');
    try {
      await work({ ...statements(''), $transaction });
      script.steps.push('end');
    } catch (error) {
      script.steps.push(`release after ${(error as Error).name}`);
      throw error;
    }
  };
  const prisma = { ...statements('alone: '), $transaction, _activeProvider: provider };
  return { script, options, database: prismaDatabase<Client>(prisma) };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => clock.uninstall());

it.each([
  ['postgresql', 'postgres'],
  ['mysql', 'mysql'],
])('a client for %s has the dialect %s', (provider, dialect) => {
  expect(on(provider).database.dialect).toBe(dialect);
});

it('a client for another database is refused, with the providers to use instead', () => {
  expect(() => on('sqlserver')).toThrow(
    new TypeError('The provider of Prisma is sqlserver; the module supports postgresql, mysql.'),
  );
  expect(() => prismaDatabase({} as Client)).toThrow('The provider of Prisma is undefined;');
});

describe('a single statement', () => {
  it.each([
    ['SELECT ?', 'SELECT $1'],
    [' with n as (select ?) table n', ' with n as (select $1) table n'],
    ['\nSHOW server_version', '\nSHOW server_version'],
    ['INSERT INTO t VALUES (?) RETURNING n', 'INSERT INTO t VALUES ($1) RETURNING n'],
  ])('that gives rows is a query: %j', async (sql, text) => {
    const { script, database } = on('postgresql');
    script.when(/./, [{ n: 1n, what: 'tea' }, { n: null }]);
    expect(await database.execute(sql, [7])).toStrictEqual({
      rows: [{ n: '1', what: 'tea' }, { n: null }],
      affected: 2,
    });
    expect(script.steps).toStrictEqual([`alone: query ${text} [7]`]);
  });

  it.each(['INSERT INTO t SELECT 1', 'UPDATE selected SET n = 1', 'withdraw', 'SELECTED', 'DELETE FROM returnings'])(
    'that gives none has a count: %j',
    async (sql) => {
      const { script, database } = on('postgresql');
      script.when(/./, 3);
      expect(await database.execute(sql)).toStrictEqual({ rows: [], affected: 3 });
      expect(script.steps).toStrictEqual([`alone: ${sql}`]);
    },
  );

  it('on MySQL keeps its parameters', async () => {
    const { script, database } = on('mysql');
    await database.execute('UPDATE t SET n = ?', [1]);
    await database.execute('SELECT ?', ['a']);
    expect(script.steps).toStrictEqual(['alone: UPDATE t SET n = ? [1]', 'alone: query SELECT ? ["a"]']);
  });

  it.each(['BEGIN NOT ATOMIC SELECT 1; END', '  begin\n not  atomic SELECT 1; END'])(
    'that is compound is not run, as if on MySQL: %j',
    async (sql) => {
      const { script, database } = on('mysql');
      expect(await errorOf(database.execute(sql))).toMatchObject({
        name: 'NoRowsOfCompound',
        code: 'ER_UNSUPPORTED_PS',
        message: 'Prisma does not return the rows of compound statements.',
      });
      expect(script.steps).toStrictEqual([]);
    },
  );

  it.each(['SELECT 1 -- begin not atomic', 'BEGIN NOT ATOMICALLY'])('is not compound: %j', async (sql) => {
    expect(await errorOf(on('mysql').database.execute(sql))).toBe('it succeeded');
  });
});

describe('a transaction on PostgreSQL', () => {
  it('takes the connection of one of Prisma, which waits as long as the limits say and never ends by itself', async () => {
    const { options, database } = on('postgresql');
    await database.begin(LIMITS);
    expect(options).toStrictEqual([{ maxWait: 10_000, timeout: 2_147_483_647 }]);
  });

  it('begins and is committed in one round trip each', async () => {
    const { script, database } = on('postgresql');
    const transaction = await database.begin(LIMITS);
    script.when(/SELECT/, [{ n: 1n }]);
    expect(await transaction.execute('SELECT ?', [1])).toStrictEqual({ rows: [{ n: '1' }], affected: 1 });
    await transaction.tx.$executeRawUnsafe('SELECT 2');
    await transaction.commit();
    await transaction.rollback();
    await turns();
    const ran = ['query SELECT $1 [1]', 'SELECT 2'];
    expect(script.steps).toStrictEqual(['open', BEGIN, ...ran, COMMIT, 'release after EndedByModule']);
  });

  it('is rolled back', async () => {
    const { script, database } = on('postgresql');
    await (await database.begin(LIMITS)).rollback();
    await turns();
    expect(script.steps).toStrictEqual(['open', BEGIN, 'ROLLBACK', 'release after EndedByModule']);
  });

  it('commits nothing of a handler that has tried to', async () => {
    const { script, database } = on('postgresql');
    const transaction = await database.begin(LIMITS);
    expect(await errorOf(transaction.tx.$executeRawUnsafe('COMMIT'))).toBeInstanceOf(BrokenTransactionError);
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(script.steps).not.toContain('COMMIT');
    expect(script.steps.slice(0, 3)).toStrictEqual(['open', BEGIN, 'ROLLBACK']);
  });

  it('that cannot begin is rolled back', async () => {
    const { script, database } = on('postgresql');
    const failure = new Error('read only');
    script.when(/BEGIN/, failure);
    expect(await errorOf(database.begin(LIMITS))).toBe(failure);
    await turns();
    expect(script.steps).toStrictEqual(['open', BEGIN, 'ROLLBACK', 'release after EndedByModule']);
  });

  it('whose connection is lost during the commit is unknown, and given up to Prisma', async () => {
    const { script, database } = on('postgresql');
    const transaction = await database.begin(LIMITS);
    script.when(/./, new Error('Connection terminated'));
    expect(await errorOf(transaction.commit())).toBeInstanceOf(CommitUnknownError);
    await turns();
    expect(script.steps.slice(2)).toStrictEqual([COMMIT, 'ROLLBACK', 'release after EndedByModule']);
  });

  it('waits for a connection as long as the limits say, and gives back one that comes later', async () => {
    let open!: () => void;
    const opening = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { script, database } = on('postgresql', opening);
    const failed = errorOf(database.begin({ ...LIMITS, connectionTimeoutMs: 70 }));
    await clock.tickAsync(70);
    expect(await failed).toStrictEqual(new NoConnectionError(70));
    open();
    await turns();
    expect(script.steps).toStrictEqual(['open', 'release after EndedByModule']);
  });

  it('fails as Prisma does', async () => {
    const away = new Error('Transaction API error: Unable to start a transaction in the given time.');
    expect(await errorOf(on('postgresql', Promise.reject(away)).database.begin(LIMITS))).toBe(away);
  });
});

describe('a transaction on MariaDB and MySQL', () => {
  const begin = [
    'ROLLBACK',
    'SET @pass2pay_autocommit = @@SESSION.autocommit, @pass2pay_lock_wait = @@SESSION.innodb_lock_wait_timeout, SESSION innodb_lock_wait_timeout = 3, SESSION autocommit = 0',
    'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
    'START TRANSACTION',
    'SAVEPOINT pass2pay',
  ];
  const restore =
    'SET SESSION innodb_lock_wait_timeout = @pass2pay_lock_wait, SESSION autocommit = @pass2pay_autocommit';
  const together = (statements: string[]) => `BEGIN NOT ATOMIC ${statements.join('; ')}; END`;

  it('has one round trip for each end on MariaDB', async () => {
    const { script, database } = on('mysql');
    await (await database.begin(LIMITS)).commit();
    await turns();
    const commit = together(['RELEASE SAVEPOINT pass2pay', 'COMMIT', restore]);
    expect(script.steps).toStrictEqual(['open', together(begin), commit, 'release after EndedByModule']);
  });

  it('has one for each statement on MySQL, whose support is asked once', async () => {
    const { script, database } = on('mysql');
    // As Prisma reports MySQL's ER_UNSUPPORTED_PS.
    script.when(
      /^BEGIN NOT ATOMIC/,
      Object.assign(new Error('not supported'), { code: 'P2010', originalCode: '1295' }),
    );
    await (await database.begin(LIMITS)).rollback();
    await turns();
    await database.begin(LIMITS);
    expect(script.steps).toStrictEqual([
      'open',
      together(begin),
      ...begin,
      'ROLLBACK',
      restore,
      'release after EndedByModule',
      'open',
      ...begin,
    ]);
  });
});
