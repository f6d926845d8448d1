import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import type Libsql from 'libsql';
import { KnownMerchants } from '../../../lib/database/known-merchants.js';
import { OutcomeTable } from '../../../lib/database/outcomes/outcome-table.js';
import { ReplayTable } from '../../../lib/database/replay/replay-table.js';
import { ReplayWork } from '../../../lib/database/replay/replay-work.js';
import { BrokenTransactionError, CommitUnknownError } from '../../../lib/database/sql-errors.js';
import type { SqlValue } from '../../../lib/database/sql-database.js';
import type { MerchantDirectory } from '../../../lib/merchants/merchant-directory.js';
import type { MerchantOptions } from '../../../lib/merchants/merchant.js';
import type { OutcomeEvent, OutcomeFacts } from '../../../lib/outcomes/outcome.js';
import { lines, recordLines } from '../../support/log-lines.js';
import { paymentEvent } from '../../outcomes/support/events.js';
import { LIMITS } from '../support/limits.js';
import { MemoryTables } from '../support/memory-tables.js';
import { WatchedDatabase } from '../support/watched-database.js';

const NOW = Date.UTC(2024, 5, 1);
const DAY_MS = 86_400_000;
/** Three runs of 13 s, and 30 s more. */
const LEASE_MS = 69_000;
const KEY = 'payment:M1:P1:2';
const DEADLOCK = Object.assign(new Error('deadlock detected'), { code: '40P01' });
const LOCKED = Object.assign(new Error('lock timeout'), { code: '55P03' });
const DONE = `log Pass2PayOutcome: Replay 1 of ${KEY} is done.`;

let clock: Clock;
let shop: MemoryTables;
let database: WatchedDatabase;
let work: ReplayWork;
let handled: { event: OutcomeEvent; facts: OutcomeFacts; only: string | undefined }[];
let added: { facts: OutcomeFacts; id: number | undefined; handler: string | undefined }[];
let handle: (tx: Libsql.Database) => unknown;
let areThere: boolean;
let hasWork: boolean;
let woken: number;

beforeEach(async () => {
  recordLines();
  shop = await MemoryTables.open();
  await shop.order();
  await shop.committing((own) => new OutcomeTable('sqlite', shop.tables, '').receive(own, paymentEvent(), NOW));
  database = new WatchedDatabase(shop.database);
  clock = FakeTimers.install({ now: NOW, toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
  handled = [];
  added = [];
  handle = () => undefined;
  areThere = true;
  hasWork = false;
  woken = 0;
  work = open();
});
afterEach(() => {
  clock.uninstall();
  shop.close();
});

function open(merchants: Partial<Pick<MerchantDirectory, 'mchNos' | 'forNotify'>> = {}): ReplayWork {
  const handlers = {
    get areThere() {
      return areThere;
    },
    names: ['Shop.settle', 'Shop.refund', 'Mail.send'],
    namesFor: () => ['Shop.settle', 'Mail.send'],
    handle: async (event: OutcomeEvent, facts: OutcomeFacts, tx?: unknown, only?: string) => {
      handled.push({ event, facts, only });
      await handle(tx as Libsql.Database);
    },
  };
  const afterCommit = {
    add: async (
      _transaction: unknown,
      _event: OutcomeEvent,
      facts: OutcomeFacts,
      { id, handler }: { id?: number; handler?: string | undefined } = {},
    ) => {
      added.push({ facts, id, handler });
      return hasWork;
    },
    wake: () => void woken++,
  };
  const directory = { mchNos: ['M1'], forNotify: async () => undefined, ...merchants };
  const table = new ReplayTable(database, shop.tables, '');
  return new ReplayWork(database, table, handlers, afterCommit, new KnownMerchants(directory), LIMITS);
}

const request = (changes: Readonly<Record<string, SqlValue>> = {}) =>
  shop.replay({ requested_at: Date.now(), due_at: Date.now(), ...changes });
const states = () => shop.rows('replay', 'status, error, attempts, ended_at, due_at');
const write = (text: string) => (tx: Libsql.Database) => {
  tx.prepare(`INSERT INTO ${shop.tables.rate} (instance, next_at) VALUES (?, 0)`).run(text);
};
const written = async () => (await shop.rows('rate')).map(({ instance }) => instance);
const fail = (error: unknown) => {
  handle = () => {
    throw error;
  };
};
const FAILED = { status: 'failed', attempts: 1, ended_at: NOW, due_at: null };
const WAITING = { status: 'pending', error: null, attempts: 1, ended_at: null, due_at: NOW + LEASE_MS };

describe('a requested replay', () => {
  it('gives its handlers the outcome again, in one transaction with its end', async () => {
    await request();
    handle = write('settled');
    await work.sweep();
    const facts = { late: false, adopted: false, replayed: true, source: 'notify', idempotencyKey: KEY };
    expect(handled).toStrictEqual([{ event: paymentEvent(), facts, only: undefined }]);
    expect(added).toStrictEqual([{ facts, id: 1, handler: undefined }]);
    expect(await states()).toStrictEqual([{ status: 'done', error: null, attempts: 1, ended_at: NOW, due_at: null }]);
    expect(await written()).toStrictEqual(['settled']);
    expect(lines).toStrictEqual([DONE]);
    expect(woken).toBe(0);
  });

  it('runs once', async () => {
    await request();
    await Promise.all([work.sweep(), work.sweep()]);
    await work.sweep();
    expect(handled).toHaveLength(1);
  });

  it('may be for one handler', async () => {
    await request({ handler: 'Mail.send' });
    await work.sweep();
    expect(handled).toMatchObject([{ only: 'Mail.send' }]);
    expect(added).toMatchObject([{ id: 1, handler: 'Mail.send' }]);
    expect(lines).toStrictEqual([`log Pass2PayOutcome: Replay 1 of ${KEY} for Mail.send is done.`]);
  });

  it('wakes its after-commit work once it has committed', async () => {
    hasWork = true;
    await request();
    handle = () => expect(woken).toBe(0);
    await work.sweep();
    expect(lines).toStrictEqual([DONE]);
    expect(woken).toBe(1);
  });

  it('is followed by the next one', async () => {
    for (let count = 0; count < 3; count++) await request();
    await work.sweep();
    expect(handled).toHaveLength(3);
    expect(lines).toHaveLength(3);
  });

  it('is held by this process for as long as all its runs may take', async () => {
    await request();
    database.fail(/^SELECT told/, new Error('connection lost'));
    await work.sweep();
    expect(await states()).toStrictEqual([WAITING]);
    expect(lines).toStrictEqual([
      `warn Pass2PayOutcome: Replay 1 of ${KEY} could not be run and will be retried: connection lost`,
    ]);
  });

  it('is left for other processes where this one has no handlers, or not its merchant', async () => {
    await request();
    areThere = false;
    await work.sweep();
    areThere = true;
    work = open({ mchNos: ['M2'] });
    await work.sweep();
    expect(await states()).toStrictEqual([{ ...WAITING, attempts: 0, due_at: NOW }]);
    expect([handled, lines]).toStrictEqual([[], []]);
  });

  it('does not run where another process has ended it meanwhile', async () => {
    await request();
    const forNotify = async () => {
      await shop.database.execute(`UPDATE ${shop.tables.replay} SET status = 'done', due_at = NULL`);
      return {} as MerchantOptions;
    };
    work = open({ mchNos: undefined, forNotify });
    await work.sweep();
    expect(database.steps).toContain('rollback');
    expect(await states()).toMatchObject([{ status: 'done', ended_at: null }]);
    expect([handled, lines]).toStrictEqual([[], []]);
  });
});

describe('a replay that cannot succeed', () => {
  it.each([
    ['its outcome does not exist', { idempotency_key: 'payment:M1:P9:2' }, 'there is no such applied outcome'],
    [
      'its handler does not get the outcome',
      { handler: 'Shop.refund' },
      'Shop.refund is not a handler of this outcome',
    ],
    ['its process ended each time', { attempts: 3 }, 'its process ended or lost the database on each attempt'],
  ])('fails where %s', async (_, row, error) => {
    await request(row);
    await work.sweep();
    expect(await states()).toMatchObject([
      { ...FAILED, attempts: (('attempts' in row && row.attempts) || 0) + 1, error },
    ]);
    expect(lines).toStrictEqual([
      expect.stringMatching(new RegExp(`^error Pass2PayOutcome: Replay 1 .*has failed: ${error}$`)),
    ]);
    expect(handled).toStrictEqual([]);
  });

  it('has its last attempt', async () => {
    await request({ attempts: 2 });
    await work.sweep();
    expect(lines).toStrictEqual([DONE]);
  });

  it('fails, and is rolled back, where a handler fails', async () => {
    await request();
    handle = (tx) => {
      write('settled')(tx);
      throw new Error('no stock');
    };
    hasWork = true;
    await work.sweep();
    expect(await states()).toStrictEqual([{ ...FAILED, error: 'no stock' }]);
    expect(await written()).toStrictEqual([]);
    expect(lines).toStrictEqual([`error Pass2PayOutcome: Replay 1 of ${KEY} has failed: no stock`]);
    expect(woken).toBe(0);
    await work.sweep();
    expect(handled).toHaveLength(1);
  });

  it('fails where its handlers take too long', async () => {
    await request();
    handle = () => new Promise(() => {});
    const sweep = work.sweep();
    await clock.tickAsync(LIMITS.handlerTimeoutMs);
    await sweep;
    const error = `The handlers of ${KEY} took longer than 8000 ms`;
    expect(await states()).toStrictEqual([{ ...FAILED, ended_at: NOW + LIMITS.handlerTimeoutMs, error }]);
  });

  it('fails where its transaction is not safe to commit', async () => {
    await request();
    database.fail('commit', new BrokenTransactionError('Nothing was committed.'), { skip: 2 });
    await work.sweep();
    expect(await states()).toStrictEqual([{ ...FAILED, error: 'Nothing was committed' }]);
  });
});

describe('a replay that meets the database’s trouble', () => {
  beforeEach(() => request());

  it('is run again where the database has rolled it back', async () => {
    handle = () => {
      if (handled.length < 3) throw DEADLOCK;
    };
    await work.sweep();
    expect(handled).toHaveLength(3);
    expect(await states()).toMatchObject([{ status: 'done', attempts: 1 }]);
    expect(lines).toStrictEqual([DONE]);
  });

  it.each([
    ['was rolled back three times', DEADLOCK, 3],
    ['could not lock a row in time', LOCKED, 1],
  ])('is retried later where it %s', async (_, error, runs) => {
    fail(error);
    await work.sweep();
    expect(handled).toHaveLength(runs);
    expect(await states()).toStrictEqual([WAITING]);
    expect(lines).toStrictEqual([
      `warn Pass2PayOutcome: Replay 1 of ${KEY} could not be run and will be retried: ${error.message}`,
    ]);
  });

  it('is done where its commit succeeded without a response', async () => {
    hasWork = true;
    database.fail('committed', new CommitUnknownError(new Error('connection lost')), { skip: 2 });
    await work.sweep();
    expect(await states()).toMatchObject([{ status: 'done' }]);
    expect(lines).toStrictEqual([DONE]);
    expect([handled.length, woken]).toStrictEqual([1, 1]);
  });

  it('is retried later where its commit did not succeed', async () => {
    database.fail('commit', new CommitUnknownError(new Error('connection lost')), { skip: 2 });
    await work.sweep();
    expect(await states()).toStrictEqual([WAITING]);
    expect(lines).toStrictEqual([
      expect.stringMatching(/^warn .* could not be run and will be retried: The connection/),
    ]);
    expect(woken).toBe(0);
  });

  it.each([
    ['succeeded', 'committed', 'done'],
    ['did not succeed', 'commit', 'pending'],
  ] as const)('is not failed where its commit %s, which nobody can tell', async (_, moment, status) => {
    database.fail(moment, new CommitUnknownError(new Error('connection lost')), { skip: 2 });
    database.fail('begin', new Error('connection refused'), { skip: 3 });
    await work.sweep();
    expect(await states()).toMatchObject([{ status }]);
    expect(lines).toStrictEqual([
      expect.stringMatching(/^warn .* could not be run and will be retried: The connection/),
    ]);
    expect(handled).toHaveLength(1);
  });

  it('is rolled back where it cannot begin', async () => {
    database.fail(/SET status = 'done'/, new Error('disk full'));
    await work.sweep();
    expect(database.steps.slice(-4)).toStrictEqual(['begin', 'rollback', 'begin', 'commit']);
    expect(await states()).toStrictEqual([WAITING]);
    expect(lines).toStrictEqual([expect.stringContaining('will be retried: disk full')]);
    expect(handled).toStrictEqual([]);
  });

  it('is read later where the database is down, which the log says', async () => {
    database.fail('begin', new Error('connection lost'));
    await work.sweep();
    expect(lines).toStrictEqual(['error Pass2PayOutcome: Requested replays could not be read: connection lost']);
    await work.sweep();
    expect(lines.at(-1)).toBe(DONE);
  });
});

it('a replay whose merchant the resolver does not find is put back, for as long as it is old', async () => {
  await request();
  await clock.tickAsync(50_000);
  work = open({ mchNos: undefined });
  await work.sweep();
  const error = 'the merchantResolver does not find M1/A1';
  expect(await states()).toStrictEqual([{ ...WAITING, attempts: 0, error, due_at: NOW + 100_000 }]);
  expect([handled, lines]).toStrictEqual([[], []]);
});

describe('replays that no process takes', () => {
  const WHY = 'no running process with its handler and merchant took it within a day';
  beforeEach(async () => {
    await request({ handler: 'Old.print' });
    await request({ handler: 'Old.print' });
  });

  it('fail after a day, which the log says', async () => {
    await clock.tickAsync(DAY_MS);
    await work.sweep();
    expect(lines).toStrictEqual([]);
    expect(await states()).toMatchObject([{ status: 'pending' }, { status: 'pending' }]);
    await clock.tickAsync(1);
    await work.sweep();
    expect(lines).toStrictEqual([`error Pass2PayOutcome: 2 replays failed: ${WHY}.`]);
    const failed = { ...FAILED, attempts: 0, ended_at: NOW + DAY_MS + 1, error: WHY };
    expect(await states()).toStrictEqual([failed, failed]);
    await work.sweep();
    expect(lines).toHaveLength(1);
  });
});

it('a process that stops ends the replay that runs, and begins no other', async () => {
  await request();
  await request();
  let end!: () => void;
  handle = () => new Promise<void>((resolve) => (end = resolve));
  const sweep = work.sweep();
  await clock.tickAsync(1);
  const stop = work.stop();
  end();
  await Promise.all([sweep, stop]);
  expect(lines).toStrictEqual([DONE]);
  expect((await states())[1]).toMatchObject({ status: 'pending', attempts: 0 });
  await work.sweep();
  expect(handled).toHaveLength(1);
});
