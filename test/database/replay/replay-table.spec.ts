import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OutcomeTable } from '../../../lib/database/outcomes/outcome-table.js';
import { ReplayTable, type ReplayCall, type ReplayScope } from '../../../lib/database/replay/replay-table.js';
import { tablesOf } from '../../../lib/database/schema/schema-names.js';
import type { SqlValue } from '../../../lib/database/sql-database.js';
import { PaymentOrder } from '../../../lib/payments/payment-order.dto.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { Transfer } from '../../../lib/transfers/transfer.dto.js';
import { paymentEvent, transferEvent } from '../../outcomes/support/events.js';
import { MemoryTables } from '../support/memory-tables.js';
import { ScriptedTransaction, scriptedDatabase } from '../support/scripted-transaction.js';

const NOW = 1_000_000;
const LEASE_MS = 100;
const KEY = 'payment:M1:P1:2';
const ANY: ReplayScope = { handlers: [], mchNos: undefined };

let shop: MemoryTables;
let table: ReplayTable;

beforeEach(async () => {
  shop = await MemoryTables.open();
  table = new ReplayTable(shop.database, shop.tables, '');
});
afterEach(() => shop.close());

const request = (changes: Readonly<Record<string, SqlValue>> = {}) =>
  shop.replay({ requested_at: NOW, due_at: NOW, ...changes });
const take = (scope: Partial<ReplayScope> = {}, now = NOW, own = table) =>
  shop.committing((transaction) => own.take(transaction, { ...ANY, ...scope }, { now, leaseMs: LEASE_MS }));
const begin = (call: ReplayCall, now = NOW) =>
  shop.committing((transaction) => table.begin(transaction, call, paymentEvent(), now));
const states = () => shop.rows('replay', 'status, error, attempts, ended_at, due_at');

describe('a requested replay', () => {
  it('is taken, with an attempt more, and again after its lease', async () => {
    await request({ requested_at: 7 });
    await request({ due_at: NOW + 9 * LEASE_MS });
    const call = { id: 1, idempotencyKey: KEY, handler: undefined, requestedAt: 7 };
    expect(await take()).toStrictEqual({ ...call, attempts: 1 });
    expect(await take({}, NOW + LEASE_MS - 1)).toBeUndefined();
    expect(await take({}, NOW + LEASE_MS)).toStrictEqual({ ...call, attempts: 2 });
    expect(await shop.rows('replay', 'attempts, due_at')).toStrictEqual([
      { attempts: 2, due_at: NOW + 2 * LEASE_MS },
      { attempts: 0, due_at: NOW + 9 * LEASE_MS },
    ]);
  });

  it('is taken one at a time, the one that has waited longest first', async () => {
    for (const dueAt of [NOW, NOW - 2, NOW, NOW + 1]) await request({ due_at: dueAt });
    const ids = [await take(), await take(), await take(), await take()].map((call) => call?.id);
    expect(ids).toStrictEqual([2, 1, 3, undefined]);
  });

  it('is of the handlers, merchants and instance of the process', async () => {
    await request({ handler: 'Mail.send', mch_no: 'M2' });
    expect(await take()).toBeUndefined();
    expect(await take({ handlers: ['Crm.tell', 'Old.print'] })).toBeUndefined();
    expect(await take({ handlers: ['Mail.send'], mchNos: ['M1'] })).toBeUndefined();
    expect(
      await take({ handlers: ['Mail.send'] }, NOW, new ReplayTable(shop.database, shop.tables, 'eu')),
    ).toBeUndefined();
    const scope = { handlers: ['Crm.tell', 'Mail.send'], mchNos: ['M1', 'M2'] };
    expect(await take(scope)).toMatchObject({ id: 1, handler: 'Mail.send' });
  });

  it('for all handlers is taken by a process with any', async () => {
    await request();
    expect(await take({ handlers: ['Mail.send'], mchNos: ['M1'] })).toMatchObject({ id: 1 });
  });
});

describe('the outcome of a replay', () => {
  const apply = (...events: Parameters<OutcomeTable['receive']>[1][]) =>
    shop.committing(async (transaction) => {
      for (const event of events) await new OutcomeTable('sqlite', shop.tables, '').receive(transaction, event, NOW);
    });

  it('is what its handlers got, marked as replayed', async () => {
    await shop.order({
      last_applied: OrderState.Closed,
      gateway_state: OrderState.Closed,
      adopted: 1,
      checkout_key: 'cart',
    });
    await apply(paymentEvent({ subject: 'tea' }, 'query'));
    await shop.database.execute(`UPDATE ${shop.tables.outcome} SET duplicate_of = 'O9' WHERE id = ?`, [1]);
    const outcome = await table.outcome(KEY);
    expect(outcome).toStrictEqual({
      event: paymentEvent({ subject: 'tea' }, 'query'),
      facts: {
        late: true,
        gatewayState: OrderState.Closed,
        previousState: OrderState.Closed,
        adopted: true,
        checkoutKey: 'cart',
        duplicateOf: 'O9',
        replayed: true,
        source: 'query',
        idempotencyKey: KEY,
      },
    });
    expect(outcome!.event.data).toBeInstanceOf(PaymentOrder);
  });

  it('has no facts that nobody knows', async () => {
    await shop.order({ kind: 'transfer' });
    await apply(transferEvent());
    const outcome = await table.outcome('transfer:M1:T1:2');
    expect(outcome!.facts).toStrictEqual({
      late: false,
      adopted: false,
      replayed: true,
      source: 'notify',
      idempotencyKey: 'transfer:M1:T1:2',
    });
    expect(outcome!.event.data).toBeInstanceOf(Transfer);
  });

  it('is there although its order has been deleted', async () => {
    await shop.order();
    await apply(paymentEvent());
    await shop.database.execute(`DELETE FROM ${shop.tables.order}`);
    expect(await table.outcome(KEY)).toMatchObject({ facts: { adopted: false, late: false } });
  });

  it('has the facts of its own order only', async () => {
    await shop.order();
    const others: Readonly<Record<string, SqlValue>>[] = [
      { compared_no: 'o2' },
      { mch_no: 'M2' },
      { kind: 'transfer' },
      { instance: 'eu' },
    ];
    for (const key of others) {
      await shop.order({ checkout_key: 'other', adopted: 1, ...key });
    }
    await apply(paymentEvent());
    expect((await table.outcome(KEY))!.facts).toMatchObject({ adopted: false });
    expect((await table.outcome(KEY))!.facts).not.toHaveProperty('checkoutKey');
  });

  it('is nothing for an outcome that was not applied, or of another instance', async () => {
    await shop.order();
    await apply(paymentEvent(), paymentEvent({ state: OrderState.Closed }));
    expect(await table.outcome('payment:M1:P1:6')).toBeUndefined();
    expect(await table.outcome('payment:M1:P9:2')).toBeUndefined();
    expect(await new ReplayTable(shop.database, shop.tables, 'eu').outcome(KEY)).toBeUndefined();
  });
});

describe('a replay that was taken', () => {
  let call: ReplayCall;
  beforeEach(async () => {
    await request();
    await request({ due_at: NOW + 1 });
    call = (await take())!;
  });
  const other = { status: 'pending', error: null, attempts: 0, ended_at: null, due_at: NOW + 1 };
  const done = { status: 'done', error: null, attempts: 1, ended_at: NOW + 5, due_at: null };

  it('is done once its handlers have committed, and begins only once', async () => {
    await table.putBack({ ...call, attempts: 1 }, 'nobody knows the merchant', NOW);
    call = (await take())!;
    expect(await begin(call, NOW + 5)).toBe(true);
    expect(await begin(call, NOW + 6)).toBe(false);
    expect(await states()).toStrictEqual([done, other]);
  });

  it('is pending again where its transaction is rolled back', async () => {
    const error = new Error('no stock');
    const work = shop.committing(async (transaction) => {
      await table.begin(transaction, call, paymentEvent(), NOW);
      throw error;
    });
    await expect(work).rejects.toBe(error);
    expect((await states())[0]).toMatchObject({ status: 'pending', due_at: NOW + LEASE_MS });
  });

  it('tells whether it is done', async () => {
    const isDone = () => table.isDoneAfterLock(shop.database, call);
    expect(await isDone()).toBe(false);
    await begin(call);
    expect(await isDone()).toBe(true);
    expect(await table.isDoneAfterLock(shop.database, { ...call, id: 99 })).toBe(false);
  });

  it('has failed for good', async () => {
    await table.fail(call, 'no stock', NOW + 5);
    expect(await states()).toStrictEqual([{ ...done, status: 'failed', error: 'no stock' }, other]);
    expect(await take({}, NOW + 1)).toMatchObject({ id: 2 });
    expect(await take({}, NOW + LEASE_MS)).toBeUndefined();
  });

  it('stays done where it is said to have failed since', async () => {
    await begin(call, NOW + 5);
    await table.fail(call, 'no stock', NOW + 6);
    expect((await states())[0]).toStrictEqual(done);
  });

  it('has no attempt more once it is put back', async () => {
    await table.putBack(call, 'nobody knows the merchant', NOW + 7);
    expect(await states()).toStrictEqual([
      { status: 'pending', error: 'nobody knows the merchant', attempts: 0, ended_at: null, due_at: NOW + 7 },
      other,
    ]);
  });

  it('is not put back where another process has taken it, or it has ended, since', async () => {
    const again = (await take({}, NOW + LEASE_MS))!;
    expect(again.id).toBe(2);
    const next = (await take({}, NOW + LEASE_MS))!;
    expect(next).toMatchObject({ id: 1, attempts: 2 });
    await table.putBack(call, 'nobody knows the merchant', 1);
    expect((await states())[0]).toMatchObject({ error: null, attempts: 2, due_at: NOW + 2 * LEASE_MS });
    await begin(next, NOW + 5);
    await table.putBack(next, 'nobody knows the merchant', 1);
    expect((await states())[0]).toStrictEqual({ ...done, attempts: 2 });
  });
});

describe('replays that nobody takes', () => {
  const giveUp = (own = table) =>
    shop.committing((transaction) => own.giveUp(transaction, 'nobody took it', { requestedBefore: NOW, now: NOW + 5 }));

  it('fail with the reason that was found, or the one that is given', async () => {
    await request({ requested_at: NOW - 1 });
    await request({ requested_at: NOW - 1, error: 'nobody knows the merchant' });
    expect(await giveUp()).toBe(2);
    const failed = { status: 'failed', attempts: 0, ended_at: NOW + 5, due_at: null };
    expect(await states()).toStrictEqual([
      { ...failed, error: 'nobody took it' },
      { ...failed, error: 'nobody knows the merchant' },
    ]);
    expect(await giveUp()).toBe(0);
  });

  it('do not fail while they are young, taken, or of another instance', async () => {
    await request({ requested_at: NOW });
    await request({ requested_at: NOW - 1, due_at: NOW + 6 });
    await request({ requested_at: NOW - 1, due_at: null, status: 'done' });
    await request({ requested_at: NOW - 1, instance: 'eu' });
    expect(await giveUp()).toBe(0);
    await request({ requested_at: NOW - 1, due_at: NOW + 5 });
    expect(await giveUp()).toBe(1);
  });
});

describe('on a server', () => {
  const tables = tablesOf();
  let transaction: ScriptedTransaction;
  let served: ReplayTable;
  beforeEach(() => {
    transaction = new ScriptedTransaction();
    served = new ReplayTable(scriptedDatabase('postgres', transaction), tables, '');
  });
  const call: ReplayCall = { id: 7, idempotencyKey: KEY, handler: undefined, attempts: 1, requestedAt: NOW };

  it('replays that another process holds are skipped', async () => {
    const scope = { handlers: ['Mail.send', 'Crm.tell'], mchNos: ['M1', 'M2'] };
    expect(await served.take(transaction, scope, { now: NOW, leaseMs: 1 })).toBeUndefined();
    expect(transaction.executed).toMatchObject([
      {
        sql: expect.stringMatching(/ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED$/),
        params: ['', NOW, 'Mail.send', 'Crm.tell', 'M1', 'M2'],
      },
    ]);
    transaction.executed.length = 0;
    await served.take(transaction, ANY, { now: NOW, leaseMs: 1 });
    // PostgreSQL and MySQL refuse an empty list.
    expect(transaction.executed).toMatchObject([{ sql: expect.not.stringMatching(/\(\s*\)/), params: ['', NOW] }]);
  });

  it('the order is locked before the replay begins, so that its other outcomes wait', async () => {
    expect(await served.begin(transaction, call, paymentEvent(), NOW)).toBe(false);
    expect(transaction.executed[0]).toMatchObject({
      sql: `SELECT mch_order_no FROM ${tables.order} WHERE instance = ? AND kind = ? AND mch_no = ? AND compared_no = ? FOR UPDATE`,
      params: ['', 'payment', 'M1', 'o1'],
    });
    expect(transaction.sql[1]).toMatch(/^UPDATE/);
  });

  it('a commit in progress is awaited before the replay is read', async () => {
    await served.isDoneAfterLock(transaction, call);
    expect(transaction.sql).toStrictEqual([`SELECT status FROM ${tables.replay} WHERE id = ? FOR UPDATE`]);
  });
});
