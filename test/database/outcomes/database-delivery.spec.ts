import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import type Libsql from 'libsql';
import type { OrderToInsert } from '../../../lib/database/orders/insert-order.js';
import type { Unknown, UnknownOrders } from '../../../lib/database/orders/unknown-orders.js';
import { DatabaseDelivery } from '../../../lib/database/outcomes/database-delivery.js';
import { OutcomeTable } from '../../../lib/database/outcomes/outcome-table.js';
import { BrokenTransactionError, CommitUnknownError } from '../../../lib/database/sql-errors.js';
import type { SqlExecutor } from '../../../lib/database/sql-database.js';
import { noteArrival } from '../../../lib/outcomes/arrivals.js';
import type { KnownEvents } from '../../../lib/outcomes/known-events.js';
import type { Mismatch } from '../../../lib/outcomes/order-matcher.js';
import { OrderTurns } from '../../../lib/outcomes/order-turns.js';
import type { OutcomeEvent, OutcomeFacts } from '../../../lib/outcomes/outcome.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { ObservedDelivery } from '../../../lib/telemetry/outcome-telemetry.js';
import { lines, recordLines } from '../../support/log-lines.js';
import { paymentEvent, transferEvent } from '../../outcomes/support/events.js';
import { LIMITS } from '../support/limits.js';
import { MemoryTables } from '../support/memory-tables.js';
import { WatchedDatabase } from '../support/watched-database.js';

const NOW = 1_700_000_000_000;
const WAITS = { connectionTimeoutMs: 3_000, lockTimeoutMs: 2_000 };
const BUDGET_MS = 13_000;
const FIRST_WAIT_MS = 42_000;
const BUSY = 'Another event of payment O1 of merchant M1 is being processed; send it again later.';
const STORED = 'The event is stored and will be retried.';
const RESOLVED =
  'log Pass2PayCreate: The create of payment O1 of merchant M1 is resolved: a notify reported that it exists.';
const DEADLOCK = Object.assign(new Error('deadlock detected'), { code: '40P01' });
const LOCKED = Object.assign(new Error('lock timeout'), { code: '55P03' });
const ADOPTED: OrderToInsert = {
  kind: 'payment',
  mchNo: 'M1',
  appId: 'A1',
  mchOrderNo: 'O1',
  amount: 5,
  currency: 'cny',
  status: 'created',
  gatewayId: 'P1',
  isAdopted: true,
};
const { Closed } = OrderState;

/** A payment that a query would show, so that it need not be kept before its handlers run. */
const paid = (source: OutcomeEvent['source'] = 'notify') => paymentEvent({ successTime: NOW }, source);

let clock: Clock;
let shop: MemoryTables;
let database: WatchedDatabase;
let handled: { event: OutcomeEvent; facts: OutcomeFacts }[];
let told: { mismatch: Mismatch; otherwise: string }[];
let handle: (tx: Libsql.Database) => unknown;
let tell: (tx: Libsql.Database) => unknown;
let judge: (event: OutcomeEvent, mostMs: number) => Unknown | Promise<Unknown>;
let recognised: 'duplicate' | 'stale' | undefined;
let turns: OrderTurns;
let hasWork: boolean;
let woken: number;
let add: jest.Mock<(transaction: SqlExecutor, event: OutcomeEvent, facts: OutcomeFacts) => Promise<boolean>>;
let busyWaitMs: number;

beforeEach(async () => {
  recordLines();
  shop = await MemoryTables.open();
  database = new WatchedDatabase(shop.database);
  clock = FakeTimers.install({ now: NOW, toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
  handled = [];
  told = [];
  handle = tell = () => undefined;
  judge = () => ({ verdict: 'foreign' });
  recognised = undefined;
  turns = new OrderTurns();
  hasWork = false;
  woken = 0;
  add = jest.fn(async () => hasWork);
  busyWaitMs = 9_000;
});
afterEach(() => {
  clock.uninstall();
  shop.close();
});

function deliver(event: OutcomeEvent) {
  const handlers = {
    handle: async (given: OutcomeEvent, facts: OutcomeFacts, tx?: unknown) => {
      handled.push({ event: given, facts });
      await handle(tx as Libsql.Database);
    },
    tell: async (mismatch: Mismatch, otherwise: string, tx?: unknown) => {
      told.push({ mismatch, otherwise });
      await tell(tx as Libsql.Database);
      return true;
    },
  };
  const delivery = new DatabaseDelivery(
    database,
    new OutcomeTable('sqlite', shop.tables, ''),
    handlers,
    { judge: async (given: OutcomeEvent, mostMs: number) => judge(given, mostMs) } as UnknownOrders,
    { turns, known: { recognisedAs: () => recognised } as unknown as KnownEvents, busyWaitMs },
    { add, wake: () => void woken++ },
    LIMITS,
  );
  return delivery.deliver(event);
}

function failHandlers(error: Error = new Error('no stock')): Error {
  handle = () => {
    throw error;
  };
  return error;
}

/** What a handler writes in its transaction. */
const write = (text: string) => (tx: Libsql.Database) => {
  tx.prepare(`INSERT INTO ${shop.tables.rate} (instance, next_at) VALUES (?, 0)`).run(text);
};
const written = async () => (await shop.rows('rate')).map(({ instance }) => instance);
const outcome = (columns?: string) => shop.row('outcome', columns);

describe('a new event', () => {
  beforeEach(() => shop.order());

  it('is applied in one transaction with what its handlers write', async () => {
    handle = write('settled');
    expect(await deliver(paid())).toBe('applied');
    const facts = { late: false, adopted: false, replayed: false, source: 'notify', idempotencyKey: 'payment:M1:P1:2' };
    expect(handled).toStrictEqual([{ event: paid(), facts }]);
    expect(database.steps).toStrictEqual(['begin', 'commit']);
    expect(database.limits).toStrictEqual([WAITS]);
    expect(await outcome()).toMatchObject({ result: 'applied', attempts: 1, received_at: NOW });
    expect(await written()).toStrictEqual(['settled']);
    expect([lines, told, woken]).toStrictEqual([[], [], 0]);
  });

  it('has its handlers run once, however often it comes', async () => {
    for (const result of ['applied', 'duplicate', 'duplicate']) expect(await deliver(paid())).toBe(result);
    expect(await deliver(paymentEvent({ state: Closed }))).toBe('stale');
    expect(handled).toHaveLength(1);
    expect(await shop.rows('outcome', 'result, deliveries')).toStrictEqual([
      { result: 'applied', deliveries: 3 },
      { result: 'stale', deliveries: 1 },
    ]);
  });

  it('wakes its after-commit work once it has committed', async () => {
    hasWork = true;
    handle = () => {
      expect(add).toHaveBeenCalledWith(expect.anything(), paid(), expect.objectContaining({ late: false }));
      expect([woken, database.steps]).toStrictEqual([0, ['begin']]);
    };
    expect(await deliver(paid())).toBe('applied');
    expect(handled).toHaveLength(1);
    expect(woken).toBe(1);
  });

  it('wakes nothing where the handlers fail', async () => {
    hasWork = true;
    failHandlers();
    await expect(deliver(paid())).rejects.toThrow('no stock');
    expect(woken).toBe(0);
  });

  it('tells that its notify has resolved the create of its order', async () => {
    await shop.database.execute(`UPDATE ${shop.tables.order} SET status = 'unknown'`);
    handle = () => expect(lines).toStrictEqual([]);
    expect(await deliver(paid())).toBe('applied');
    expect(lines).toStrictEqual([RESOLVED]);
  });

  it.each([
    ['late after a closing', 6, 1],
    ['not late after another state', 1, 0],
  ])('is observed as %s', async (_, lastApplied, times) => {
    const late = jest.spyOn(ObservedDelivery.prototype, 'late');
    await shop.database.execute(`UPDATE ${shop.tables.order} SET last_applied = ?`, [lastApplied]);
    await deliver(paid());
    expect(late).toHaveBeenCalledTimes(times);
    late.mockRestore();
  });
});

describe('an outcome that only notifies show', () => {
  it.each([
    ['a payment without its time', () => paymentEvent(), null],
    ['a late payment', paid, Closed],
    ['a transfer without its time', () => transferEvent(), null],
  ])('%s is not lost with the process', async (_, event, lastApplied) => {
    const given = event();
    await shop.order({ kind: given.kind, last_applied: lastApplied });
    database.fail('begin', new Error('process killed'), { skip: 2 });
    await expect(deliver(given)).rejects.toThrow('process killed');
    expect(database.steps).toStrictEqual(['begin', 'rollback', 'begin', 'commit', 'begin']);
    expect(await outcome()).toMatchObject({ result: 'received', due_at: NOW + 60_000, attempts: 0 });
    expect(handled).toStrictEqual([]);
  });

  it('is kept once, and then applied', async () => {
    await shop.order();
    expect(await deliver(paymentEvent())).toBe('applied');
    expect(database.steps).toStrictEqual(['begin', 'rollback', 'begin', 'commit', 'begin', 'commit']);
    expect(database.limits).toStrictEqual([WAITS, WAITS, WAITS]);
    expect(await outcome()).toMatchObject({ result: 'applied', due_at: null, deliveries: 2, attempts: 1 });
    expect(handled).toHaveLength(1);
    expect(lines).toStrictEqual([]);
  });

  it.each([
    ['a payment with its time', paid],
    ['a closing', () => paymentEvent({ state: Closed })],
  ])('%s needs only one transaction', async (_, event) => {
    await shop.order();
    await deliver(event());
    expect(database.steps).toStrictEqual(['begin', 'commit']);
  });

  it('tells once that it has resolved the create of its order', async () => {
    await shop.order({ status: 'unknown' });
    handle = () => expect(lines).toStrictEqual([RESOLVED]);
    expect(await deliver(paymentEvent())).toBe('applied');
    expect(lines).toStrictEqual([RESOLVED]);
  });
});

describe('an event whose handlers fail', () => {
  beforeEach(() => shop.order());

  it('is rolled back with all that they wrote, stored as failed, and thrown', async () => {
    const error = new Error('no stock.');
    handle = (tx) => {
      write('settled')(tx);
      clock.tick(5);
      throw error;
    };
    await expect(deliver(paid())).rejects.toBe(error);
    expect(await written()).toStrictEqual([]);
    expect(database.steps).toStrictEqual(['begin', 'rollback', 'begin', 'commit']);
    expect(await outcome()).toMatchObject({
      result: 'failed',
      error: 'no stock',
      attempts: 1,
      due_at: NOW + 5 + FIRST_WAIT_MS,
      applied_at: null,
    });
    expect(await shop.row('order')).toMatchObject({ last_applied: null, success_to_apply: 1 });
    expect(lines).toStrictEqual([]);
  });

  it('is applied when it comes again', async () => {
    failHandlers();
    await expect(deliver(paid())).rejects.toThrow('no stock');
    handle = write('settled');
    expect(await deliver(paid())).toBe('applied');
    expect(await outcome()).toMatchObject({ result: 'applied', attempts: 2, error: null, due_at: null });
    expect(await written()).toStrictEqual(['settled']);
  });

  it('is retried later after each failure, and is dead after the last attempt', async () => {
    failHandlers();
    for (const waitMs of [FIRST_WAIT_MS, 2 * FIRST_WAIT_MS]) {
      await expect(deliver(paid())).rejects.toThrow('no stock');
      expect(await outcome('result, due_at')).toEqual({ result: 'failed', due_at: NOW + waitMs });
    }
    expect(lines).toStrictEqual([]);
    await expect(deliver(paid())).rejects.toThrow('no stock');
    expect(await outcome()).toMatchObject({ result: 'dead', due_at: null, attempts: 3 });
    expect(lines).toStrictEqual(['error Pass2PayOutcome: payment:M1:P1:2 failed 3 times and is dead: no stock']);
  });

  it('is late when it comes again', async () => {
    await shop.database.execute(`UPDATE ${shop.tables.order} SET last_applied = 6`);
    failHandlers();
    await expect(deliver(paid())).rejects.toThrow('no stock');
    expect(await outcome()).toMatchObject({ result: 'failed', late: 1, gateway_state: Closed, previous_state: Closed });
  });

  it('tells that its notify has resolved the create of its order', async () => {
    await shop.database.execute(`UPDATE ${shop.tables.order} SET status = 'unknown'`);
    failHandlers();
    await expect(deliver(paid())).rejects.toThrow('no stock');
    expect(lines).toStrictEqual([RESOLVED]);
  });

  it('throws what they throw where the failure cannot be stored, which the log says', async () => {
    const error = failHandlers();
    database.fail('commit', new Error('disk full'));
    await expect(deliver(paid())).rejects.toBe(error);
    expect(lines).toStrictEqual([
      'error Pass2PayOutcome: The failure of payment:M1:P1:2 could not be stored: disk full',
    ]);
    expect(await shop.rows('outcome')).toStrictEqual([]);
  });

  it('has its failure stored where they take too long', async () => {
    handle = () => new Promise(() => {});
    const result = deliver(paid());
    const rejected = expect(result).rejects.toThrow('The handlers of payment:M1:P1:2 took longer than 8000 ms.');
    await clock.tickAsync(LIMITS.handlerTimeoutMs);
    await rejected;
    expect(await outcome()).toMatchObject({ result: 'failed', error: expect.stringContaining('took longer') });
  });

  it('has its failure stored where after-commit work cannot be added', async () => {
    add.mockRejectedValue(new Error('no such handler'));
    await expect(deliver(paid())).rejects.toThrow('no such handler');
    expect(handled).toStrictEqual([]);
    expect(database.steps).toStrictEqual(['begin', 'rollback', 'begin', 'commit']);
    expect(await outcome('result')).toEqual({ result: 'failed' });
  });
});

describe('a transaction that the database rolls back', () => {
  beforeEach(() => shop.order());

  it('is run again, and no failure is stored', async () => {
    handle = () => {
      if (handled.length < 3) throw DEADLOCK;
    };
    expect(await deliver(paid())).toBe('applied');
    expect(database.steps).toStrictEqual(['begin', 'rollback', 'begin', 'rollback', 'begin', 'commit']);
    expect(await outcome()).toMatchObject({ result: 'applied', attempts: 1, deliveries: 1 });
  });

  it('is run at most three times', async () => {
    failHandlers(DEADLOCK);
    await expect(deliver(paid())).rejects.toBe(DEADLOCK);
    expect(handled).toHaveLength(3);
    expect(await shop.rows('outcome')).toStrictEqual([]);
    expect(lines).toStrictEqual([]);
  });

  it('is not run again where no time is left', async () => {
    const event = paid();
    noteArrival(event.data, performance.now() - BUDGET_MS + 1);
    handle = () => {
      if (handled.length === 2) clock.tick(1);
      throw DEADLOCK;
    };
    await expect(deliver(event)).rejects.toBe(DEADLOCK);
    expect(handled).toHaveLength(2);
  });

  it('is not run again, and no failure is stored, where a lock was not free in time', async () => {
    failHandlers(LOCKED);
    await expect(deliver(paid())).rejects.toBe(LOCKED);
    expect(database.steps).toStrictEqual(['begin', 'rollback']);
    expect(await shop.rows('outcome')).toStrictEqual([]);
  });

  it('is rolled back where the order cannot be read', async () => {
    const error = new Error('connection lost');
    database.fail(/^SELECT mch_order_no/, error);
    await expect(deliver(paid())).rejects.toBe(error);
    expect(database.steps).toStrictEqual(['begin', 'rollback']);
    expect(await shop.rows('outcome')).toStrictEqual([]);
  });
});

describe('a commit whose response is lost', () => {
  const lost = new CommitUnknownError(new Error('connection lost'));
  beforeEach(async () => {
    await shop.order();
    hasWork = true;
  });

  it('is a success where the database did commit', async () => {
    database.fail('committed', lost);
    expect(await deliver(paid())).toBe('applied');
    expect(await outcome()).toMatchObject({ result: 'applied', deliveries: 1 });
    expect(database.steps).toStrictEqual(['begin', 'commit', 'begin', 'commit']);
    expect(database.limits[1]).toMatchObject(WAITS);
    expect([handled.length, woken, lines]).toStrictEqual([1, 1, []]);
  });

  it('is a failure where the database did not commit', async () => {
    database.fail('commit', lost);
    await expect(deliver(paid())).rejects.toBe(lost);
    expect(await outcome()).toMatchObject({
      result: 'failed',
      error: 'The connection was lost before the database confirmed the commit',
    });
    expect(woken).toBe(0);
  });

  it('is not asked about where the commit was refused', async () => {
    const refused = new BrokenTransactionError('Nothing was committed: a statement was not awaited.');
    database.fail('commit', refused);
    await expect(deliver(paid())).rejects.toBe(refused);
    expect(database.steps).toStrictEqual(['begin', 'commit', 'begin', 'commit']);
    expect(await outcome()).toMatchObject({ result: 'failed', error: expect.stringContaining('was not awaited') });
    expect(woken).toBe(0);
  });
});

it('an outcome whose handlers have committed it by themselves is not applied again', async () => {
  await shop.order();
  handle = (tx) => tx.exec('SELECT 1; COMMIT');
  await expect(deliver(paid())).rejects.toThrow('The transaction had ended before its commit');
  expect(await outcome('result')).toEqual({ result: 'applied' });
  expect(await deliver(paid())).toBe('duplicate');
  expect(handled).toHaveLength(1);
});

describe('an event that does not match its order', () => {
  beforeEach(() => shop.order());
  const other = () => paymentEvent({ amount: 6 });

  it('goes only to the handlers of mismatches, in the transaction that stores it', async () => {
    tell = write('told');
    expect(await deliver(other())).toBe('mismatch');
    const expected = { mchNo: 'M1', mchOrderNo: 'O1', appId: 'A1', amount: 5, currency: 'cny', lastState: undefined };
    const mismatch = { event: other(), reason: 'differs', expected, differences: ['amount is 6, not 5'] };
    expect(told).toStrictEqual([{ mismatch, otherwise: 'it is only stored in the outcome table.' }]);
    expect(handled).toStrictEqual([]);
    expect(await outcome()).toMatchObject({ result: 'mismatch', error: 'amount is 6, not 5' });
    expect(await written()).toStrictEqual(['told']);
    expect(database.steps).toStrictEqual(['begin', 'commit']);
  });

  it('is not acknowledged, and nothing is stored, where they fail', async () => {
    tell = (tx) => {
      write('told')(tx);
      throw new Error('mail down');
    };
    await expect(deliver(other())).rejects.toThrow('mail down');
    expect(database.steps).toStrictEqual(['begin', 'rollback']);
    expect(await shop.rows('outcome')).toStrictEqual([]);
    expect(await written()).toStrictEqual([]);
  });

  it('is not acknowledged where they take too long, and holds no transaction then', async () => {
    tell = () => new Promise(() => {});
    const refused = expect(deliver(paymentEvent({ amount: 6 }))).rejects.toThrow('took longer than 8000 ms');
    await clock.tickAsync(LIMITS.handlerTimeoutMs);
    await refused;
    expect(database.steps).toStrictEqual(['begin', 'rollback']);
  });

  it('goes to no handler where it is only repeated', async () => {
    await deliver(paid());
    await deliver(paid());
    expect(told).toStrictEqual([]);
  });
});

describe('an event that was recognised when it arrived', () => {
  it('stays a repetition, and changes nothing, where the tables have lost its order since', async () => {
    recognised = 'duplicate';
    judge = () => Promise.reject(new Error('asked'));
    expect(await deliver(paid())).toBe('duplicate');
    expect(database.steps).toStrictEqual(['begin', 'rollback']);
  });

  it('stays a repetition, without its handlers, where it would be new', async () => {
    await shop.order();
    recognised = 'stale';
    expect(await deliver(paid())).toBe('stale');
    expect(handled).toStrictEqual([]);
    expect(await shop.rows('outcome')).toStrictEqual([]);
    expect(await shop.row('order', 'last_applied')).toEqual({ last_applied: null });
  });

  it('is counted as any other', async () => {
    await shop.order();
    await deliver(paid());
    recognised = 'duplicate';
    expect(await deliver(paid())).toBe('duplicate');
    expect(await outcome('deliveries, repeats')).toEqual({ deliveries: 2, repeats: 1 });
  });
});

describe('an event whose order is not in the table', () => {
  it('is not stored where its merchant belongs to another instance', async () => {
    const asked: unknown[] = [];
    judge = (...args) => {
      asked.push(args, [...database.steps]);
      return { verdict: 'foreign' };
    };
    const event = paid();
    expect(await deliver(event)).toBe('unknown-order');
    // The gateway may be queried, so no transaction is open.
    expect(asked).toStrictEqual([
      [event, LIMITS.handlerTimeoutMs],
      ['begin', 'rollback'],
    ]);
    expect(await shop.rows('outcome')).toStrictEqual([]);
    expect(lines).toStrictEqual([]);
  });

  it('is decided in the time that is left', async () => {
    let mostMs = 0;
    judge = (_, given) => {
      mostMs = given;
      return { verdict: 'foreign' };
    };
    const event = paid();
    noteArrival(event.data, performance.now() - 10_000);
    await deliver(event);
    expect(mostMs).toBe(3_000);
  });

  it('is stored as failed, and retried, where it is refused', async () => {
    judge = () => ({ verdict: 'refused', reason: 'it is not imported' });
    expect(await deliver(paid())).toBe('unknown-order');
    expect(await outcome()).toMatchObject({
      result: 'failed',
      error: 'unknown order: it is not imported',
      late: 0,
      gateway_state: null,
      previous_state: null,
      due_at: NOW + FIRST_WAIT_MS,
    });
    expect(lines).toStrictEqual([
      `warn Pass2PayOutcome: No order for payment O1 of merchant M1: it is not imported. ${STORED}`,
    ]);
    expect(handled).toStrictEqual([]);
  });

  it('is not said to be stored and retried where it cannot be stored', async () => {
    judge = () => ({ verdict: 'refused', reason: 'it is not imported' });
    database.fail('begin', new Error('connection lost'), { skip: 1 });
    expect(await deliver(paid())).toBe('unknown-order');
    expect(lines).toStrictEqual([
      'error Pass2PayOutcome: The failure of payment:M1:P1:2 could not be stored: connection lost',
      'warn Pass2PayOutcome: No order for payment O1 of merchant M1: it is not imported.',
    ]);
    expect(await shop.rows('outcome')).toStrictEqual([]);
  });

  it('is not said to be retried after its last attempt', async () => {
    judge = () => ({ verdict: 'refused', reason: 'it is not imported' });
    for (let attempt = 1; attempt <= LIMITS.maxAttempts; attempt += 1) await deliver(paid());
    expect(lines.slice(-2)).toStrictEqual([
      expect.stringContaining(`failed ${LIMITS.maxAttempts} times and is dead`),
      'warn Pass2PayOutcome: No order for payment O1 of merchant M1: it is not imported.',
    ]);
  });

  it('ends where the handlers of its mismatch with the query take too long', async () => {
    const mismatch: Mismatch = { event: paid(), reason: 'differs', differences: ['amount is 5, not 6'] };
    judge = () => ({ verdict: 'mismatch', mismatch });
    tell = () => new Promise(() => {});
    const refused = expect(deliver(paid())).rejects.toThrow('took longer than 8000 ms');
    await clock.tickAsync(LIMITS.handlerTimeoutMs);
    await refused;
    expect(database.steps.at(-1)).toBe('rollback');
    expect(await shop.rows('outcome')).toStrictEqual([]);
  });

  it('is stored and told where it does not match the gateway’s query', async () => {
    const event = paid();
    const mismatch: Mismatch = { event, reason: 'differs', expected: undefined, differences: ['amount is 5, not 4'] };
    judge = () => ({ verdict: 'mismatch', mismatch });
    tell = write('told');
    expect(await deliver(event)).toBe('mismatch');
    expect(told).toStrictEqual([{ mismatch, otherwise: 'it is only stored in the outcome table.' }]);
    expect(await outcome()).toMatchObject({ result: 'mismatch', error: 'amount is 5, not 4', received_at: NOW });
    expect(await written()).toStrictEqual(['told']);
    expect(database.limits[1]).toStrictEqual(WAITS);
  });

  it('is adopted, and its handlers know that', async () => {
    judge = () => ({ verdict: 'adopted', order: ADOPTED });
    expect(await deliver(paid())).toBe('applied');
    expect(handled).toMatchObject([{ facts: { adopted: true } }]);
    expect(database.limits).toStrictEqual([WAITS, WAITS, WAITS]);
    expect(await shop.row('order')).toMatchObject({ adopted: 1, last_applied: 2 });
    expect(lines).toStrictEqual([
      'log Pass2PayOutcome: payment O1 of merchant M1 was adopted: the gateway confirmed its amount and currency.',
    ]);
  });

  it('is adopted, kept and applied where only notifies show it', async () => {
    judge = () => ({ verdict: 'adopted', order: ADOPTED });
    expect(await deliver(paymentEvent())).toBe('applied');
    expect(handled).toHaveLength(1);
    expect(await outcome('result, due_at')).toEqual({ result: 'applied', due_at: null });
  });

  it('is applied where another process has adopted its order meanwhile', async () => {
    judge = async () => {
      await shop.order();
      return { verdict: 'adopted', order: ADOPTED };
    };
    expect(await deliver(paid())).toBe('applied');
    expect(lines).toStrictEqual([]);
  });

  it('is refused where its gateway number belongs to another order', async () => {
    await shop.order({ compared_no: 'o2', mch_order_no: 'O2', gateway_id: 'P1' });
    judge = () => ({ verdict: 'adopted', order: ADOPTED });
    expect(await deliver(paid())).toBe('unknown-order');
    const reason = 'it could not be adopted, because its gateway number belongs to another order in the table';
    expect(lines).toStrictEqual([`warn Pass2PayOutcome: No order for payment O1 of merchant M1: ${reason}. ${STORED}`]);
    expect(await outcome()).toMatchObject({ result: 'failed', error: `unknown order: ${reason}` });
  });

  it('is not acknowledged where its order cannot be adopted', async () => {
    judge = () => ({ verdict: 'adopted', order: ADOPTED });
    const error = new Error('disk full');
    database.fail(/^INSERT INTO pass2pay_order/, error);
    await expect(deliver(paid())).rejects.toBe(error);
    expect(await shop.rows('outcome')).toStrictEqual([]);
    expect(lines).toStrictEqual([]);
  });

  it('is not acknowledged for a verdict that nobody knows', async () => {
    judge = () => 'maybe' as unknown as Unknown;
    await expect(deliver(paid())).rejects.toThrow(new Error('no such verdict: maybe'));
  });
});

describe('an event of an order that is being processed', () => {
  let end: () => void;
  beforeEach(async () => {
    await shop.order();
    const ended = new Promise<void>((resolve) => (end = resolve));
    handle = () => ended;
  });

  it('waits for its turn, and holds no transaction meanwhile', async () => {
    const first = deliver(paid());
    const second = deliver(paid());
    await clock.tickAsync(1);
    expect(database.steps).toStrictEqual(['begin']);
    end();
    expect(await Promise.all([first, second])).toStrictEqual(['applied', 'duplicate']);
  });

  it.each([
    ['the wait for a busy order', 1_000, 9_000, 1_000],
    ['the wait for a connection', 9_000, 3_000, 3_000],
  ])('is to be sent again after %s', async (_, busyMs, __, waitMs) => {
    busyWaitMs = busyMs;
    const first = deliver(paid());
    const refused = expect(deliver(paid())).rejects.toMatchObject({ status: 503, message: BUSY });
    let isRefused = false;
    void refused.then(() => (isRefused = true));
    await clock.tickAsync(waitMs - 1);
    expect(isRefused).toBe(false);
    await clock.tickAsync(1);
    await refused;
    end();
    expect(await first).toBe('applied');
  });

  it('is to be sent again at once where four wait already', async () => {
    const five = Array.from({ length: 5 }, () => deliver(paid()));
    await expect(deliver(paid())).rejects.toMatchObject({ status: 503, message: BUSY });
    end();
    expect(await Promise.all(five)).toHaveLength(5);
  });

  it('does not wait longer than the time since its arrival allows', async () => {
    const first = deliver(paid());
    const event = paid();
    noteArrival(event.data, performance.now() - BUDGET_MS + 700);
    const refused = expect(deliver(event)).rejects.toMatchObject({ status: 503 });
    await clock.tickAsync(700);
    await refused;
    end();
    await first;
  });
});

it('an event that arrived long ago leaves less time for locks and handlers', async () => {
  await shop.order();
  const event = paid();
  noteArrival(event.data, performance.now() - BUDGET_MS + 1_500);
  handle = () => new Promise(() => {});
  const rejected = expect(deliver(event)).rejects.toThrow('took longer than 1500 ms');
  await clock.tickAsync(1_500);
  await rejected;
  expect(database.limits[0]).toStrictEqual({ connectionTimeoutMs: 1_500, lockTimeoutMs: 1_500 });
});
