import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { Backlog } from '../../lib/database/backlog.js';
import { SCHEMA_VERSION } from '../../lib/database/schema/migrations.js';
import type { SqlDatabase } from '../../lib/database/sql-database.js';
import { RecordingSdk } from '../telemetry/support/recording-sdk.js';
import { MemoryTables } from './support/memory-tables.js';
import { ScriptedTransaction, scriptedDatabase } from './support/scripted-transaction.js';
import { WatchedDatabase } from './support/watched-database.js';

const NOW = Date.UTC(2024, 5, 1);

let clock: Clock;
let shop: MemoryTables;
beforeEach(async () => {
  shop = await MemoryTables.open();
  clock = FakeTimers.install({ now: NOW, toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  clock.uninstall();
  shop.close();
});

const read = (instance?: string) => new Backlog(shop.database, shop.tables, instance).read();
const ago = (seconds: number) => NOW - seconds * 1_000;

let count = 0;
const outcome = (result: string, dueAt: number | null, instance = '') =>
  shop.outcome({ instance, idempotency_key: `key ${count++}`, result, due_at: dueAt });
const call = (status: string, dueAt: number | null, instance = '') =>
  shop.afterCommit({ instance, idempotency_key: `key ${count++}`, status, due_at: dueAt });
const order = (row: Parameters<MemoryTables['order']>[0]) => shop.order({ compared_no: `o${count++}`, ...row });

const NOTHING = {
  outcomes: { received: 0, failed: 0, dead: 0 },
  afterCommit: { pending: 0, dead: 0 },
  lag: { outcomes: 0, afterCommit: 0, reconciler: 0 },
  orders: { unknownCreates: 0, oldestPending: 0 },
  schemaVersion: SCHEMA_VERSION,
};

describe('the backlog', () => {
  it('is nothing at first', async () => expect(await read()).toStrictEqual(NOTHING));

  it('has the number of outcomes and after-commit calls in each state', async () => {
    for (const result of ['received', 'failed', 'failed', 'dead', 'dead', 'dead']) await outcome(result, null);
    for (const result of ['applied', 'stale', 'mismatch', 'duplicate']) await outcome(result, null);
    for (const status of ['pending', 'pending', 'pending', 'pending', 'dead']) await call(status, null);
    expect(await read()).toStrictEqual({
      ...NOTHING,
      outcomes: { received: 1, failed: 2, dead: 3 },
      afterCommit: { pending: 4, dead: 1 },
    });
  });

  it('has the number of creates whose outcome is unknown', async () => {
    for (const status of ['unknown', 'unknown', 'creating', 'refused', 'never-made', 'created']) {
      await order({ status });
    }
    expect((await read()).orders.unknownCreates).toBe(2);
  });

  it('has the version of the schema, in which rows of earlier ones remain', async () => {
    await shop.insert('migration', { version: SCHEMA_VERSION + 1, applied_at: NOW });
    expect((await read()).schemaVersion).toBe(SCHEMA_VERSION + 1);
  });

  it('is that of its instance', async () => {
    for (const instance of ['', 'eu', 'eu']) {
      const isOwn = instance === 'eu';
      await outcome('dead', ago(9), instance);
      await outcome('received', ago(isOwn ? 1 : 9), instance);
      await call('dead', ago(9), instance);
      await call('pending', ago(isOwn ? 2 : 9), instance);
      await order({ instance, status: 'unknown', next_check_at: ago(isOwn ? 3 : 9) });
      await order({ instance, created_at: ago(isOwn ? 4 : 9), next_check_at: NOW });
    }
    expect(await read('eu')).toStrictEqual({
      ...NOTHING,
      outcomes: { received: 2, failed: 0, dead: 2 },
      afterCommit: { pending: 2, dead: 2 },
      lag: { outcomes: 1, afterCommit: 2, reconciler: 3 },
      orders: { unknownCreates: 2, oldestPending: 4 },
    });
    expect(await read('')).toMatchObject({ lag: { outcomes: 9, afterCommit: 9, reconciler: 9 } });
    expect(await read()).toStrictEqual(await read(''));
    expect(await read('us')).toStrictEqual(NOTHING);
  });

  it('is read on MySQL by the column that its index has', async () => {
    const transaction = new ScriptedTransaction();
    await new Backlog(scriptedDatabase('mysql', transaction), shop.tables, 'eu').read();
    expect(transaction.sql).toStrictEqual([
      expect.stringContaining(
        'SELECT pending_since AS since FROM pass2pay_order WHERE pending_since IS NOT NULL AND instance = ? ORDER BY pending_since LIMIT 1',
      ),
    ]);
    expect(transaction.executed[0]!.params).toStrictEqual(['eu', 'eu', 'eu', 'eu', 'eu']);
  });

  it('has numbers where the driver has texts', async () => {
    const rows = [
      { work: 'outcome', state: 'failed', number: '2', since: String(ago(1.5)) },
      { work: 'schema', state: '', number: '7', since: null },
    ];
    const database = scriptedDatabase('postgres', new ScriptedTransaction([[/^SELECT/, rows]]));
    expect(await new Backlog(database, shop.tables, '').read()).toStrictEqual({
      ...NOTHING,
      outcomes: { received: 0, failed: 2, dead: 0 },
      lag: { outcomes: 1.5, afterCommit: 0, reconciler: 0 },
      schemaVersion: 7,
    });
  });
});

describe('the time for which work has been due', () => {
  const NO_LAG = { outcomes: 0, afterCommit: 0, reconciler: 0 };

  it('is that of the most overdue, in seconds', async () => {
    await outcome('received', ago(2));
    await outcome('failed', ago(3.5));
    await outcome('failed', ago(1));
    await call('pending', ago(7));
    await call('pending', ago(60));
    await order({ next_check_at: ago(0.001) });
    await order({ next_check_at: NOW });
    expect((await read()).lag).toStrictEqual({ outcomes: 3.5, afterCommit: 60, reconciler: 0.001 });
  });

  it('is none of work that is due now or later', async () => {
    await outcome('received', NOW);
    await call('pending', NOW + 1);
    await order({ next_check_at: NOW + 60_000 });
    expect((await read()).lag).toStrictEqual(NO_LAG);
  });

  it('is none of dead work, and of work that waits for something else', async () => {
    await outcome('dead', ago(9));
    await outcome('received', null);
    await call('dead', ago(9));
    await call('pending', null);
    await order({ next_check_at: null });
    expect((await read()).lag).toStrictEqual(NO_LAG);
  });
});

describe('the age of the oldest pending order', () => {
  const oldest = async () => (await read()).orders.oldestPending;

  it('is counted from its creation, in seconds', async () => {
    await order({ created_at: ago(5), next_check_at: NOW + 1 });
    await order({ created_at: ago(7.5), next_check_at: NOW + 3, gateway_state: 1, last_applied: 1 });
    await order({ created_at: ago(6), next_check_at: NOW + 2 });
    expect(await oldest()).toBe(7.5);
  });

  it.each([
    ['is not created', { status: 'unknown' }],
    ['is no longer checked', { next_check_at: null }],
    ['needs a person', { attention_at: 1 }],
    ['has ended at the gateway', { gateway_state: 2 }],
    ['has ended here', { last_applied: 2 }],
  ])('does not count one that %s', async (_, changes) => {
    await order({ created_at: ago(5), next_check_at: NOW, ...changes });
    expect(await oldest()).toBe(0);
  });
});

describe('reads of the backlog', () => {
  it('at the same time are one statement', async () => {
    const transaction = new ScriptedTransaction();
    const backlog = new Backlog(scriptedDatabase('postgres', transaction), shop.tables, '');
    const [one, other] = await Promise.all([backlog.read(), backlog.read()]);
    expect(transaction.sql).toHaveLength(1);
    expect(one).toStrictEqual(other);
    await backlog.read();
    expect(transaction.sql).toHaveLength(2);
  });

  it('fail together where the database is down, and work again after that', async () => {
    const database = new WatchedDatabase(shop.database);
    const lost = new Error('connection lost');
    database.fail(/^SELECT/, lost);
    const backlog = new Backlog(database, shop.tables, '');
    expect(await Promise.allSettled([backlog.read(), backlog.read()])).toStrictEqual([
      { status: 'rejected', reason: lost },
      { status: 'rejected', reason: lost },
    ]);
    expect(await backlog.read()).toStrictEqual(NOTHING);
  });
});

describe('the metrics', () => {
  const sdk = new RecordingSdk();
  beforeAll(() => sdk.start());
  afterAll(() => sdk.stop());

  let backlog: Backlog;
  afterEach(() => backlog.onModuleDestroy());

  /** Begins the metrics of an instance; each test has its own, because the SDK repeats the last values of those that ended. */
  const start = (database: SqlDatabase, instance: string | undefined): void => {
    backlog = new Backlog(database, shop.tables, instance);
    backlog.onApplicationBootstrap();
  };
  /** Whether the database of an instance is up; empty if the metrics do not say so. */
  const isUp = async (instance: string): Promise<number[]> => {
    const points = (await sdk.points()).filter(
      ({ name, attributes }) => name === 'pass2pay.database.up' && attributes['pass2pay.instance'] === instance,
    );
    return points.map(({ value }) => value);
  };

  it.each([
    [undefined, 'default'],
    ['eu', 'eu'],
  ])('have the backlog of the instance %s as that of %s', async (given, name) => {
    await outcome('failed', ago(4), given);
    start(shop.database, given);
    expect(await isUp(name)).toStrictEqual([1]);
    const ofOutcomes = { 'pass2pay.instance': name, 'pass2pay.work': 'outcome' };
    expect(await sdk.total('pass2pay.database.work', ofOutcomes)).toBe(1);
    expect(await sdk.total('pass2pay.database.lag', ofOutcomes)).toBe(4);
  });

  it('have nothing of it before the start of the application and after its end', async () => {
    backlog = new Backlog(shop.database, shop.tables, 'ended');
    expect(await isUp('ended')).toStrictEqual([]);
    backlog.onApplicationBootstrap();
    backlog.onModuleDestroy();
    expect(await isUp('ended')).toStrictEqual([]);
  });

  it('end without an error where the application has not started', () => {
    backlog = new Backlog(shop.database, shop.tables, 'not started');
    expect(() => backlog.onModuleDestroy()).not.toThrow();
  });

  it('wait two seconds for the database, and then say that it is down', async () => {
    const never = () => new Promise<never>(() => {});
    start({ dialect: 'postgres', execute: never, begin: never }, 'hanging');
    let collected: number[] | undefined;
    const collecting = isUp('hanging').then((values) => (collected = values));
    await clock.tickAsync(1_999);
    expect(collected).toBeUndefined();
    await clock.tickAsync(1);
    await collecting;
    expect(collected).toStrictEqual([0]);
  });

  it('say that the database is down where it fails, and up after that', async () => {
    const database = new WatchedDatabase(shop.database);
    database.fail(/^SELECT/, new Error('connection lost'));
    start(database, 'failing');
    expect(await isUp('failing')).toStrictEqual([0]);
    expect(await isUp('failing')).toStrictEqual([1]);
  });
});
