import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Libsql from 'libsql';
import { sqliteDatabase } from '../../../lib/database/adapters/sqlite.js';
import type { SqlDatabase, SqlTransaction } from '../../../lib/database/sql-database.js';
import { NoConnectionError, OpenTransactionError } from '../../../lib/database/sql-errors.js';
import { committed } from '../../../lib/database/transaction/committed.js';
import { inHandlerScope } from '../../../lib/database/transaction/handler-scope.js';

const LIMITS = { connectionTimeoutMs: 1, lockTimeoutMs: 1 };

const advice = (whose: string) =>
  `An order must be committed before it is sent to the gateway, but on SQLite it would be part of the transaction ${whose}. Create orders before a transaction or after its commit, e.g. in a handler with { after: 'commit' }, or give the module a separate connection.`;

const errorOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error('it succeeded'),
    (error: unknown) => error as Error,
  );

it.each(['postgres', 'mysql'] as const)('runs the statement on a connection of its own on %s', async (dialect) => {
  const database = { dialect } as SqlDatabase;
  expect(await committed(database, LIMITS, async (executor) => executor === database)).toBe(true);
});

describe('on SQLite', () => {
  let connection: Libsql.Database;
  let database: SqlDatabase;
  const insert = () => committed(database, LIMITS, (executor) => executor.execute('INSERT INTO orders VALUES (1)'));
  const orders = () => connection.prepare('SELECT no FROM orders').all();

  beforeEach(() => {
    connection = new Libsql(':memory:');
    connection.exec('CREATE TABLE orders (no INTEGER)');
    database = sqliteDatabase(connection);
  });

  afterEach(() => void connection.close());

  it('commits the statement in a transaction of its own', async () => {
    expect(await insert()).toStrictEqual({ rows: [], affected: 1 });
    expect(connection.inTransaction).toBe(false);
    expect(orders()).toHaveLength(1);
  });

  it('keeps nothing of work that fails', async () => {
    const failure = new Error('no');
    const work = committed(database, LIMITS, async (executor) => {
      await executor.execute('INSERT INTO orders VALUES (1)');
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect(orders()).toHaveLength(0);
  });

  it('refuses it in a handler, with whose transaction it would wait for itself', async () => {
    const error = await inHandlerScope(database, {} as SqlTransaction, () => errorOf(insert()));
    expect(error).toBeInstanceOf(OpenTransactionError);
    expect(error.message).toBe(advice('of this handler'));
    expect(error.cause).toBeUndefined();
    expect(orders()).toHaveLength(0);
  });

  it('refuses it while the connection is taken', async () => {
    const transaction = await database.begin(LIMITS);
    const error = await errorOf(insert());
    expect(error).toBeInstanceOf(OpenTransactionError);
    expect(error.message).toBe(advice('that holds the connection'));
    expect(error.cause).toBeInstanceOf(NoConnectionError);
    await transaction.rollback();
    await insert();
    expect(orders()).toHaveLength(1);
  });

  it('refuses it in an open transaction of the application, which stays open', async () => {
    connection.exec('BEGIN');
    const error = await errorOf(insert());
    expect(error).toBeInstanceOf(OpenTransactionError);
    expect(error.message).toBe(advice('of the application'));
    expect((error.cause as Error).message).toMatch(/cannot start a transaction within a transaction/);
    expect(connection.inTransaction).toBe(true);
    connection.exec('COMMIT');
    expect(orders()).toHaveLength(0);
  });
});
