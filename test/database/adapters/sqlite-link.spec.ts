import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import Libsql from 'libsql';
import {
  guardedSqliteConnection,
  isInTransaction,
  runOn,
  SqliteLink,
  type SqliteConnection,
} from '../../../lib/database/adapters/sqlite-link.js';
import { BrokenTransactionError } from '../../../lib/database/sql-errors.js';
import { TxGate } from '../../../lib/database/transaction/tx-gate.js';
import { describeWhere } from '../support/describe-where.js';
import { recorded } from '../support/recorded-sqlite.js';
import { errorOf } from '../support/scripted-driver.js';

const COMMIT = ['RELEASE SAVEPOINT pass2pay', 'COMMIT'];

describe('whether a connection is in a transaction', () => {
  it.each([
    [{ inTransaction: true }, true],
    [{ inTransaction: false }, false],
    [{ inTransaction: false, isTransaction: true }, false],
    [{ isTransaction: true }, true],
    [{ isTransaction: false }, false],
    [{}, true],
  ])('is read from %j', (connection, expected) => {
    expect(isInTransaction(connection as SqliteConnection)).toBe(expected);
  });
});

describe('a statement', () => {
  /** A connection that tells how a statement was run. */
  const connection = {
    exec: () => {},
    prepare: (sql: string) => ({
      all: (...params: unknown[]) => [{ sql, params: params.join() }, {}],
      run: (...params: unknown[]) => ({ changes: BigInt(params.length) }),
    }),
  };

  it.each([
    'SELECT 1',
    '\n select ?, ?',
    'WITH n AS (SELECT 1) SELECT 2',
    'PRAGMA foreign_keys',
    'INSERT INTO t VALUES (1) RETURNING n',
  ])('that gives rows is read: %j', (sql) => {
    expect(runOn(connection, sql, ['a', 1])).toStrictEqual({ rows: [{ sql, params: 'a,1' }, {}], affected: 2 });
  });

  it.each(['INSERT INTO t SELECT 1', 'selection', 'UPDATE t SET select_ = 1', 'DELETE FROM returnings', 'withdraw'])(
    'that gives none has a count: %j',
    (sql) => {
      expect(runOn(connection, sql, ['a', 1])).toStrictEqual({ rows: [], affected: 2 });
    },
  );
});

type Opened = SqliteConnection & { close(): unknown };

function describeLink(open: () => Opened): void {
  let connection: Opened;
  let statements: string[];
  let steps: string[];
  let link: SqliteLink<string>;
  beforeEach(() => {
    statements = [];
    steps = [];
    const opened = open();
    opened.exec('CREATE TABLE sale (what TEXT UNIQUE)');
    connection = recorded(opened, statements);
    link = new SqliteLink('tx', connection, { release: () => void steps.push('release'), lockTimeoutMs: 1_000 });
  });
  afterEach(() => {
    connection.close();
  });

  it('is committed', async () => {
    expect(link.tx).toBe('tx');
    await link.begin(['BEGIN IMMEDIATE', 'SAVEPOINT pass2pay']);
    expect(isInTransaction(connection)).toBe(true);
    expect(await link.execute('INSERT INTO sale VALUES (?)', ['tea'])).toStrictEqual({ rows: [], affected: 1 });
    await link.commit(COMMIT);
    expect(isInTransaction(connection)).toBe(false);
    expect(await link.execute('SELECT what FROM sale')).toMatchObject({ rows: [{ what: 'tea' }], affected: 1 });
    expect(statements).toStrictEqual([
      'BEGIN IMMEDIATE; SAVEPOINT pass2pay',
      'INSERT INTO sale VALUES (?)',
      'RELEASE SAVEPOINT pass2pay; COMMIT',
      'SELECT what FROM sale',
    ]);
  });

  it('is rolled back, unless SQLite has done so already', async () => {
    await link.begin(['BEGIN']);
    await link.execute("INSERT INTO sale VALUES ('tea')");
    await link.rollback(['ROLLBACK', 'SELECT 1']);
    await link.rollback(['ROLLBACK']);
    expect((await link.execute('SELECT what FROM sale')).rows).toStrictEqual([]);
    expect(statements.filter((sql) => sql.startsWith('ROLLBACK'))).toStrictEqual(['ROLLBACK; SELECT 1']);
  });

  it('has its connection given back at its end, also where it fails', () => {
    expect(link.isAlive()).toBe(true);
    link.release();
    link.destroy();
    expect(steps).toStrictEqual(['release', 'release']);
  });

  it('fails with what the library throws', async () => {
    const unknown = { message: expect.stringMatching(/no such table/) };
    expect(await errorOf(link.execute('SELECT * FROM unknown'))).toMatchObject(unknown);
    expect(await errorOf(link.commit(['RELEASE a']))).toMatchObject({ message: expect.stringMatching(/savepoint/) });
    expect(await errorOf(link.begin(['DELETE FROM unknown']))).toMatchObject(unknown);
  });

  it('has for its handlers a connection that cannot end it', async () => {
    const gate = new TxGate('sqlite', () => isInTransaction(connection));
    await link.begin(['BEGIN']);
    const tx = guardedSqliteConnection(connection, gate);
    tx.exec("INSERT INTO sale VALUES ('tea')");
    expect(tx.prepare('SELECT what FROM sale').all()).toMatchObject([{ what: 'tea' }]);
    expect(() => tx.exec('COMMIT')).toThrow(BrokenTransactionError);
    expect(() => tx.prepare('COMMIT')).toThrow(BrokenTransactionError);
    expect(() => tx.close()).toThrow(BrokenTransactionError);
    expect(isInTransaction(connection)).toBe(true);
    const prepared = tx.prepare("INSERT INTO sale VALUES ('cup')");
    gate.close();
    for (const run of ['all', 'run', 'get', 'iterate'] as const) {
      const statement = prepared as typeof prepared & Record<string, () => unknown>;
      expect(() => statement[run]!()).toThrow(BrokenTransactionError);
    }
    await link.rollback(['ROLLBACK']);
  });
}

await describeWhere('better-sqlite3', 'a transaction of better-sqlite3', () => {
  describeLink(() => new BetterSqlite3(':memory:'));

  it('waits for the lock as long as its turn says', async () => {
    const connection = new BetterSqlite3(':memory:');
    const busy = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
    connection.exec = () => {
      throw busy;
    };
    const link = new SqliteLink('tx', connection, { release: () => {}, lockTimeoutMs: 0 });
    expect(await errorOf(link.begin(['BEGIN']))).toBe(busy);
    connection.close();
  });

  it('does not run pragmas of handlers after its end', () => {
    const gate = new TxGate('sqlite');
    const tx = guardedSqliteConnection(new BetterSqlite3(':memory:'), gate);
    expect(tx.pragma('foreign_keys', { simple: true })).toBe(1);
    gate.close();
    expect(() => tx.pragma('foreign_keys')).toThrow(BrokenTransactionError);
  });
});

await describeWhere('libsql', 'a transaction of libsql', () => {
  describeLink(() => new Libsql(':memory:'));
});

it('what a later release of a library may bring is refused to handlers, too', () => {
  const names = ['open', 'createTagStore', 'deserialize', 'transaction', 'close'] as const;
  const connection = Object.fromEntries(names.map((name) => [name, () => 'done'])) as unknown as SqliteConnection &
    Record<(typeof names)[number], () => unknown>;
  const tx = guardedSqliteConnection(connection, new TxGate('sqlite'));
  for (const name of names) expect(() => tx[name]()).toThrow(`tx.${name}() must not be called`);
});
