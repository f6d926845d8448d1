import { getActiveResourcesInfo } from 'node:process';
import timers from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { KnownMerchants } from '../../../lib/database/known-merchants.js';
import { FleetRate } from '../../../lib/database/orders/fleet-rate.js';
import { OrderChecks } from '../../../lib/database/orders/order-checks.js';
import { SharedOrders, type ProcessClock } from '../../../lib/database/orders/shared-orders.js';
import type { SqlDatabase, SqlValue } from '../../../lib/database/sql-database.js';
import type { Finding, QueriedOrder } from '../../../lib/outcomes/due-orders.js';
import type { NamedOrder } from '../../../lib/outcomes/read-merchant-orders.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { lines, recordLines } from '../../support/log-lines.js';
import { paymentEvent, transferEvent } from '../../outcomes/support/events.js';
import { MemoryTables } from '../support/memory-tables.js';

const START = Date.UTC(2024, 5, 1);
const DAY_MS = 86_400_000;
const LEASE_MS = 120_000;
const RECONCILE = {
  enabled: true,
  afterMs: 540_000,
  everyMs: 60_000,
  maxDelayMs: 3_600_000,
  perMinute: 60,
  batchSize: 500,
  recheckPaidDays: 0,
};
const O1 = { kind: 'payment', mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1' } as const;

let shop: MemoryTables;
beforeEach(async () => {
  recordLines();
  shop = await MemoryTables.open();
});
afterEach(() => {
  jest.restoreAllMocks();
  shop.close();
});

/** A clock whose waits pass at once. */
class OwnClock implements ProcessClock {
  readonly waits: number[] = [];
  time = START;
  now = () => this.time;
  random = () => 0.5;
  wait = async (ms: number) => {
    this.waits.push(ms);
    this.time += ms;
  };
}

interface Given {
  reconcile?: Partial<typeof RECONCILE>;
  /** Undefined: a resolver, which knows M1. */
  mchNos?: readonly string[] | undefined;
  database?: SqlDatabase;
  /** How far the database's clock is ahead of the process's, in ms. */
  aheadMs?: number;
}

function process({ reconcile, aheadMs = 0, database = shop.database, ...given }: Given = {}) {
  const clock = new OwnClock();
  const checks = new OrderChecks(database, shop.tables, '');
  const merchants = new KnownMerchants({
    mchNos: 'mchNos' in given ? given.mchNos : ['M1'],
    forNotify: async (mchNo, appId) => (mchNo === 'M1' ? { mchNo, appId, secrets: [] } : undefined),
  });
  const now = () => ({ sql: '?', params: [clock.time + aheadMs] });
  const rate = new FleetRate('sqlite', shop.tables, '', reconcile?.perMinute ?? RECONCILE.perMinute, now);
  const options = { connectionTimeoutMs: 1_000, lockTimeoutMs: 1_000, reconcile: { ...RECONCILE, ...reconcile } };
  return { clock, checks, orders: new SharedOrders({ database, checks, rate, merchants }, options, clock) };
}

async function add(mchOrderNo: string, changes: Readonly<Record<string, SqlValue>> = {}): Promise<void> {
  const own = { mch_order_no: mchOrderNo, compared_no: mchOrderNo.toLowerCase(), created_at: START - 60_000 };
  await shop.order({ ...own, next_check_at: START - 1, ...changes });
}

async function takeOnly(orders: SharedOrders): Promise<NamedOrder> {
  const [order, ...others] = await orders.sweep()(20);
  expect(others).toHaveLength(0);
  return order as NamedOrder;
}

const numbersOf = (taken: readonly (NamedOrder | Error)[]) => taken.map((order) => (order as NamedOrder).mchOrderNo);
const checksOf = () => shop.rows('order', 'mch_order_no, next_check_at, checks');
const nextCheck = async () => (await shop.row('order', 'next_check_at')).next_check_at;
const refill = () => shop.database.execute(`UPDATE ${shop.tables.rate} SET next_at = 0`);
const found = (state: number, change: Partial<QueriedOrder> = {}, kind = 'payment'): QueriedOrder => ({
  data: kind === 'payment' ? paymentEvent({ state }, 'query').data : transferEvent({ state }, 'query').data,
  isFinal: false,
  needsAttention: false,
  ...change,
});

describe('a sweep', () => {
  it('takes the most overdue orders first, leases them, and gives each a slot of the rate', async () => {
    const { orders, clock } = process();
    await add('O1', { next_check_at: START - 1 });
    await add('O2', { next_check_at: START - 3 });
    await add('T1', { kind: 'transfer', next_check_at: START });
    await add('Later', { next_check_at: START + 1 });
    const taken = (await orders.sweep()(20)) as NamedOrder[];
    const merchant = { mchNo: 'M1', appId: 'A1' };
    expect(taken.map(({ kind, mchOrderNo, merchant: of }) => ({ kind, mchOrderNo, merchant: of }))).toStrictEqual([
      { kind: 'payment', mchOrderNo: 'O2', merchant },
      { kind: 'payment', mchOrderNo: 'O1', merchant },
      { kind: 'transfer', mchOrderNo: 'T1', merchant },
    ]);
    const until = START + 2_000 + LEASE_MS;
    expect(await checksOf()).toStrictEqual([
      { mch_order_no: 'O1', next_check_at: until, checks: 1 },
      { mch_order_no: 'O2', next_check_at: until, checks: 1 },
      { mch_order_no: 'T1', next_check_at: until, checks: 1 },
      { mch_order_no: 'Later', next_check_at: START + 1, checks: 0 },
    ]);
    const times: number[] = [];
    for (const order of taken) {
      expect(await orders.turn(order)).toBe(true);
      times.push(clock.time - START);
    }
    expect(times).toStrictEqual([0, 1_000, 2_000]);
  });

  it('takes no more orders than it is asked for', async () => {
    const { orders } = process();
    for (const number of ['O1', 'O2', 'O3']) await add(number);
    expect(await orders.sweep()(2)).toHaveLength(2);
  });

  it('takes no more orders than there are free slots, and then waits for the next slot', async () => {
    const { orders, clock } = process();
    for (let index = 0; index < 8; index++) await add(`O${index}`);
    const take = orders.sweep();
    expect(await take(20)).toHaveLength(6);
    expect(clock.waits).toHaveLength(0);
    expect(await take(20)).toHaveLength(1);
    expect(clock.waits).toStrictEqual([1_000]);
  });

  it('ends without a wait when the rate is used up and no order is due', async () => {
    const { orders, clock } = process();
    for (let index = 0; index < 6; index++) await add(`O${index}`);
    const take = orders.sweep();
    await take(20);
    expect(await take(20)).toStrictEqual([]);
    expect(clock.waits).toHaveLength(0);
  });

  it('finds nothing where no order is due', async () => {
    const { orders } = process();
    await add('O1', { next_check_at: null });
    expect(await orders.sweep()(20)).toStrictEqual([]);
  });

  it('takes an order for one process only', async () => {
    await add('O1');
    const [one, other] = [process(), process()];
    expect(numbersOf(await one.orders.sweep()(20))).toStrictEqual(['O1']);
    expect(await other.orders.sweep()(20)).toStrictEqual([]);
    other.clock.time = START + LEASE_MS - 1;
    expect(await other.orders.sweep()(20)).toStrictEqual([]);
    other.clock.time = START + LEASE_MS;
    expect(numbersOf(await other.orders.sweep()(20))).toStrictEqual(['O1']);
  });

  it('leaves the orders of merchants that are configured elsewhere', async () => {
    const { orders } = process();
    await add('O1');
    await add('O2', { mch_no: 'M2' });
    expect(numbersOf(await orders.sweep()(20))).toStrictEqual(['O1']);
  });

  it('releases the orders of merchants that the resolver does not find, and takes the next ones', async () => {
    const { orders } = process({ mchNos: undefined });
    await add('Strange', { mch_no: 'M2', next_check_at: START - 5, created_at: START - 100_000 });
    await add('O1');
    const take = orders.sweep();
    expect(numbersOf(await take(1))).toStrictEqual(['O1']);
    const released = (await checksOf())[0];
    expect(released).toStrictEqual({ mch_order_no: 'Strange', next_check_at: START + 100_000, checks: 0 });
  });

  it('runs again when the database rolls it back', async () => {
    let refusals = 2;
    const { database } = shop;
    const { orders } = process({
      database: {
        dialect: 'sqlite',
        execute: (...statement) => database.execute(...statement),
        begin: async (limits) => {
          if (refusals-- > 0) throw Object.assign(new Error('busy'), { code: 'SQLITE_BUSY_SNAPSHOT' });
          return database.begin(limits);
        },
      },
    });
    await add('O1');
    expect(numbersOf(await orders.sweep()(20))).toStrictEqual(['O1']);
    refusals = 3;
    await expect(orders.sweep()(20)).rejects.toThrow('busy');
  });

  it('is by the clock of the database, whatever the clock of the process says', async () => {
    const { orders, clock } = process({ aheadMs: 3_600_000 });
    await add('O1', { next_check_at: START + 3_600_000 });
    const order = await takeOnly(orders);
    expect(await nextCheck()).toBe(START + 3_600_000 + LEASE_MS);
    expect(await orders.turn(order)).toBe(true);
    expect(clock.waits).toHaveLength(0);
    await orders.settle(order, { result: 'failed', queried: undefined });
    expect(await nextCheck()).toBe(START + 3_600_000 + 60_000);
  });

  it('takes nothing after the process has stopped', async () => {
    const { orders } = process();
    await add('O1');
    orders.stop();
    expect(await orders.sweep()(20)).toStrictEqual([]);
    expect(await nextCheck()).toBe(START - 1);
  });

  it('ends when the process stops while it waits for a slot', async () => {
    const { orders, clock } = process();
    for (let index = 0; index < 8; index++) await add(`O${index}`);
    const take = orders.sweep();
    await take(20);
    clock.wait = async () => orders.stop();
    expect(await take(20)).toStrictEqual([]);
  });
});

describe('the turn of an order', () => {
  it('comes at once for an order that was not taken', async () => {
    const { orders, clock } = process();
    clock.time = START + 10 * DAY_MS;
    expect(await orders.turn({ kind: 'payment', mchOrderNo: 'O1' })).toBe(true);
    expect(clock.waits).toHaveLength(0);
  });

  it('of an order that was not taken does not postpone those of taken ones', async () => {
    const { orders, clock } = process();
    await add('O1');
    await add('O2');
    const [first, second] = (await orders.sweep()(20)) as NamedOrder[];
    expect(await orders.turn(first!)).toBe(true);
    clock.time += 900;
    expect(await orders.turn({ kind: 'payment', mchOrderNo: 'O3' })).toBe(true);
    expect(await orders.turn(second!)).toBe(true);
    expect(clock.time - START).toBe(1_000);
  });

  it.each([
    [1_000, true],
    [1_001, false],
  ])('that is %i ms late comes: %s', async (lateMs, comes) => {
    const { orders, clock } = process();
    await add('O1');
    const order = await takeOnly(orders);
    clock.time += lateMs;
    expect(await orders.turn(order)).toBe(comes);
  });

  it('that is lost puts the order back as it was', async () => {
    const { orders, clock } = process();
    await add('O1', { checks: 4 });
    const order = await takeOnly(orders);
    clock.time += 5_000;
    expect(await orders.turn(order)).toBe(false);
    expect(await checksOf()).toStrictEqual([{ mch_order_no: 'O1', next_check_at: START - 1, checks: 4 }]);
  });

  it('is at least nine tenths of the interval after a turn that was late', async () => {
    const { orders, clock } = process();
    await add('O1');
    await add('O2');
    const [first, second] = (await orders.sweep()(20)) as NamedOrder[];
    clock.time += 900;
    expect(await orders.turn(first!)).toBe(true);
    expect(await orders.turn(second!)).toBe(true);
    expect(clock.time - START).toBe(1_800);
  });

  it('waits for the turn before it, and comes although that one failed', async () => {
    const { orders, clock } = process();
    await add('O1');
    await add('O2');
    await add('O3');
    const [first, second, third] = (await orders.sweep()(20)) as NamedOrder[];
    await orders.turn(first!);
    const { wait } = clock;
    let fail!: (error: Error) => void;
    clock.wait = () => new Promise((_, reject) => (fail = reject));
    const failing = orders.turn(second!);
    const next = orders.turn(third!);
    await new Promise(setImmediate);
    expect(clock.waits).toHaveLength(0);
    clock.wait = wait;
    fail(new Error('no timer'));
    await expect(failing).rejects.toThrow('no timer');
    expect(await next).toBe(true);
    expect(clock.waits).toStrictEqual([2_000]);
  });

  it('does not come after the process has stopped', async () => {
    const { orders } = process();
    await add('O1');
    const order = await takeOnly(orders);
    orders.stop();
    expect(await orders.turn(order)).toBe(false);
    expect(await checksOf()).toStrictEqual([{ mch_order_no: 'O1', next_check_at: START - 1, checks: 0 }]);
  });

  describe('by the real clock', () => {
    async function takeThree(): Promise<{ orders: SharedOrders; taken: NamedOrder[] }> {
      const { database } = shop;
      const checks = new OrderChecks(database, shop.tables, '');
      const rate = new FleetRate('sqlite', shop.tables, '', 60, () => ({ sql: '?', params: [Date.now()] }));
      const merchants = new KnownMerchants({ mchNos: ['M1'], forNotify: async () => undefined });
      const limits = { connectionTimeoutMs: 1_000, lockTimeoutMs: 1_000 };
      const orders = new SharedOrders({ database, checks, rate, merchants }, { ...limits, reconcile: RECONCILE });
      for (const number of ['O1', 'O2', 'O3']) await add(number);
      return { orders, taken: (await orders.sweep()(3)) as NamedOrder[] };
    }

    it('is waited for, which a stop ends', async () => {
      const clock = FakeTimers.install({ now: START, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
      try {
        const { orders, taken } = await takeThree();
        const [first, second, third] = taken;
        expect(await orders.turn(first!)).toBe(true);
        let hasCome = false;
        const turn = orders.turn(second!).then((comes) => (hasCome = comes));
        await clock.tickAsync(999);
        expect(hasCome).toBe(false);
        await clock.tickAsync(1);
        expect(hasCome).toBe(true);
        await turn;
        const last = orders.turn(third!);
        await clock.tickAsync(1);
        orders.stop();
        expect(await last).toBe(false);
        expect(Date.now()).toBe(START + 1_001);
      } finally {
        clock.uninstall();
      }
    });

    it('does not keep the process alive while it is waited for', async () => {
      jest.spyOn(Date, 'now').mockReturnValue(START);
      const alive = () => getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
      const { orders, taken } = await takeThree();
      const before = alive();
      const last = orders.turn(taken[2]!);
      await new Promise(setImmediate);
      expect(alive()).toBe(before);
      orders.stop();
      expect(await last).toBe(false);
    });

    it('does not come early because a timer failed', async () => {
      jest.spyOn(Date, 'now').mockReturnValue(START);
      const { orders, taken } = await takeThree();
      jest.spyOn(timers, 'setTimeout').mockRejectedValue(new Error('no timer'));
      await expect(orders.turn(taken[2]!)).rejects.toThrow('no timer');
    });
  });
});

describe('an order that is asked for by name', () => {
  it('is taken before all others', async () => {
    const { orders } = process();
    await add('O0', { next_check_at: START - 1_000 });
    await add('O1', { next_check_at: START + DAY_MS });
    expect((await orders.takeNamed(O1))?.mchOrderNo).toBe('O1');
    expect((await checksOf())[0]!.next_check_at).toBe(START - 1_000);
  });

  it.each([
    ['is unknown', undefined],
    ['is never checked again', { next_check_at: null }],
    ['has ended', { last_applied: OrderState.Success }],
    ['needs attention', { attention_at: START }],
    ['is being created', { status: 'creating' }],
    ['is being created again', { status: 'unknown', creating_until: START + 1 }],
  ])('is left alone if it %s', async (_, changes) => {
    const { orders } = process();
    if (changes !== undefined) await add('O1', changes);
    await add('O2');
    expect(await orders.takeNamed(O1)).toBeUndefined();
    expect((await shop.rows('order', 'checks')).every(({ checks }) => checks === 0)).toBe(true);
  });

  it.each([
    ['whose state is not final', { last_applied: OrderState.Paying }],
    ['whose create exceeded its lease', { status: 'unknown', creating_until: START }],
  ])('is taken if it is one %s', async (_, changes) => {
    const { orders } = process();
    await add('O1', changes);
    expect((await orders.takeNamed(O1))?.mchOrderNo).toBe('O1');
  });

  it('is the next one where the rate is used up', async () => {
    const { orders, clock } = process({ reconcile: { perMinute: 1 } });
    await add('O0', { next_check_at: START - 10 });
    await orders.sweep()(20);
    await orders.sweep()(20);
    for (let index = 2; index < 5; index++) await add(`O${index}`, { next_check_at: START - index });
    await orders.sweep()(20);
    await add('O1', { next_check_at: START + DAY_MS });
    expect(await orders.takeNamed(O1)).toBeUndefined();
    expect(clock.waits).toHaveLength(0);
    expect((await checksOf()).at(-1)!.next_check_at).toBeLessThan(START);
  });

  it('is nobody’s here if the resolver does not find its merchant', async () => {
    const { orders } = process({ mchNos: undefined });
    await add('O1', { mch_no: 'M2' });
    expect(await orders.takeNamed({ ...O1, mchNo: 'M2' })).toBeUndefined();
    expect(await nextCheck()).toBe(START + 60_000);
  });
});

describe('the next check of an order', () => {
  async function nextAfter(
    finding: Finding,
    { row = {}, ...given }: Given & { row?: Readonly<Record<string, SqlValue>> } = {},
  ) {
    const { orders } = process(given);
    await add('O1', row);
    const order = await takeOnly(orders);
    expect(await orders.settle(order, finding)).toBeUndefined();
    const next = await nextCheck();
    return next === null ? 'never' : Number(next) - START;
  }

  it.each(['applied', 'queued'] as const)('is not changed where its event was %s', async (result) => {
    expect(await nextAfter({ result, queried: found(2, { isFinal: true }) })).toBe(LEASE_MS);
  });

  it.each([
    [0, 60_000],
    [1, 120_000],
    [2, 240_000],
    [20, 3_600_000],
  ])('after a failure and %i checks before is in %i ms', async (checks, waitMs) => {
    expect(await nextAfter({ result: 'failed', queried: undefined }, { row: { checks } })).toBe(waitMs);
  });

  it('of an order that the gateway knows is not before its first one would be', async () => {
    expect(await nextAfter({ result: 'pending', queried: found(1) })).toBe(540_000 - 60_000);
  });

  it('of an older order is by the number of its checks', async () => {
    const row = { created_at: START - DAY_MS };
    expect(await nextAfter({ result: 'pending', queried: found(1) }, { row })).toBe(60_000);
  });

  it('of a transfer that needs attention is a day later, until 30 days after its report', async () => {
    const finding: Finding = { result: 'needs-attention', queried: undefined };
    const days = (count: number) => ({ row: { kind: 'transfer', attention_at: START - count * DAY_MS } });
    expect(await nextAfter(finding, { row: { kind: 'transfer' } })).toBe(DAY_MS);
    await shop.database.execute(`DELETE FROM ${shop.tables.order}`);
    await refill();
    expect(await nextAfter(finding, days(29))).toBe(DAY_MS);
    await shop.database.execute(`DELETE FROM ${shop.tables.order}`);
    await refill();
    expect(await nextAfter(finding, days(31))).toBe('never');
  });

  it.each([
    ['of a documented state', found(2, { isFinal: true })],
    ['without data', undefined],
  ])('never comes after a mismatch %s', async (_, queried) => {
    expect(await nextAfter({ result: 'mismatch', queried })).toBe('never');
    expect((await shop.row('order', 'attention_at')).attention_at).toBeNull();
  });

  it('after an undocumented state is a day later, and the order needs attention', async () => {
    expect(await nextAfter({ result: 'mismatch', queried: found(7, { isFinal: true }) })).toBe(DAY_MS);
    expect((await shop.row('order', 'attention_at')).attention_at).toBe(START);
  });

  it('after an undocumented state does not come when that was reported more than 30 days ago', async () => {
    const row = { attention_at: START - 31 * DAY_MS };
    expect(await nextAfter({ result: 'mismatch', queried: found(7, { isFinal: true }) }, { row })).toBe('never');
  });

  describe.each(['duplicate', 'stale'] as const)('of a paid order whose event is %s', (result) => {
    const finding: Finding = { result, queried: found(2, { isFinal: true }) };
    const reconcile = { recheckPaidDays: 5 };
    const row = { last_applied: OrderState.Success };
    const applied = (paidDaysAgo: number) => shop.outcome({ applied_at: START - paidDaysAgo * DAY_MS });

    it('is a day later while it may be refunded', async () => {
      await applied(1);
      expect(await nextAfter(finding, { reconcile, row })).toBe(DAY_MS);
    });

    it('never comes after those days', async () => {
      await applied(5);
      expect(await nextAfter(finding, { reconcile, row })).toBe('never');
    });

    it('never comes without recheckPaidDays, and its payment is not looked up', async () => {
      const lookUp = jest.spyOn(OrderChecks.prototype, 'paidAt');
      await applied(1);
      expect(await nextAfter(finding, { row })).toBe('never');
      expect(lookUp).not.toHaveBeenCalled();
    });

    it('never comes where its success was not applied here', async () => {
      expect(await nextAfter(finding, { reconcile, row })).toBe('never');
    });

    it.each([null, OrderState.Closed, OrderState.Refunded])('never comes in state %s', async (state) => {
      await applied(1);
      expect(await nextAfter(finding, { reconcile, row: { last_applied: state } })).toBe('never');
    });
  });

  it('is not set where it was changed while the order was queried', async () => {
    const { orders } = process();
    await add('O1');
    const order = await takeOnly(orders);
    await shop.database.execute(`UPDATE ${shop.tables.order} SET next_check_at = 7`);
    await orders.settle(order, { result: 'failed', queried: undefined });
    expect(await nextCheck()).toBe(7);
  });

  it('is not set by the query of an operator', async () => {
    const { orders } = process();
    await add('O1');
    await orders.settle({ kind: 'payment', mchOrderNo: 'O1' }, { result: 'pending', queried: found(1) }, O1);
    expect(await shop.row('order', 'next_check_at, gateway_state, gateway_id')).toStrictEqual({
      next_check_at: START - 1,
      gateway_state: 1,
      gateway_id: 'P1',
    });
  });

  it('is none of an order that is not in the table, or was not identified', async () => {
    const { orders } = process();
    await add('O2', { status: 'unknown' });
    const finding: Finding = { result: 'pending', queried: found(1) };
    const before = await shop.rows('order');
    expect(await orders.settle({ kind: 'payment', mchOrderNo: 'O1' }, finding, O1)).toBeUndefined();
    expect(await orders.settle({ kind: 'payment', mchOrderNo: 'O2' }, finding)).toBeUndefined();
    expect(await shop.rows('order')).toStrictEqual(before);
  });
});

describe('an order that the gateway does not know', () => {
  const notFound: Finding = { result: 'not-found', queried: undefined };

  async function settle(row: Readonly<Record<string, SqlValue>>) {
    const { orders } = process();
    await add('O1', row);
    return orders.settle(await takeOnly(orders), notFound);
  }

  it.each([
    ['a day after its expiry', { expires_at: START - DAY_MS }],
    ['a day and two hours after its create, where its expiry is unknown', { created_at: START - DAY_MS - 7_200_000 }],
  ])('was never made %s', async (_, row) => {
    expect(await settle({ status: 'unknown', ...row })).toBe('never-made');
    expect(await shop.row('order', 'status, next_check_at')).toStrictEqual({
      status: 'never-made',
      next_check_at: null,
    });
    expect(lines).toStrictEqual([
      'warn Pass2PayCreate: The create of payment O1 of merchant M1 is resolved: the gateway does not know it a day after it would have expired, so it was never created.',
    ]);
  });

  it.each([
    ['less than a day after its expiry', { expires_at: START - DAY_MS + 1 }],
    ['less than 26 hours after its create', { created_at: START - DAY_MS - 7_200_000 + 1 }],
    ['where it was confirmed', { status: 'created', expires_at: START - 2 * DAY_MS }],
    ['while it is being sent again', { expires_at: START - 2 * DAY_MS, creating_until: START + 1 }],
  ])('is checked again %s', async (_, row) => {
    expect(await settle({ status: 'unknown', ...row })).toBeUndefined();
    expect(await nextCheck()).toBe(START + 60_000);
    expect(lines).toHaveLength(0);
  });

  it('is not called never made after a query that only failed', async () => {
    const { orders } = process();
    await add('O1', { status: 'unknown', expires_at: START - 2 * DAY_MS });
    expect(await orders.settle(await takeOnly(orders), { result: 'failed', queried: undefined })).toBeUndefined();
    expect((await shop.row('order', 'status')).status).toBe('unknown');
  });
});

describe('an order that a query finds', () => {
  const settle = async (queried: QueriedOrder, row: Readonly<Record<string, SqlValue>> = {}) => {
    const own = process();
    const stored = jest.spyOn(own.checks, 'found');
    const confirmed = jest.spyOn(own.checks, 'exists');
    await add('O1', row);
    await own.orders.settle(await takeOnly(own.orders), { result: 'pending', queried });
    const { status, gateway_state, gateway_id } = await shop.row('order');
    return { row: [status, gateway_state, gateway_id], stored, confirmed };
  };

  it.each(['unknown', 'creating'])('is created although its create was %s', async (status) => {
    expect((await settle(found(1), { status })).row).toStrictEqual(['created', 1, 'P1']);
    expect(lines).toStrictEqual([
      'log Pass2PayCreate: The create of payment O1 of merchant M1 is resolved: a query found it.',
    ]);
  });

  it('is created although its create was refused, which was never unknown', async () => {
    expect((await settle(found(0), { status: 'refused' })).row).toStrictEqual(['created', 0, 'P1']);
    expect(lines).toHaveLength(0);
  });

  it('is known by its transfer ID if it is a transfer', async () => {
    expect((await settle(found(1, {}, 'transfer'), { kind: 'transfer' })).row).toStrictEqual(['created', 1, 'T1']);
    expect(lines).toHaveLength(0);
  });

  it('is not written where nothing has changed', async () => {
    const { stored, confirmed } = await settle(found(1), { gateway_state: 1, gateway_id: 'P1' });
    expect(stored).not.toHaveBeenCalled();
    expect(confirmed).not.toHaveBeenCalled();
  });

  it.each([
    ['its state', { gateway_state: 0, gateway_id: 'P1' }],
    ['its number at the gateway', { gateway_state: 1 }],
  ])('is written where %s is new', async (_, row) => {
    expect((await settle(found(1), row)).row).toStrictEqual(['created', 1, 'P1']);
  });

  it('is left to its event once it has ended', async () => {
    expect((await settle(found(2, { isFinal: true }), { status: 'unknown' })).row).toStrictEqual([
      'unknown',
      null,
      null,
    ]);
  });

  it('is not taken for the merchant’s order if its amount differs', async () => {
    expect((await settle(found(1), { status: 'unknown', amount: 6 })).row).toStrictEqual(['unknown', null, null]);
    expect(lines).toHaveLength(0);
  });
});

describe('the attention that a transfer needs', () => {
  it('is recorded once, at the first report', async () => {
    const { orders, clock } = process();
    await add('O1');
    expect(await orders.noteAttention(O1)).toBe(true);
    clock.time += 1;
    expect(await orders.noteAttention(O1)).toBe(false);
    expect((await shop.row('order', 'attention_at')).attention_at).toBe(START);
  });
});

describe('shared orders', () => {
  it('are there, and have up to 20 queries under way', () => {
    const { orders } = process();
    expect([orders.areThere, orders.atOnce]).toStrictEqual([true, 20]);
  });
});
