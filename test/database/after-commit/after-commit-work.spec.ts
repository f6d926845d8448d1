import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { AfterCommitTable } from '../../../lib/database/after-commit/after-commit-table.js';
import { AfterCommitWork } from '../../../lib/database/after-commit/after-commit-work.js';
import { KnownMerchants } from '../../../lib/database/known-merchants.js';
import type { SqlExecutor } from '../../../lib/database/sql-database.js';
import type { MerchantDirectory } from '../../../lib/merchants/merchant-directory.js';
import {
  idempotencyKey,
  type OutcomeEvent,
  type PaymentOutcome,
  type TransferOutcome,
} from '../../../lib/outcomes/outcome.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { lines, recordLines } from '../../support/log-lines.js';
import { paymentEvent } from '../../outcomes/support/events.js';
import { LIMITS } from '../support/limits.js';
import { MemoryTables } from '../support/memory-tables.js';
import { WatchedDatabase } from '../support/watched-database.js';

const NOW = Date.UTC(2024, 5, 1);
const FIRST_WAIT_MS = 42_000;
const LEASE_MS = 8_000 + 30_000;
const OVERDUE_MS = 600_000;
const HOUR_MS = 3_600_000;
const NAMED = 'Mail.send for payment:M1:P1:2, attempt';

let clock: Clock;
let shop: MemoryTables;
let database: WatchedDatabase;
let work: AfterCommitWork;
let calls: { name: string; outcome: PaymentOutcome | TransferOutcome }[];
let handle: (outcome: PaymentOutcome | TransferOutcome) => unknown;
let names: string[];
let merchants: Pick<MerchantDirectory, 'mchNos' | 'forNotify'>;

beforeEach(async () => {
  recordLines();
  shop = await MemoryTables.open();
  database = new WatchedDatabase(shop.database);
  clock = FakeTimers.install({ now: NOW, toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
  calls = [];
  handle = () => undefined;
  names = ['Mail.send'];
  merchants = { mchNos: ['M1'], forNotify: async () => undefined };
  work = open();
});
afterEach(() => {
  clock.uninstall();
  shop.close();
});

function open(): AfterCommitWork {
  const handlers = {
    get allAfterCommit() {
      return names;
    },
    namesAfterCommit: () => names,
    handleAfterCommit: async (name: string, outcome: PaymentOutcome | TransferOutcome) => {
      calls.push({ name, outcome });
      await handle(outcome);
    },
  };
  const table = new AfterCommitTable(database, shop.tables, '');
  return new AfterCommitWork(database, table, handlers, new KnownMerchants(merchants), LIMITS);
}

const factsOf = (event: OutcomeEvent) => ({
  late: false,
  adopted: false,
  replayed: false,
  source: event.source,
  idempotencyKey: idempotencyKey(event),
});
const add = (event = paymentEvent(), ...replay: [{ id?: number; handler?: string }?]) =>
  shop.committing((transaction: SqlExecutor) => work.add(transaction, event, factsOf(event), ...replay));
const payment = (number: string) => paymentEvent({ mchOrderNo: number, payOrderId: `P-${number}` });
const row = () => shop.row('afterCommit', 'status, attempts, error, due_at');
const fail = (error: unknown) => {
  handle = () => {
    throw error;
  };
};

describe('the work of an outcome', () => {
  it('is stored for each of its handlers', async () => {
    names = ['Mail.send', 'Crm.tell'];
    expect(await add()).toBe(true);
    expect(await shop.rows('afterCommit', 'handler, replay_id, created_at')).toStrictEqual([
      { handler: 'Mail.send', replay_id: 0, created_at: NOW },
      { handler: 'Crm.tell', replay_id: 0, created_at: NOW },
    ]);
    expect(calls).toStrictEqual([]);
  });

  it('is stored for the only handler of a replay, with its id', async () => {
    names = ['Mail.send', 'Crm.tell'];
    expect(await add(paymentEvent(), { id: 7, handler: 'Crm.tell' })).toBe(true);
    expect(await shop.rows('afterCommit', 'handler, replay_id')).toStrictEqual([{ handler: 'Crm.tell', replay_id: 7 }]);
  });

  it('is nothing without a handler for it', async () => {
    expect(await add(paymentEvent(), { id: 7, handler: 'Shop.settle' })).toBe(false);
    names = [];
    expect(await add()).toBe(false);
    expect(await shop.rows('afterCommit')).toStrictEqual([]);
  });
});

describe('work that is due', () => {
  it('is done once, and then has no row', async () => {
    await add();
    await work.sweep();
    await work.sweep();
    expect(calls).toStrictEqual([
      { name: 'Mail.send', outcome: expect.objectContaining({ ...paymentEvent().data, ...factsOf(paymentEvent()) }) },
    ]);
    expect(await shop.rows('afterCommit')).toStrictEqual([]);
    expect(lines).toStrictEqual([]);
  });

  it('is held by this process for longer than its handler may take', async () => {
    await add();
    handle = async () => {
      expect(await row()).toStrictEqual({ status: 'pending', attempts: 1, error: null, due_at: NOW + LEASE_MS });
    };
    await work.sweep();
    expect(calls).toHaveLength(1);
    expect(lines).toStrictEqual([]);
  });

  it('is begun at once when the process wakes it, without waiting for it', async () => {
    await add();
    work.wake();
    expect(calls).toStrictEqual([]);
    await work.sweep();
    expect(calls).toHaveLength(1);
  });

  it('runs in the context of the application, not in that of a request', async () => {
    await add();
    const request = new AsyncLocalStorage<string>();
    let found: string | undefined = 'none was run';
    handle = () => (found = request.getStore());
    request.run('request', () => work.wake());
    await work.stop();
    expect(calls).toHaveLength(1);
    expect(found).toBeUndefined();
  });

  it('is read once more where it is woken while it is read', async () => {
    await add();
    let end!: () => void;
    handle = () => new Promise<void>((resolve) => (end = resolve));
    for (let count = 0; count < 5; count++) work.wake();
    await clock.tickAsync(1);
    expect(database.steps).toStrictEqual(['begin', 'commit', 'begin', 'commit']);
    end();
    await work.stop();
    expect(calls).toHaveLength(1);
  });

  it('is run by at most ten handlers at a time', async () => {
    for (let index = 1; index <= 12; index++) await add(payment(`O${index}`));
    const ends: (() => void)[] = [];
    handle = () => new Promise<void>((resolve) => ends.push(resolve));
    const sweep = work.sweep();
    await clock.tickAsync(1);
    expect(calls).toHaveLength(10);
    ends[0]!();
    await clock.tickAsync(1);
    expect(calls).toHaveLength(11);
    const steps = database.steps.length;
    work.wake();
    await clock.tickAsync(1);
    expect(calls).toHaveLength(11);
    expect(database.steps).toHaveLength(steps);
    while (ends.length < 12) {
      for (const end of ends) end();
      await clock.tickAsync(1);
    }
    for (const end of ends) end();
    await sweep;
    expect(await shop.rows('afterCommit')).toStrictEqual([]);
  });

  it('of a later outcome of the order follows as soon as the earlier is done', async () => {
    await add(paymentEvent({ state: OrderState.Closed }));
    await add();
    await work.sweep();
    expect(calls.map(({ outcome }) => outcome.state)).toStrictEqual([OrderState.Closed, OrderState.Success]);
  });

  it('is not taken without handlers', async () => {
    await add();
    names = [];
    await work.sweep();
    expect(database.steps).toStrictEqual([]);
    expect(calls).toStrictEqual([]);
  });

  it('cannot be read where the database is down, which the log says, and is done later', async () => {
    await add();
    database.fail('begin', new Error('connection lost'));
    await work.sweep();
    expect(lines).toStrictEqual([
      'error Pass2PayOutcome: Pending after-commit work could not be read: connection lost',
    ]);
    await work.sweep();
    expect(calls).toHaveLength(1);
  });
});

describe('work that fails', () => {
  beforeEach(() => add());

  it('is retried later, which the log says', async () => {
    fail(new Error('mail down'));
    await work.sweep();
    const dueAt = NOW + FIRST_WAIT_MS;
    expect(await row()).toStrictEqual({ status: 'pending', attempts: 1, error: 'mail down', due_at: dueAt });
    expect(lines).toStrictEqual([
      `warn Pass2PayOutcome: ${NAMED} 1, failed and will be retried at ${new Date(dueAt).toISOString()}: mail down`,
    ]);
    handle = () => undefined;
    await clock.tickAsync(FIRST_WAIT_MS - 1);
    await work.sweep();
    expect(calls).toHaveLength(1);
    await clock.tickAsync(1);
    await work.sweep();
    expect(calls).toHaveLength(2);
    expect(await shop.rows('afterCommit')).toStrictEqual([]);
  });

  it('is dead after the last attempt', async () => {
    fail(new Error('mail down'));
    await shop.database.execute(`UPDATE ${shop.tables.afterCommit} SET attempts = 2`);
    await work.sweep();
    expect(await row()).toStrictEqual({ status: 'dead', attempts: 3, error: 'mail down', due_at: null });
    expect(lines).toStrictEqual([`error Pass2PayOutcome: ${NAMED} 3, failed and is dead: mail down`]);
  });

  it('is dead, and not run again, where its process ended in the last attempt', async () => {
    await shop.database.execute(`UPDATE ${shop.tables.afterCommit} SET attempts = 3`);
    await work.sweep();
    const error = 'its process ended or lost the database while it ran';
    expect(await row()).toStrictEqual({ status: 'dead', attempts: 4, error, due_at: null });
    expect(lines).toStrictEqual([`error Pass2PayOutcome: ${NAMED} 4, failed and is dead: ${error}`]);
    expect(calls).toStrictEqual([]);
  });

  it('fails where it takes too long', async () => {
    handle = () => new Promise(() => {});
    const sweep = work.sweep();
    await clock.tickAsync(LIMITS.handlerTimeoutMs);
    await sweep;
    expect(await row()).toMatchObject({ status: 'pending', error: 'it took longer than 8000 ms' });
  });

  it.each([undefined, null])('fails where it throws %s', async (nothing) => {
    fail(nothing);
    await work.sweep();
    expect(await row()).toMatchObject({ status: 'pending', error: 'it threw nothing' });
  });

  it.each([
    ['done', () => undefined, /^DELETE/],
    ['failed', () => Promise.reject(new Error('mail down')), /^UPDATE pass2pay_after_commit SET status/],
  ])('runs again where it cannot be stored that it is %s, which the log says', async (_, result, statement) => {
    handle = result;
    database.fail(statement, new Error('disk full'));
    await work.sweep();
    expect(lines).toStrictEqual([
      `error Pass2PayOutcome: The result of ${NAMED} 1, could not be stored, so it will run again: disk full`,
    ]);
    expect(await row()).toMatchObject({ status: 'pending', attempts: 1, due_at: NOW + LEASE_MS });
    handle = () => undefined;
    await clock.tickAsync(LEASE_MS);
    await work.sweep();
    expect(await shop.rows('afterCommit')).toStrictEqual([]);
  });
});

describe('work of a merchant', () => {
  it('that the process does not have is left for others', async () => {
    await add(paymentEvent({ mchNo: 'M2' }));
    await work.sweep();
    expect(calls).toStrictEqual([]);
    expect(await row()).toMatchObject({ attempts: 0, due_at: NOW });
  });

  it('that its resolver does not find is put back, for as long as it is old', async () => {
    await add();
    await clock.tickAsync(50_000);
    merchants = { mchNos: undefined, forNotify: async () => undefined };
    work = open();
    await work.sweep();
    expect(calls).toStrictEqual([]);
    expect(await row()).toStrictEqual({
      status: 'pending',
      attempts: 0,
      error: 'the merchantResolver does not find M1/A1',
      due_at: NOW + 100_000,
    });
    expect(lines).toStrictEqual([]);
  });
});

describe('a process that stops', () => {
  it('waits for work that runs, and starts no more', async () => {
    for (const state of [OrderState.Closed, OrderState.Success]) await add(paymentEvent({ state }));
    let end!: () => void;
    handle = () => new Promise<void>((resolve) => (end = resolve));
    const sweep = work.sweep();
    await clock.tickAsync(1);
    let hasStopped = false;
    const stop = work.stop().then(() => (hasStopped = true));
    await clock.tickAsync(1);
    expect(hasStopped).toBe(false);
    end();
    await Promise.all([sweep, stop]);
    expect(calls).toHaveLength(1);
    expect(await shop.rows('afterCommit', 'attempts')).toStrictEqual([{ attempts: 0 }]);
  });

  it('starts nothing when it is woken after its end', async () => {
    await work.stop();
    await add();
    await work.sweep();
    expect(calls).toStrictEqual([]);
  });
});

describe('work that no process may have a handler for', () => {
  const REST =
    'are overdue, and this process does not have that handler or merchant. If no other process has it either, because it was renamed or removed, change the name in the table or delete the rows.';
  beforeEach(async () => {
    names = ['Old.print'];
    await add(payment('O1'));
    await add(payment('O2'));
    names = ['Mail.send'];
  });

  it('is reported once it is overdue for ten minutes, at most once an hour', async () => {
    await clock.tickAsync(OVERDUE_MS);
    await work.sweep();
    expect(lines).toStrictEqual([]);
    await clock.tickAsync(HOUR_MS - 1);
    await work.sweep();
    expect(lines).toStrictEqual([]);
    await clock.tickAsync(1);
    await work.sweep();
    await work.sweep();
    expect(lines).toStrictEqual([`warn Pass2PayOutcome: 2 after-commit calls of Old.print for merchant M1 ${REST}`]);
    await clock.tickAsync(HOUR_MS);
    await work.sweep();
    expect(lines).toHaveLength(2);
  });

  it('is reported where the first look is late enough', async () => {
    await clock.tickAsync(OVERDUE_MS + 1);
    await work.sweep();
    expect(lines).toHaveLength(1);
  });

  it('cannot be counted where the database is down, which the log says', async () => {
    database.fail(/COUNT/, new Error('connection lost'));
    await work.sweep();
    expect(lines).toStrictEqual([
      'error Pass2PayOutcome: Overdue after-commit work could not be read: connection lost',
    ]);
  });
});
