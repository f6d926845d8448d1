import { describe, expect, it } from '@jest/globals';
import type { PgClient } from '../../../lib/database/adapters/pg-client.js';
import { pgDatabaseWith, type PgPool } from '../../../lib/database/adapters/pg-pool.js';
import { BrokenTransactionError, CommitUnknownError } from '../../../lib/database/sql-errors.js';
import { BEGIN, COMMIT, LIMITS } from '../support/transaction-statements.js';

/** A pool with one client, which records its statements and its release. */
function server({ listeners = 0 } = {}) {
  const steps: unknown[] = [];
  const failures = new Map<string, Error>();
  const lost = new Set<(error: Error) => void>();
  const query = async (statement: unknown, params?: unknown[]) => {
    steps.push(params === undefined ? statement : [statement, params]);
    const failure = failures.get(String(statement));
    if (failure !== undefined) throw failure;
    return { rows: [{ n: 1 }], rowCount: 1 };
  };
  const client = {
    query,
    release: (isBroken?: boolean) => void steps.push(isBroken === true ? 'close' : 'release'),
    on: (_: 'error', listener: (error: Error) => void) => lost.add(listener),
    off: (_: 'error', listener: (error: Error) => void) => lost.delete(listener),
  } as PgClient;
  const poolListeners: ((error: Error) => void)[] = [];
  const pool: PgPool = {
    connect: async () => client,
    query: (sql, params) => query(`pool: ${sql}`, params),
    listenerCount: () => listeners,
    on: (_, listener) => poolListeners.push(listener),
  };
  return { steps, failures, lost, client, pool, poolListeners };
}

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );

describe('a pool of pg', () => {
  it('gets a listener for lost idle connections, unless it has one', () => {
    const own = server();
    pgDatabaseWith(own.pool, (client) => client);
    expect(own.poolListeners).toHaveLength(1);
    expect(() => own.poolListeners[0]!(new Error('lost'))).not.toThrow();
    const other = server({ listeners: 1 });
    pgDatabaseWith(other.pool, (client) => client);
    expect(other.poolListeners).toHaveLength(0);
  });

  it('runs single statements on any connection', async () => {
    const { pool, steps } = server();
    const database = pgDatabaseWith(pool, (client) => client);
    expect(database.dialect).toBe('postgres');
    expect(await database.execute('SELECT ?', [1])).toStrictEqual({ rows: [{ n: 1 }], affected: 1 });
    expect(steps).toStrictEqual([['pool: SELECT $1', [1]]]);
  });
});

describe('a transaction of pg', () => {
  it('is committed in one round trip, and gives its client back once', async () => {
    const { pool, steps, lost } = server();
    const transaction = await pgDatabaseWith(pool, (client) => client).begin(LIMITS);
    expect(lost.size).toBe(1);
    await transaction.execute('SELECT ?', [1]);
    await transaction.commit();
    await transaction.rollback();
    expect(steps).toStrictEqual([BEGIN, ['SELECT $1', [1]], COMMIT, 'release']);
    expect(lost.size).toBe(0);
  });

  it('prepares statements that run often', async () => {
    const { pool, steps } = server();
    const transaction = await pgDatabaseWith(pool, (client) => client).begin(LIMITS);
    await transaction.execute('SELECT ?', [1], { isRepeated: true });
    expect(steps[1]).toMatchObject([{ name: expect.stringMatching(/^pass2pay_/), text: 'SELECT $1' }, [1]]);
    await transaction.rollback();
    expect(steps.slice(2)).toStrictEqual(['ROLLBACK', 'release']);
  });

  it('lets handlers neither end it nor release its client', async () => {
    const { pool } = server();
    const transaction = await pgDatabaseWith(pool, (client) => client).begin(LIMITS);
    expect(() => transaction.tx.release()).toThrow(BrokenTransactionError);
    expect(await errorOf(transaction.tx.query('COMMIT'))).toBeInstanceOf(BrokenTransactionError);
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
  });

  it('closes a client that was lost meanwhile', async () => {
    const { pool, steps, lost } = server();
    const transaction = await pgDatabaseWith(pool, (client) => client).begin(LIMITS);
    for (const listener of lost) listener(new Error('terminated'));
    await transaction.rollback();
    expect(steps.slice(1)).toStrictEqual(['ROLLBACK', 'close']);
  });

  it('whose commit lost the connection is unknown, and its client closed', async () => {
    const { pool, steps, failures } = server();
    const transaction = await pgDatabaseWith(pool, (client) => client).begin(LIMITS);
    failures.set(COMMIT, new Error('Connection terminated unexpectedly'));
    failures.set('ROLLBACK', new Error('Client has encountered a connection error and is not queryable'));
    expect(await errorOf(transaction.commit())).toBeInstanceOf(CommitUnknownError);
    expect(steps.slice(1)).toStrictEqual([COMMIT, 'ROLLBACK', 'close']);
  });

  it('gives its client back if the object for handlers cannot be made', async () => {
    const { pool, steps } = server();
    const failure = new Error('no');
    const database = pgDatabaseWith(pool, () => {
      throw failure;
    });
    expect(await errorOf(database.begin(LIMITS))).toBe(failure);
    expect(steps).toStrictEqual(['release']);
  });
});
