import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { Erasure, PAGE, type ErasedTable } from '../../../lib/database/erasure/erasure.js';
import type { SqlDialect, SqlValue } from '../../../lib/database/sql-database.js';
import { MemoryTables } from '../support/memory-tables.js';
import { ScriptedTransaction, scriptedDatabase } from '../support/scripted-transaction.js';

type Row = Readonly<Record<string, SqlValue>>;

const NOW = 1_000_000;
const LIMITS = { connectionTimeoutMs: 1_000, lockTimeoutMs: 1_000 };
const FIELDS = JSON.stringify({ mchOrderNo: 'O1', amount: 5, subject: 'a gift', clientIp: '10.0.0.1' });
const ERASED = JSON.stringify({ mchOrderNo: 'O1', amount: 5 });
const NOTHING = { orders: 0, outcomes: 0, afterCommit: 0, waiting: 0 };

let shop: MemoryTables;
let erasure: Erasure;
let clock: Clock;
beforeEach(async () => {
  shop = await MemoryTables.open();
  erasure = new Erasure(shop.database, shop.tables, '', LIMITS);
  clock = FakeTimers.install({ now: NOW, toFake: ['Date'] });
});
afterEach(() => {
  clock.uninstall();
  shop.close();
});

const order = (changes: Row = {}) => shop.order({ cust_no: 'C1', response: '{}', kept_since: 500, ...changes });
const outcome = (key: string, changes: Row = {}) =>
  shop.outcome({ idempotency_key: key, attempts: 1, fields: FIELDS, received_at: 1, kept_since: 500, ...changes });
const call = (key: string, changes: Row = {}) =>
  shop.afterCommit({
    idempotency_key: key,
    status: 'dead',
    outcome: FIELDS,
    created_at: 1,
    kept_since: 500,
    ...changes,
  });
const orders = () => shop.rows('order', 'cust_no, response, kept_since');
const outcomes = () => shop.rows('outcome', 'fields, kept_since');
const calls = () => shop.rows('afterCommit', 'outcome, kept_since');

describe('orders that are older than their time', () => {
  it('lose their customer and response, and nothing else', async () => {
    await order({ status: 'created', gateway_id: 'P1', gateway_state: 2, last_applied: 2, checkout_key: 'K1' });
    const before = await shop.row('order');
    expect(await erasure.erasePage('order', 500, NOW)).toBe(1);
    expect(await shop.row('order')).toStrictEqual({ ...before, cust_no: null, response: null, kept_since: null });
  });

  it.each<[string, Row]>([
    ['are newer', { kept_since: 501 }],
    ['are of another instance', { instance: 'other' }],
    ['are being created', { creating_until: NOW + 1 }],
    ['have no such data', { kept_since: null }],
  ])('are left if they %s', async (_, changes) => {
    await order(changes);
    const before = await shop.row('order');
    expect(await erasure.erasePage('order', 500, NOW)).toBe(0);
    expect(await shop.row('order')).toStrictEqual(before);
  });

  it('are erased once their create has exceeded its lease', async () => {
    await order({ creating_until: NOW });
    expect(await erasure.erasePage('order', 500, NOW)).toBe(1);
    expect(await orders()).toStrictEqual([{ cust_no: null, response: null, kept_since: null }]);
  });

  it('are erased a page at a time, oldest first', async () => {
    await order({ compared_no: 'newest', kept_since: 500 });
    for (let index = 0; index < PAGE; index++) await order({ compared_no: `o${index}`, kept_since: 400 });
    expect(await erasure.erasePage('order', 500, NOW)).toBe(100);
    expect((await orders()).filter(({ kept_since: since }) => since !== null)).toStrictEqual([
      { cust_no: 'C1', response: '{}', kept_since: 500 },
    ]);
    expect(await erasure.erasePage('order', 500, NOW)).toBe(1);
    expect(await erasure.erasePage('order', 500, NOW)).toBe(0);
  });
});

describe('outcomes that are older than their time', () => {
  it('lose their personal fields, and nothing else', async () => {
    await outcome('a', { kind: 'payment' });
    await outcome('b', { kind: 'transfer', fields: JSON.stringify({ accountNo: '1', entryType: 'BANK_CARD' }) });
    const [before] = await shop.rows('outcome');
    expect(await erasure.erasePage('outcome', 500, NOW)).toBe(2);
    const [after, transfer] = await shop.rows('outcome');
    expect(after).toStrictEqual({ ...before, fields: ERASED, kept_since: null });
    expect(transfer).toMatchObject({ fields: '{"entryType":"BANK_CARD"}', kept_since: null });
  });

  it.each<[string, Row]>([
    ['are newer', { kept_since: 501 }],
    ['are of another instance', { instance: 'other' }],
    ['wait for their handlers', { due_at: 1 }],
  ])('are left if they %s', async (_, changes) => {
    await outcome('a', changes);
    expect(await erasure.erasePage('outcome', 500, NOW)).toBe(0);
    expect(await outcomes()).toStrictEqual([{ fields: FIELDS, kept_since: changes.kept_since ?? 500 }]);
  });

  it('are erased oldest first', async () => {
    await outcome('newest', { kept_since: 500 });
    for (let index = 0; index < PAGE; index++) await outcome(`${index}`, { kept_since: 400 });
    expect(await erasure.erasePage('outcome', 500, NOW)).toBe(100);
    expect((await outcomes())[0]).toStrictEqual({ fields: FIELDS, kept_since: 500 });
    expect(await erasure.erasePage('outcome', 500, NOW)).toBe(1);
  });
});

describe('after-commit work that is older than its time', () => {
  it('loses its personal fields once it is dead, and nothing else', async () => {
    await call('a');
    const before = await shop.row('afterCommit');
    expect(await erasure.erasePage('afterCommit', 500, NOW)).toBe(1);
    expect(await shop.row('afterCommit')).toStrictEqual({ ...before, outcome: ERASED, kept_since: null });
  });

  it.each<[string, Row]>([
    ['is newer', { kept_since: 501 }],
    ['is of another instance', { instance: 'other' }],
    ['is pending', { status: 'pending' }],
  ])('is left if it %s', async (_, changes) => {
    await call('a', changes);
    expect(await erasure.erasePage('afterCommit', 500, NOW)).toBe(0);
    expect(await calls()).toStrictEqual([{ outcome: FIELDS, kept_since: changes.kept_since ?? 500 }]);
  });

  it('is erased oldest first', async () => {
    await call('newest', { kept_since: 500 });
    for (let index = 0; index < PAGE; index++) await call(`${index}`, { kept_since: 400 });
    expect(await erasure.erasePage('afterCommit', 500, NOW)).toBe(100);
    expect((await calls())[0]).toStrictEqual({ outcome: FIELDS, kept_since: 500 });
  });
});

describe('a page of a table', () => {
  it('is erased alone', async () => {
    await order();
    await outcome('a');
    await call('a');
    await erasure.erasePage('outcome', 500, NOW);
    expect([await orders(), await calls()]).toStrictEqual([
      [{ cust_no: 'C1', response: '{}', kept_since: 500 }],
      [{ outcome: FIELDS, kept_since: 500 }],
    ]);
  });

  it.each<[ErasedTable, SqlDialect, RegExp]>([
    ['order', 'postgres', /kept_since <= \? .* ORDER BY kept_since LIMIT 100 FOR UPDATE SKIP LOCKED$/],
    ['outcome', 'mysql', /kept_since <= \? .* ORDER BY kept_since LIMIT 100 FOR UPDATE SKIP LOCKED$/],
    ['afterCommit', 'postgres', /kept_since <= \? ORDER BY kept_since LIMIT 100 FOR UPDATE SKIP LOCKED$/],
    ['afterCommit', 'mysql', /dead_since <= \? ORDER BY dead_since LIMIT 100 FOR UPDATE SKIP LOCKED$/],
    ['order', 'sqlite', /LIMIT 100$/],
  ])('of %s on %s leaves what others have locked, and writes nothing when none is due', async (table, dialect, sql) => {
    const transaction = new ScriptedTransaction();
    const own = new Erasure(scriptedDatabase(dialect, transaction), shop.tables, '', LIMITS);
    expect(await own.erasePage(table, 500, NOW)).toBe(0);
    expect(transaction.sql).toStrictEqual([expect.stringMatching(sql)]);
  });

  it('is tried again when the database rolls it back, up to three times', async () => {
    const deadlock = Object.assign(new Error('deadlock'), { code: '40P01' });
    const transaction = new ScriptedTransaction([[/^SELECT/, deadlock]]);
    const own = new Erasure(scriptedDatabase('postgres', transaction), shop.tables, '', LIMITS);
    await expect(own.erasePage('order', 500, NOW)).rejects.toBe(deadlock);
    expect(transaction.sql).toHaveLength(3);
  });
});

it('fields of several outcomes are cleared by one statement that every server can read', async () => {
  const rows = [1, 2].map((id) => ({ id, kind: 'payment', fields: FIELDS }));
  const transaction = new ScriptedTransaction([[/^SELECT/, rows]]);
  const own = new Erasure(scriptedDatabase('postgres', transaction), shop.tables, '', LIMITS);
  expect(await own.erasePage('outcome', 500, NOW)).toBe(2);
  expect(transaction.executed[1]).toMatchObject({
    sql: expect.stringContaining('CASE id WHEN ? THEN ? WHEN ? THEN ? END, kept_since = NULL WHERE id IN (?, ?)'),
    params: [1, ERASED, 2, ERASED, 1, 2],
  });
});

describe('a customer who is forgotten', () => {
  it('has no data any more in orders, outcomes and dead work, while payments stay recognised', async () => {
    await order({ gateway_id: 'P1', last_applied: 2 });
    await outcome('a');
    await call('a');
    expect(await erasure.forget('C1')).toStrictEqual({ orders: 1, outcomes: 1, afterCommit: 1, waiting: 0 });
    expect(await shop.row('order')).toMatchObject({
      cust_no: null,
      response: null,
      kept_since: null,
      mch_order_no: 'O1',
      gateway_id: 'P1',
      amount: 5,
      last_applied: 2,
    });
    expect(await outcomes()).toStrictEqual([{ fields: ERASED, kept_since: null }]);
    expect(await calls()).toStrictEqual([{ outcome: ERASED, kept_since: null }]);
    expect(await erasure.forget('C1')).toStrictEqual(NOTHING);
  });

  it('keeps what handlers still need, which is marked for the next erasure', async () => {
    await order();
    await outcome('waiting', { due_at: 1 });
    await outcome('ended');
    await call('waiting', { status: 'pending' });
    await call('ended');
    expect(await erasure.forget('C1')).toStrictEqual({ orders: 1, outcomes: 1, afterCommit: 1, waiting: 2 });
    expect(await outcomes()).toStrictEqual([
      { fields: FIELDS, kept_since: 0 },
      { fields: ERASED, kept_since: null },
    ]);
    expect(await calls()).toStrictEqual([
      { outcome: FIELDS, kept_since: 0 },
      { outcome: ERASED, kept_since: null },
    ]);
  });

  it('is counted without outcomes that were erased before', async () => {
    await order();
    await outcome('a', { kept_since: null });
    await call('a', { kept_since: null });
    expect(await erasure.forget('C1')).toStrictEqual({ ...NOTHING, orders: 1 });
  });

  it.each([
    [NOW + 1, 0],
    [NOW, null],
  ])('has the response of a create with a lease until %i erased later: %s', async (until, keptSince) => {
    await order({ creating_until: until });
    await erasure.forget('C1');
    expect(await orders()).toStrictEqual([{ cust_no: null, response: null, kept_since: keptSince }]);
  });

  it('is not another customer, an order of another instance, or another order', async () => {
    await order();
    await order({ compared_no: 'o2', cust_no: 'C2' });
    await order({ compared_no: 'o3', instance: 'other' });
    await outcome('other order', { compared_no: 'o2' });
    await outcome('other merchant', { mch_no: 'M2' });
    await outcome('other kind', { kind: 'transfer' });
    await outcome('other instance', { instance: 'other' });
    await call('other order', { compared_no: 'o2' });
    expect(await erasure.forget('C1')).toStrictEqual({ ...NOTHING, orders: 1 });
    expect((await orders()).map(({ cust_no: custNo }) => custNo)).toStrictEqual([null, 'C2', 'C1']);
    expect((await outcomes()).every(({ fields }) => fields === FIELDS)).toBe(true);
    expect(await calls()).toStrictEqual([{ outcome: FIELDS, kept_since: 500 }]);
  });

  it('may be forgotten for one merchant only', async () => {
    await order();
    await order({ mch_no: 'M2' });
    expect(await erasure.forget('C1', 'M2')).toStrictEqual({ ...NOTHING, orders: 1 });
    expect((await orders()).map(({ cust_no: custNo }) => custNo)).toStrictEqual(['C1', null]);
  });

  it('has all orders erased, however many there are', async () => {
    for (let index = 0; index < 45; index++) {
      await order({ compared_no: `o${index}` });
      await outcome(`${index}`, { compared_no: `o${index}`, due_at: index < 2 ? 1 : null });
    }
    await call('a', { compared_no: 'o44' });
    expect(await erasure.forget('C1')).toStrictEqual({ orders: 45, outcomes: 43, afterCommit: 1, waiting: 2 });
    expect((await orders()).every(({ cust_no: custNo }) => custNo === null)).toBe(true);
  });

  it.each<[SqlDialect, RegExp]>([
    ['postgres', / FOR UPDATE$/],
    ['mysql', / FOR UPDATE$/],
    ['sqlite', /LIMIT 20$|IS NOT NULL$/],
  ])('waits for locked rows on %s, because nothing may be left', async (dialect, end) => {
    const row = { kind: 'payment', mch_no: 'M1', compared_no: 'o1' };
    const transaction = new ScriptedTransaction([[/^SELECT kind/, [row]]]);
    const own = new Erasure(scriptedDatabase(dialect, transaction), shop.tables, '', LIMITS);
    expect(await own.forget('C1')).toStrictEqual({ ...NOTHING, orders: 1 });
    const [first, second, third, update, ...others] = transaction.sql;
    for (const sql of [first, second, third]) expect(sql).toMatch(end);
    expect(update).toMatch(/^UPDATE pass2pay_order /);
    expect(others).toHaveLength(0);
  });
});
