import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isEnded, OrderChecks, type CheckedOrder } from '../../../lib/database/orders/order-checks.js';
import type { SqlDialect, SqlValue } from '../../../lib/database/sql-database.js';
import type { QueriedOrder } from '../../../lib/outcomes/due-orders.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { paymentEvent, transferEvent } from '../../outcomes/support/events.js';
import { MemoryTables } from '../support/memory-tables.js';
import { ScriptedTransaction, scriptedDatabase } from '../support/scripted-transaction.js';

const NOW = 1_000_000;
const O1 = { kind: 'payment', mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1' } as const;

let shop: MemoryTables;
let checks: OrderChecks;
beforeEach(async () => {
  shop = await MemoryTables.open();
  checks = new OrderChecks(shop.database, shop.tables, '');
});
afterEach(() => shop.close());

type Row = Readonly<Record<string, SqlValue>>;

const add = (mchOrderNo: string, changes: Row = {}) =>
  shop.order({ mch_order_no: mchOrderNo, compared_no: mchOrderNo.toLowerCase(), ...changes });
const take = (given: Partial<Parameters<OrderChecks['take']>[1]> = {}) =>
  shop.committing((transaction) =>
    checks.take(transaction, { mchNos: undefined, now: NOW, most: 10, until: () => NOW + 60, ...given }),
  );
const numbersOf = (orders: readonly CheckedOrder[]) => orders.map(({ mchOrderNo }) => mchOrderNo);
const queried = (state: number, kind = 'payment'): QueriedOrder => ({
  data: kind === 'payment' ? paymentEvent({ state }, 'query').data : transferEvent({ state }, 'query').data,
  isFinal: false,
  needsAttention: false,
});

describe('orders that are due', () => {
  it('are taken with all that a check needs', async () => {
    await add('O1', {
      gateway_id: 'P1',
      gateway_state: 1,
      last_applied: 0,
      checkout_key: 'K1',
      created_at: 5,
      expires_at: 6,
      creating_until: 7,
      next_check_at: 8,
      attention_at: 9,
      checks: 3,
    });
    expect(await take()).toStrictEqual([
      {
        mchOrderNo: 'O1',
        appId: 'A1',
        status: 'created',
        gatewayId: 'P1',
        amount: 5,
        currency: 'cny',
        gatewayState: 1,
        lastApplied: 0,
        checkoutKey: 'K1',
        isAdopted: false,
        hasSuccessToApply: false,
        kind: 'payment',
        mchNo: 'M1',
        createdAt: 5,
        expiresAt: 6,
        creatingUntil: 7,
        checks: 3,
        nextCheckAt: 8,
        attentionAt: 9,
      },
    ]);
  });

  it('are leased for the number that was taken, and only they', async () => {
    await add('O1', { next_check_at: NOW });
    await add('O2', { next_check_at: NOW - 1, checks: 2 });
    await add('O3', { next_check_at: NOW + 1 });
    await add('O4');
    expect(numbersOf(await take({ until: (count) => NOW + 1_000 * count }))).toStrictEqual(['O2', 'O1']);
    expect(await shop.rows('order', 'mch_order_no, next_check_at, checks')).toStrictEqual([
      { mch_order_no: 'O1', next_check_at: NOW + 2_000, checks: 1 },
      { mch_order_no: 'O2', next_check_at: NOW + 2_000, checks: 3 },
      { mch_order_no: 'O3', next_check_at: NOW + 1, checks: 0 },
      { mch_order_no: 'O4', next_check_at: null, checks: 0 },
    ]);
  });

  it('are the most overdue ones, as many as were asked for', async () => {
    for (const [index, at] of [3, 1, 2].entries()) await add(`O${index}`, { next_check_at: at });
    expect(numbersOf(await take({ most: 2.9 }))).toStrictEqual(['O1', 'O2']);
  });

  it('become unknown if their creates have left them, and keep any other status', async () => {
    await add('O1', { status: 'creating', next_check_at: 1 });
    await add('O2', { status: 'never-made', next_check_at: 2 });
    expect((await take()).map(({ status }) => status)).toStrictEqual(['unknown', 'never-made']);
    expect(await shop.rows('order', 'status')).toStrictEqual([{ status: 'unknown' }, { status: 'never-made' }]);
  });

  it('are those of the merchants that are given', async () => {
    for (const mchNo of ['M1', 'M2', 'M3']) await add(`O-${mchNo}`, { mch_no: mchNo, next_check_at: 1 });
    expect(await checks.isAnyDue(shop.database, ['M4'], NOW)).toBe(false);
    expect(await checks.isAnyDue(shop.database, ['M4', 'M1'], NOW)).toBe(true);
    expect(numbersOf(await take({ mchNos: ['M1', 'M3'] })).toSorted()).toStrictEqual(['O-M1', 'O-M3']);
  });

  it('are those of the instance', async () => {
    await add('O1', { instance: 'other', next_check_at: 1 });
    expect(await take()).toStrictEqual([]);
    expect(await checks.isAnyDue(shop.database, undefined, NOW)).toBe(false);
    expect((await shop.row('order', 'checks')).checks).toBe(0);
  });

  it.each([
    [NOW - 1, false],
    [NOW, true],
  ])('are there at %i: %s', async (now, isAny) => {
    await add('O1', { next_check_at: NOW });
    expect(await checks.isAnyDue(shop.database, undefined, now)).toBe(isAny);
  });

  it.each<[SqlDialect, boolean]>([
    ['postgres', true],
    ['mysql', true],
    ['sqlite', false],
  ])('that another process has locked are skipped on %s: %s', async (dialect, isLocking) => {
    const transaction = new ScriptedTransaction();
    const own = new OrderChecks(scriptedDatabase(dialect, transaction), shop.tables, '');
    await own.take(transaction, { mchNos: undefined, now: NOW, most: 1, until: () => NOW });
    expect(transaction.sql).toHaveLength(1);
    expect(transaction.sql[0]!.endsWith('LIMIT 1 FOR UPDATE SKIP LOCKED')).toBe(isLocking);
    expect(transaction.sql[0]!.endsWith('LIMIT 1')).toBe(!isLocking);
    expect(transaction.executed[0]!.params).toStrictEqual(['', NOW]);
  });
});

describe('an order by its number', () => {
  it('is found as the gateway compares numbers', async () => {
    await add('O1');
    expect(await checks.find({ ...O1, mchOrderNo: 'o1 ' })).toMatchObject({
      mchOrderNo: 'O1',
      expiresAt: undefined,
      creatingUntil: undefined,
      nextCheckAt: undefined,
      attentionAt: undefined,
    });
  });

  it.each([{ mchNo: 'M2' }, { kind: 'transfer' as const }, { mchOrderNo: 'O2' }])(
    'is not one with %j',
    async (other) => {
      await add('O1');
      expect(await checks.find({ ...O1, ...other })).toBeUndefined();
    },
  );

  it.each([
    [undefined, false],
    [OrderState.Paying, false],
    [OrderState.Success, true],
    [OrderState.Closed, true],
  ])('has ended after state %s: %s', async (lastApplied, hasEnded) => {
    await add('O1', { last_applied: lastApplied ?? null });
    expect(isEnded((await checks.find(O1))!)).toBe(hasEnded);
  });
});

describe('an order that is put first', () => {
  const first = async () => (await shop.rows('order', 'next_check_at'))[0]!.next_check_at;

  it('is more overdue than any other of the instance', async () => {
    await add('O1', { next_check_at: NOW + 500 });
    await add('O2', { next_check_at: NOW - 100 });
    await add('O3', { next_check_at: NOW - 50 });
    await add('O4', { next_check_at: NOW - 900, instance: 'other' });
    await checks.putFirst(O1, NOW);
    expect(await first()).toBe(NOW - 101);
    expect((await shop.rows('order', 'next_check_at')).slice(1).map((row) => row.next_check_at)).toStrictEqual([
      NOW - 100,
      NOW - 50,
      NOW - 900,
    ]);
  });

  it('is due now where all others are later', async () => {
    await add('O1', { next_check_at: NOW + 500 });
    await checks.putFirst(O1, NOW);
    expect(await first()).toBe(NOW);
  });

  it('stays without a check if it had none', async () => {
    await add('O1');
    await checks.putFirst(O1, NOW);
    expect(await first()).toBeNull();
  });
});

describe('an order that was taken', () => {
  const row = () => shop.row('order', 'next_check_at, checks');

  it.each([
    ['lookAgain', 3],
    ['putBack', 2],
  ] as const)('%s sets its next check, and leaves %i checks', async (method, count) => {
    await add('O1', { next_check_at: NOW + 60, checks: 3 });
    await checks[method](O1, NOW + 60, NOW + 90);
    expect(await row()).toStrictEqual({ next_check_at: NOW + 90, checks: count });
  });

  it.each(['lookAgain', 'putBack'] as const)('%s changes nothing if another process has set it', async (method) => {
    await add('O1', { next_check_at: NOW + 61, checks: 3 });
    await checks[method](O1, NOW + 60, NOW + 90);
    expect(await row()).toStrictEqual({ next_check_at: NOW + 61, checks: 3 });
  });

  it('may never be checked again', async () => {
    await add('O1', { next_check_at: NOW + 60 });
    await checks.lookAgain(O1, NOW + 60, null);
    expect(await row()).toStrictEqual({ next_check_at: null, checks: 0 });
  });
});

describe('the state that a query found', () => {
  const row = () => shop.row('order', 'gateway_state, gateway_id');

  it('is stored with the number at the gateway', async () => {
    await add('O1');
    await checks.found(O1, queried(1));
    expect(await row()).toStrictEqual({ gateway_state: 1, gateway_id: 'P1' });
  });

  it('is stored with a transfer’s number at the gateway', async () => {
    await add('O1', { kind: 'transfer' });
    await checks.found({ ...O1, kind: 'transfer' }, queried(1, 'transfer'));
    expect(await row()).toStrictEqual({ gateway_state: 1, gateway_id: 'T1' });
  });

  it('does not replace a number at the gateway', async () => {
    await add('O1', { gateway_id: 'P0', gateway_state: 0 });
    await checks.found(O1, queried(1));
    expect(await row()).toStrictEqual({ gateway_state: 1, gateway_id: 'P0' });
  });

  it('does not replace a later state', async () => {
    await add('O1', { gateway_state: OrderState.Closed });
    await checks.found(O1, queried(1));
    expect(await row()).toStrictEqual({ gateway_state: 6, gateway_id: null });
  });
});

describe('an order whose create was not confirmed', () => {
  it.each([
    ['unknown', true, 'created'],
    ['refused', true, 'created'],
    ['never-made', true, 'created'],
    ['creating', false, 'creating'],
    ['created', false, 'created'],
  ])('exists after %s: %s', async (status, isChanged, next) => {
    await add('O1', { status });
    expect(await checks.exists(O1, queried(1), NOW)).toBe(isChanged);
    expect(await shop.row('order', 'status, gateway_id, next_check_at')).toStrictEqual({
      status: next,
      gateway_id: isChanged ? 'P1' : null,
      next_check_at: isChanged ? NOW : null,
    });
  });

  it('keeps its next check and its number at the gateway', async () => {
    await add('O1', { status: 'unknown', gateway_id: 'P0', next_check_at: 7 });
    await checks.exists(O1, queried(1), NOW);
    expect(await shop.row('order', 'gateway_id, next_check_at')).toStrictEqual({ gateway_id: 'P0', next_check_at: 7 });
  });

  it.each<[string, Row, boolean]>([
    ['is unknown', { status: 'unknown' }, true],
    ['has a lease that has ended', { status: 'unknown', creating_until: NOW }, true],
    ['is being sent again', { status: 'unknown', creating_until: NOW + 1 }, false],
    ['was confirmed', { status: 'created' }, false],
    ['was sent again since, and expires later', { status: 'unknown', expires_at: 9 }, false],
  ])('that %s was never made: %s', async (_, row, isNeverMade) => {
    await add('O1', { next_check_at: 7, ...row });
    expect(await checks.neverMade({ ...O1, expiresAt: undefined }, NOW)).toBe(isNeverMade);
    expect(await shop.row('order', 'status, next_check_at')).toStrictEqual(
      isNeverMade ? { status: 'never-made', next_check_at: null } : { status: row.status, next_check_at: 7 },
    );
  });

  it('was never made with the expiry that was queried', async () => {
    await add('O1', { status: 'unknown', expires_at: 9 });
    expect(await checks.neverMade({ ...O1, expiresAt: 9 }, NOW)).toBe(true);
  });
});

describe('a report of attention', () => {
  it('is recorded once', async () => {
    await add('O1');
    await add('O2');
    expect(await checks.noteAttention(O1, NOW)).toBe(true);
    expect(await checks.noteAttention(O1, NOW + 1)).toBe(false);
    expect(await shop.rows('order', 'attention_at')).toStrictEqual([{ attention_at: NOW }, { attention_at: null }]);
  });
});

describe('the time of a payment', () => {
  const outcome = (changes: Row = {}) =>
    shop.outcome({ idempotency_key: `key ${JSON.stringify(changes)}`, applied_at: 77, ...changes });

  it('is when its success was applied', async () => {
    await outcome({ state: OrderState.Paying, applied_at: 5 });
    await outcome();
    await outcome({ state: OrderState.Refunded, applied_at: 90 });
    expect(await checks.paidAt(O1)).toBe(77);
  });

  it.each<Row>([{ applied_at: null }, { compared_no: 'o2' }, { mch_no: 'M2' }, { instance: 'other' }])(
    'is unknown with an outcome of %j only',
    async (changes) => {
      await outcome(changes);
      expect(await checks.paidAt(O1)).toBeUndefined();
    },
  );

  it('is unknown without an outcome', async () => {
    expect(await checks.paidAt(O1)).toBeUndefined();
  });
});
