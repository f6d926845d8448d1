import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import type { SqlDatabase, SqlLimits, SqlTransaction } from '../../../lib/database/sql-database.js';
import { NoAnswerError, NoConnectionError } from '../../../lib/database/sql-errors.js';
import { LimitedDatabase } from '../../../lib/database/transaction/limited-database.js';

const LIMITS = { connectionTimeoutMs: 1_000, lockTimeoutMs: 500 };

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install();
});
afterEach(() => clock.uninstall());

class Pool implements SqlDatabase {
  readonly dialect = 'mysql';
  readonly begun: unknown[] = [];
  readonly ended: string[] = [];
  failure: Error | undefined;
  answer: Promise<{ rows: []; affected: number }> = Promise.resolve({ rows: [], affected: 3 });
  runHandlers?: NonNullable<SqlTransaction['runHandlers']>;

  execute(...statement: unknown[]) {
    this.begun.push(statement);
    return this.answer;
  }

  async begin(limits: SqlLimits, first?: unknown): Promise<SqlTransaction> {
    this.begun.push(first === undefined ? limits : [limits, first]);
    if (this.failure !== undefined) throw this.failure;
    const end = (how: string) => async () => {
      this.ended.push(how);
      if (this.failure !== undefined) throw this.failure;
    };
    return {
      tx: 'tx',
      first: { rows: [], affected: 1 },
      execute: (...statement) => this.execute(...statement),
      ...(this.runHandlers && { runHandlers: this.runHandlers }),
      commit: end('commit'),
      rollback: end('rollback'),
    };
  }
}

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );

let pool: Pool;
let limited: LimitedDatabase;
beforeEach(() => {
  pool = new Pool();
  limited = new LimitedDatabase(pool, { ...LIMITS, maxConcurrent: 1 });
});

describe('the module’s transactions', () => {
  it('have the statements, the result and the library’s object of the database’s', async () => {
    expect(limited.dialect).toBe('mysql');
    const first = { sql: 'SELECT ?', params: [1] };
    const transaction = await limited.begin(LIMITS, first);
    expect(pool.begun).toStrictEqual([[LIMITS, first]]);
    expect(transaction.tx).toBe('tx');
    expect(transaction.first).toStrictEqual({ rows: [], affected: 1 });
    expect(await transaction.execute('SELECT ?', [2], { isRepeated: true })).toStrictEqual({ rows: [], affected: 3 });
    expect(pool.begun[1]).toStrictEqual(['SELECT ?', [2], { isRepeated: true }]);
  });

  it('run handlers, in the library’s context if there is one', async () => {
    const plain = await limited.begin(LIMITS);
    expect(await plain.runHandlers!(async () => 'done')).toBe('done');
    await plain.rollback();
    pool.runHandlers = async <Result>(handlers: () => Promise<Result>) => {
      pool.ended.push('context');
      return handlers();
    };
    const transaction = await limited.begin(LIMITS);
    expect(await transaction.runHandlers!(async () => 'done')).toBe('done');
    expect(pool.ended).toStrictEqual(['rollback', 'context']);
  });

  it.each(['commit', 'rollback'] as const)('make room for the next one by a %s, even one that fails', async (end) => {
    for (let count = 0; count < 2; count++) await (await limited.begin(LIMITS))[end]();
    const failing = await limited.begin(LIMITS);
    pool.failure = new Error('no');
    expect(await errorOf(failing[end]())).toBe(pool.failure);
    pool.failure = undefined;
    await limited.begin(LIMITS);
    expect(pool.begun).toHaveLength(4);
  });

  it('wait for their turn, and then only as long for a connection as is left', async () => {
    const before = await limited.begin(LIMITS);
    const waiting = limited.begin(LIMITS);
    await clock.tickAsync(400);
    await before.commit();
    await waiting;
    expect(pool.begun[1]).toStrictEqual({ connectionTimeoutMs: 600, lockTimeoutMs: 500 });
  });

  it('have whole milliseconds for a connection, at least one', async () => {
    await (await limited.begin({ ...LIMITS, connectionTimeoutMs: 10.4 })).commit();
    await (await limited.begin({ ...LIMITS, connectionTimeoutMs: -1 })).commit();
    expect(pool.begun).toMatchObject([{ connectionTimeoutMs: 11 }, { connectionTimeoutMs: 1 }]);
  });

  it('fail when it is not their turn in time, without a connection', async () => {
    await limited.begin(LIMITS);
    const late = errorOf(limited.begin(LIMITS));
    await clock.tickAsync(1_000);
    expect(await late).toStrictEqual(new NoConnectionError(1_000));
    expect(pool.begun).toHaveLength(1);
  });

  it('that cannot begin make room for the next one', async () => {
    pool.failure = new Error('no connection');
    expect(await errorOf(limited.begin(LIMITS))).toBe(pool.failure);
    pool.failure = undefined;
    await limited.begin(LIMITS);
    expect(pool.begun).toHaveLength(2);
  });
});

describe('a single statement', () => {
  it('needs no turn', async () => {
    await limited.begin(LIMITS);
    expect(await limited.execute('SELECT ?', [1])).toStrictEqual({ rows: [], affected: 3 });
    expect(pool.begun[1]).toStrictEqual(['SELECT ?', [1]]);
  });

  it('fails when it exceeds the timeouts of a connection, a lock and a response', async () => {
    pool.answer = new Promise(() => {});
    const failed = errorOf(limited.execute('SELECT 1'));
    await clock.tickAsync(3_499);
    expect(clock.countTimers()).toBe(1);
    await clock.tickAsync(1);
    expect(await failed).toStrictEqual(new NoAnswerError(3_500));
  });
});
