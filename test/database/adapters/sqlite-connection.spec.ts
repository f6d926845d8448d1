import { afterEach, beforeEach, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import BetterSqlite3 from 'better-sqlite3';
import { sqliteDatabaseWith } from '../../../lib/database/adapters/sqlite-connection.js';
import { sqliteDatabase } from '../../../lib/database/adapters/sqlite.js';
import { BrokenTransactionError, NoConnectionError } from '../../../lib/database/sql-errors.js';
import { describeWhere } from '../support/describe-where.js';
import { recorded } from '../support/recorded-sqlite.js';
import { errorOf } from '../support/scripted-driver.js';
import { LIMITS } from '../support/transaction-statements.js';

const BEGIN = 'BEGIN IMMEDIATE; SAVEPOINT pass2pay';
const COMMIT = 'RELEASE SAVEPOINT pass2pay; COMMIT';

await describeWhere('better-sqlite3', 'a database on one connection of SQLite', () => {
  let connection: BetterSqlite3.Database;
  let statements: string[];
  let clock: Clock;
  beforeEach(() => {
    const opened = new BetterSqlite3(':memory:');
    opened.exec('CREATE TABLE sale (what TEXT UNIQUE)');
    statements = [];
    connection = recorded(opened, statements);
    clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    clock.uninstall();
    connection.close();
  });

  it('takes the write lock for what writes', async () => {
    const database = sqliteDatabase(connection);
    expect(database.dialect).toBe('sqlite');
    expect(await database.execute('INSERT INTO sale VALUES (?)', ['tea'])).toStrictEqual({ rows: [], affected: 1 });
    expect(await database.execute('SELECT what FROM sale')).toStrictEqual({ rows: [{ what: 'tea' }], affected: 1 });
    const transaction = await database.begin(LIMITS);
    transaction.tx.exec("INSERT INTO sale VALUES ('cup')");
    await transaction.execute('INSERT INTO sale VALUES (?)', ['pot']);
    await transaction.commit();
    await (await database.begin(LIMITS)).rollback();
    expect(statements).toStrictEqual([
      'BEGIN IMMEDIATE',
      'INSERT INTO sale VALUES (?)',
      'COMMIT',
      'SELECT what FROM sale',
      BEGIN,
      "INSERT INTO sale VALUES ('cup')",
      'INSERT INTO sale VALUES (?)',
      COMMIT,
      BEGIN,
      'ROLLBACK',
    ]);
  });

  it('has transactions and single statements take turns', async () => {
    const database = sqliteDatabase(connection);
    const first = await database.begin(LIMITS);
    const read = database.execute('SELECT what FROM sale');
    const second = database.begin(LIMITS);
    expect(statements).toStrictEqual([BEGIN]);
    await first.rollback();
    await read;
    await (await second).commit();
    expect(statements).toStrictEqual([BEGIN, 'ROLLBACK', 'SELECT what FROM sale', BEGIN, COMMIT]);
  });

  it('has a transaction wait for its turn as long as the limits say, and a single statement 15 s', async () => {
    const database = sqliteDatabase(connection);
    await database.begin(LIMITS);
    const failures = [database.begin({ ...LIMITS, connectionTimeoutMs: 70 }), database.execute('SELECT 1')].map(
      errorOf,
    );
    await clock.tickAsync(15_000);
    expect(await Promise.all(failures)).toStrictEqual([new NoConnectionError(70), new NoConnectionError(15_000)]);
    expect(statements).toStrictEqual([BEGIN]);
  });

  it('ends the turn of what fails', async () => {
    const failure = new Error('no');
    let isFailing = true;
    const database = sqliteDatabaseWith(connection, (tx) => {
      if (isFailing) throw failure;
      return { of: tx };
    });
    await errorOf(database.execute('SELECT * FROM unknown'));
    expect(await errorOf(database.begin(LIMITS))).toBe(failure);
    isFailing = false;
    const transaction = await database.begin(LIMITS);
    expect(() => transaction.tx.of.exec('COMMIT')).toThrow(BrokenTransactionError);
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    await (await database.begin(LIMITS)).commit();
  });

  it('refuses what a handler does after SQLite has rolled back', async () => {
    connection.exec("INSERT INTO sale VALUES ('tea')");
    const transaction = await sqliteDatabase(connection).begin(LIMITS);
    expect(() => transaction.tx.exec("INSERT OR ROLLBACK INTO sale VALUES ('tea')")).toThrow();
    expect(() => transaction.tx.exec("INSERT INTO sale VALUES ('cup')")).toThrow(BrokenTransactionError);
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(connection.prepare('SELECT what FROM sale').pluck().all()).toStrictEqual(['tea']);
  });

  it('waits for the lock of another connection as long as the limits say, with a single statement 15 s', async () => {
    const busy = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
    let attempts = 0;
    connection.exec = (sql: string) => {
      if (!sql.startsWith('BEGIN')) return connection;
      attempts++;
      clock.tick(1_000);
      throw busy;
    };
    const database = sqliteDatabase(connection);
    expect(await errorOf(database.begin(LIMITS))).toBe(busy);
    expect(attempts).toBe(3);
    expect(await errorOf(database.execute('DELETE FROM sale'))).toBe(busy);
    expect(attempts).toBe(3 + 15);
  });
});
