import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { beginWhenFree, runWhenFree } from '../../../lib/database/adapters/sqlite-lock.js';

const busy = () => Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['performance'] });
});
afterEach(() => clock.uninstall());

class Connection {
  readonly steps: string[] = [];
  readonly failures: Record<string, Error[]> = {};

  onExec: () => unknown = () => {};

  async exec(sql: string): Promise<void> {
    this.onExec();
    this.steps.push(sql);
    const failure = this.failures[sql]?.shift();
    if (failure !== undefined) throw failure;
  }
}

let connection: Connection;
beforeEach(() => {
  connection = new Connection();
});

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );

describe('a transaction on a locked file', () => {
  it('begins at once when the lock is free', async () => {
    await beginWhenFree(connection, 'BEGIN', 100);
    expect(connection.steps).toStrictEqual(['BEGIN']);
  });

  it('is tried again until the lock is free', async () => {
    connection.failures.BEGIN = [busy(), busy()];
    await beginWhenFree(connection, 'BEGIN', 100);
    expect(connection.steps).toStrictEqual(['BEGIN', 'BEGIN', 'BEGIN']);
  });

  it('fails when the lock is not free in time, and not a millisecond before', async () => {
    const failures = [busy(), busy(), busy()];
    connection.failures.BEGIN = [...failures];
    const delays = [99, 1];
    connection.onExec = () => clock.tick(delays.shift() ?? 0);
    expect(await errorOf(beginWhenFree(connection, 'BEGIN', 100))).toBe(failures[1]);
    expect(connection.steps).toHaveLength(2);
  });

  it('fails at once by another error', async () => {
    const broken = new Error('disk I/O error');
    connection.failures.BEGIN = [broken];
    expect(await errorOf(beginWhenFree(connection, 'BEGIN', 100))).toBe(broken);
    expect(connection.steps).toHaveLength(1);
  });
});

describe('a statement outside a transaction', () => {
  const run = (sql: string, work: () => unknown = () => 'done') =>
    runWhenFree(connection, sql, 100, async () => {
      connection.steps.push(sql);
      return work();
    });

  it.each(['SELECT 1', '  select 1', 'WITH n AS (SELECT 1) SELECT 2', 'PRAGMA foreign_keys'])(
    'that reads waits for no lock: %j',
    async (sql) => {
      expect(await run(sql)).toBe('done');
      expect(connection.steps).toStrictEqual([sql]);
    },
  );

  it.each(['INSERT INTO t SELECT 1', 'selected'])('that writes has a transaction: %j', async (sql) => {
    expect(await run(sql)).toBe('done');
    expect(connection.steps).toStrictEqual(['BEGIN IMMEDIATE', sql, 'COMMIT']);
  });

  it('that fails is rolled back, even if SQLite has done so already', async () => {
    const failure = new Error('constraint');
    connection.failures.ROLLBACK = [new Error('no transaction is active')];
    expect(await errorOf(run('INSERT', () => Promise.reject(failure)))).toBe(failure);
    expect(connection.steps).toStrictEqual(['BEGIN IMMEDIATE', 'INSERT', 'ROLLBACK']);
  });

  it('that cannot be committed is rolled back', async () => {
    const failure = new Error('disk full');
    connection.failures.COMMIT = [failure];
    expect(await errorOf(run('INSERT'))).toBe(failure);
    expect(connection.steps).toStrictEqual(['BEGIN IMMEDIATE', 'INSERT', 'COMMIT', 'ROLLBACK']);
  });
});
