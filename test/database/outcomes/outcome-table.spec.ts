import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Judgement } from '../../../lib/database/outcomes/judgement.js';
import { OutcomeTable, readEvent, type Received } from '../../../lib/database/outcomes/outcome-table.js';
import { tablesOf } from '../../../lib/database/schema/schema-names.js';
import type { SqlValue } from '../../../lib/database/sql-database.js';
import type { OutcomeEvent } from '../../../lib/outcomes/outcome.js';
import { PaymentOrder } from '../../../lib/payments/payment-order.dto.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { TransferState } from '../../../lib/protocol/transfer-state.js';
import { Transfer } from '../../../lib/transfers/transfer.dto.js';
import { paymentEvent, transferEvent } from '../../outcomes/support/events.js';
import { MemoryTables } from '../support/memory-tables.js';
import { ScriptedTransaction } from '../support/scripted-transaction.js';

type Row = Readonly<Record<string, SqlValue>>;

const NOW = 1_000_000;
const DAY_MS = 86_400_000;
const { Success, Closed, Paying, Refunded, Created } = OrderState;
const NEW: Extract<Judgement, { result: 'new' }> = {
  result: 'new',
  late: false,
  gatewayState: undefined,
  previousState: undefined,
};

let shop: MemoryTables;
let table: OutcomeTable;

beforeEach(async () => {
  shop = await MemoryTables.open();
  table = new OutcomeTable('sqlite', shop.tables, '');
});
afterEach(() => shop.close());

const receive = (event: OutcomeEvent, own = table, now = NOW): Promise<Received> =>
  shop.committing((transaction) => own.receive(transaction, event, now));
const keep = (event: OutcomeEvent, judgement = NEW) =>
  shop.committing((transaction) => table.keep(transaction, event, judgement, { now: NOW, dueAt: NOW + 60 }));
const fail = (
  event: OutcomeEvent,
  { judgement = NEW, error = 'no stock', now = NOW, dueAt }: Partial<Parameters<OutcomeTable['fail']>[2]>,
) => shop.committing((transaction) => table.fail(transaction, event, { judgement, error, now, dueAt }));
const reject = (event: OutcomeEvent, differences = ['amount is 6, not 5', 'appId is A2, not A1']) =>
  shop.committing((transaction) => table.reject(transaction, event, differences, NOW));

describe('an event that is new for its order', () => {
  it('is stored as applied, with what the gateway said', async () => {
    await shop.order();
    const event = paymentEvent({ currency: ' CNY ' });
    await shop.database.execute(`UPDATE ${shop.tables.order} SET currency = ' cny '`);
    expect(await receive(event)).toStrictEqual({ ...NEW, isAdopted: false, endsUnknown: false });
    expect(await shop.row('outcome')).toStrictEqual({
      id: 1,
      instance: '',
      idempotency_key: 'payment:M1:P1:2',
      kind: 'payment',
      mch_no: 'M1',
      compared_no: 'o1',
      state: 2,
      amount: 5,
      currency: 'cny',
      source: 'notify',
      result: 'applied',
      late: 0,
      gateway_state: null,
      previous_state: null,
      deliveries: 1,
      repeats: 0,
      attempts: 1,
      error: null,
      fields: JSON.stringify(event.data),
      received_at: NOW,
      applied_at: NOW,
      due_at: null,
      kept_since: NOW,
      duplicate_of: null,
    });
  });

  it('ends the create and the queries of its order where its state is final', async () => {
    await shop.order({
      last_applied: Paying,
      response: '{}',
      next_check_at: 7,
      success_to_apply: 1,
      status: 'unknown',
    });
    expect(await receive(paymentEvent())).toMatchObject({ previousState: Paying, endsUnknown: true });
    expect(await shop.row('order')).toMatchObject({
      previous_applied: Paying,
      last_applied: Success,
      gateway_state: Success,
      gateway_id: 'P1',
      success_to_apply: 0,
      status: 'created',
      response: null,
      next_check_at: null,
    });
  });

  it('leaves the create and the queries of its order open where its state is not final', async () => {
    await shop.order({ response: '{}', next_check_at: 7 });
    expect(await receive(paymentEvent({ state: Paying }))).toMatchObject({ result: 'new' });
    expect(await shop.row('order')).toMatchObject({ last_applied: Paying, response: '{}', next_check_at: 7 });
  });

  it('has a paid order checked a day later where paid orders are checked for refunds', async () => {
    await shop.order();
    await receive(paymentEvent(), new OutcomeTable('sqlite', shop.tables, '', 1));
    expect(await shop.row('order', 'next_check_at')).toEqual({ next_check_at: NOW + DAY_MS });
  });

  it('does not change another order, merchant, kind or instance', async () => {
    await shop.order();
    const others: Row[] = [{ compared_no: 'o2' }, { mch_no: 'M2' }, { kind: 'transfer' }, { instance: 'eu' }];
    for (const other of others) await shop.order(other);
    await receive(paymentEvent());
    const states = (await shop.rows('order', 'last_applied')).map((row) => row.last_applied);
    expect(states).toStrictEqual([Success, null, null, null, null]);
  });

  it('is late after a closing, and tells both states', async () => {
    await shop.order({ last_applied: Closed, gateway_state: Closed, adopted: 1 });
    const told = { late: true, gatewayState: Closed, previousState: Closed };
    expect(await receive(paymentEvent())).toMatchObject({ result: 'new', ...told, isAdopted: true });
    expect(await shop.row('outcome')).toMatchObject({ late: 1, gateway_state: Closed, previous_state: Closed });
    expect(await shop.row('order')).toMatchObject({ last_applied: Success, gateway_state: Closed });
  });

  it('is stored with the currency cut to the length of its column', async () => {
    const currency = 'X'.repeat(33);
    await shop.order({ currency });
    await receive(paymentEvent({ currency }));
    expect(await shop.row('outcome', 'currency')).toEqual({ currency: 'x'.repeat(32) });
  });

  it('of a transfer has the number of the transfer', async () => {
    await shop.order({ kind: 'transfer' });
    expect(await receive(transferEvent({}, 'query'))).toMatchObject({ result: 'new' });
    expect(await shop.row('outcome')).toMatchObject({
      kind: 'transfer',
      source: 'query',
      idempotency_key: 'transfer:M1:T1:2',
    });
    expect(await shop.row('order')).toMatchObject({ gateway_id: 'T1', last_applied: TransferState.Success });
  });

  it.each(['unknown', 'never-made'])('resolves an order whose create is %s', async (status) => {
    await shop.order({ status });
    expect(await receive(paymentEvent())).toMatchObject({ endsUnknown: true });
  });

  it('is applied again, as late as it was, after its handlers have failed', async () => {
    await shop.order();
    await fail(paymentEvent(), {
      judgement: { ...NEW, late: true, gatewayState: Closed, previousState: Paying },
      dueAt: 9,
    });
    await shop.database.execute(`UPDATE ${shop.tables.outcome} SET kept_since = 3`);
    expect(await receive(paymentEvent({}, 'query'), table, NOW + 5)).toMatchObject({ result: 'new', late: false });
    expect(await shop.row('outcome')).toMatchObject({
      result: 'applied',
      late: 1,
      gateway_state: Closed,
      previous_state: null,
      deliveries: 2,
      attempts: 2,
      repeats: 0,
      error: null,
      received_at: NOW,
      applied_at: NOW + 5,
      due_at: null,
      kept_since: NOW + 5,
    });
  });
});

describe('an event that is not new', () => {
  beforeEach(() => shop.order());

  it('is counted as a repetition where a notify brings it again', async () => {
    await receive(paymentEvent());
    const [order] = await shop.rows('order');
    expect(await receive(paymentEvent(), table, NOW + 5)).toStrictEqual({ result: 'duplicate' });
    expect(await shop.row('outcome')).toMatchObject({
      result: 'applied',
      deliveries: 2,
      repeats: 1,
      attempts: 1,
      applied_at: NOW,
    });
    expect(await shop.rows('order')).toStrictEqual([order]);
  });

  it('is no repetition where a query brings it again', async () => {
    await receive(paymentEvent());
    await receive(paymentEvent({}, 'query'));
    expect(await shop.row('outcome')).toMatchObject({ deliveries: 2, repeats: 0 });
  });

  it.each([
    ['notify', 1],
    ['query', 0],
  ] as const)('that was applied elsewhere is a repetition by a notify alone: by a %s', async (source, repeats) => {
    await shop.database.execute(`UPDATE ${shop.tables.order} SET last_applied = ${Success}`);
    expect(await receive(paymentEvent({}, source))).toStrictEqual({ result: 'duplicate' });
    expect(await shop.row('outcome')).toMatchObject({ result: 'duplicate', deliveries: 1, repeats, attempts: 0 });
  });

  it('is stored as stale, with no attempt, where a later state was applied before', async () => {
    await receive(paymentEvent());
    expect(await receive(paymentEvent({ state: Closed }))).toStrictEqual({ result: 'stale' });
    expect((await shop.rows('outcome'))[1]).toMatchObject({
      result: 'stale',
      attempts: 0,
      applied_at: null,
      late: 0,
      repeats: 0,
      error: null,
      previous_state: null,
    });
    expect(await shop.row('order')).toMatchObject({ last_applied: Success, gateway_state: Success });
  });

  it('is stored with its differences where it does not match, and its order does not change', async () => {
    const received = await receive(paymentEvent({ amount: 6, appId: 'A2' }));
    expect(received).toStrictEqual({
      result: 'mismatch',
      reason: 'differs',
      differences: ['amount is 6, not 5', 'appId is A2, not A1'],
      order: expect.objectContaining({ mchOrderNo: 'O1', amount: 5, appId: 'A1' }),
    });
    expect(await shop.row('outcome')).toMatchObject({
      result: 'mismatch',
      error: 'amount is 6, not 5; appId is A2, not A1',
      attempts: 0,
      applied_at: null,
    });
    expect(await shop.row('order')).toMatchObject({ last_applied: null, gateway_state: null, gateway_id: null });
  });

  it('has no effect on anything where nobody knows its order', async () => {
    expect(await receive(paymentEvent({ mchNo: 'M2' }))).toStrictEqual({ result: 'unknown-order' });
    expect(await receive(paymentEvent(), new OutcomeTable('sqlite', shop.tables, 'eu'))).toStrictEqual({
      result: 'unknown-order',
    });
    expect(await shop.rows('outcome')).toStrictEqual([]);
  });
});

describe('an event of an order with a checkout key', () => {
  beforeEach(async () => {
    await shop.order({ checkout_key: 'cart' });
    await shop.order({ compared_no: 'o2', mch_order_no: 'O2', checkout_key: 'cart' });
    const key = { instance: '', mch_no: 'M1', checkout_key: 'cart', mch_order_no: 'O1' };
    await shop.insert('checkout', { ...key, app_id: 'A1', amount: 5, currency: 'cny', created_at: 0 });
  });

  it('pays the key by the first success, and tells the second whose duplicate it is', async () => {
    expect(await receive(paymentEvent())).toStrictEqual({
      ...NEW,
      checkoutKey: 'cart',
      isAdopted: false,
      endsUnknown: false,
    });
    const second = paymentEvent({ mchOrderNo: 'O2', payOrderId: 'P2' });
    expect(await receive(second)).toMatchObject({ result: 'new', checkoutKey: 'cart', duplicateOf: 'O1' });
    expect(await shop.rows('outcome', 'idempotency_key, duplicate_of')).toStrictEqual([
      { idempotency_key: 'payment:M1:P1:2', duplicate_of: null },
      { idempotency_key: 'payment:M1:P2:2', duplicate_of: 'O1' },
    ]);
    expect(await shop.row('checkout')).toMatchObject({ paid_no: 'O1' });
  });

  it('does not pay the key by a closing', async () => {
    expect(await receive(paymentEvent({ state: Closed }))).toStrictEqual({
      ...NEW,
      checkoutKey: 'cart',
      isAdopted: false,
      endsUnknown: false,
    });
    expect(await shop.row('checkout')).toMatchObject({ paid_no: null });
  });

  it('notes a success whose handlers have not committed', async () => {
    await fail(paymentEvent(), { dueAt: 9 });
    expect(await shop.row('checkout')).toMatchObject({ success_no: 'O1', paid_no: null });
  });

  it('notes no success for a closing, and none that is already applied', async () => {
    await keep(paymentEvent({ state: Closed }));
    await receive(paymentEvent());
    await keep(paymentEvent());
    expect(await shop.row('checkout')).toMatchObject({ success_no: null });
  });
});

describe('an outcome that is kept before its handlers run', () => {
  it('waits for another process until its lease ends', async () => {
    await shop.order();
    expect(await keep(paymentEvent())).toBe(false);
    expect(await shop.row('outcome')).toMatchObject({
      result: 'received',
      attempts: 0,
      deliveries: 1,
      applied_at: null,
      received_at: NOW,
      due_at: NOW + 60,
      kept_since: NOW,
    });
    expect(await shop.row('order')).toMatchObject({
      last_applied: null,
      gateway_state: Success,
      gateway_id: null,
      success_to_apply: 1,
    });
  });

  it('makes lower states stale, and is itself still to be applied', async () => {
    await shop.order();
    await keep(paymentEvent());
    expect(await receive(paymentEvent({ state: Closed }))).toMatchObject({ result: 'stale' });
    await keep(paymentEvent({ state: Closed }));
    expect(await shop.row('order', 'success_to_apply')).toEqual({ success_to_apply: 1 });
    expect(await receive(paymentEvent())).toMatchObject({ result: 'new' });
  });

  it('is late as it was when it was kept', async () => {
    await shop.order({ gateway_state: Closed });
    await keep(paymentEvent(), { ...NEW, late: true, gatewayState: Closed, previousState: Closed });
    expect(await shop.row('outcome')).toMatchObject({ late: 1, gateway_state: Closed, previous_state: Closed });
    expect(await shop.row('order', 'gateway_state')).toEqual({ gateway_state: Closed });
  });

  it('resolves an order whose create is unknown, and ends its queries', async () => {
    await shop.order({ status: 'unknown', response: '{}', next_check_at: 7 });
    expect(await keep(paymentEvent())).toBe(true);
    expect(await shop.row('order')).toMatchObject({ status: 'created', response: null, next_check_at: null });
  });

  it('leaves the queries of its order open where it is not new', async () => {
    await shop.order({ last_applied: Refunded, response: '{}', next_check_at: 7 });
    await keep(paymentEvent());
    expect(await shop.row('order')).toMatchObject({
      response: '{}',
      next_check_at: 7,
      success_to_apply: 0,
      gateway_state: Success,
    });
  });

  it('is no success to apply where it is a closing', async () => {
    await shop.order();
    await keep(paymentEvent({ state: Closed }));
    expect(await shop.row('order')).toMatchObject({ success_to_apply: 0, gateway_state: Closed, next_check_at: null });
  });

  it('is kept although its order is not there', async () => {
    expect(await keep(paymentEvent())).toBe(false);
    expect(await shop.row('outcome', 'result')).toEqual({ result: 'received' });
  });

  it('gets a new lease, and is not counted, where it is kept again', async () => {
    await shop.order();
    await fail(paymentEvent(), { dueAt: 9 });
    await keep(paymentEvent());
    expect(await shop.row('outcome')).toMatchObject({ result: 'failed', due_at: NOW + 60, deliveries: 1, attempts: 1 });
  });
});

describe('an outcome whose handlers failed', () => {
  beforeEach(() => shop.order());

  it('is stored with the error and the time of its retry', async () => {
    expect(await fail(paymentEvent(), { dueAt: NOW + 42 })).toBe(false);
    expect(await shop.row('outcome')).toMatchObject({
      result: 'failed',
      error: 'no stock',
      attempts: 1,
      deliveries: 1,
      applied_at: null,
      due_at: NOW + 42,
    });
    expect(await shop.row('order')).toMatchObject({ last_applied: null, success_to_apply: 1 });
  });

  it('is dead, and never due, without another attempt', async () => {
    await fail(paymentEvent(), { dueAt: NOW });
    await fail(paymentEvent(), { dueAt: undefined, error: 'sold out' });
    expect(await shop.row('outcome')).toMatchObject({ result: 'dead', due_at: null, attempts: 2, error: 'sold out' });
  });

  it('does not change where it was applied meanwhile', async () => {
    await receive(paymentEvent());
    await fail(paymentEvent({ amount: 6 }), { dueAt: 9, now: NOW + 5 });
    expect(await shop.row('outcome')).toMatchObject({
      result: 'applied',
      error: null,
      due_at: null,
      attempts: 1,
      deliveries: 2,
      amount: 5,
      applied_at: NOW,
      kept_since: NOW,
    });
    expect(await shop.row('order')).toMatchObject({ success_to_apply: 0 });
  });

  it('resolves its order only once where the create was unknown', async () => {
    await shop.database.execute(`UPDATE ${shop.tables.order} SET status = 'unknown'`);
    expect(await fail(paymentEvent(), { dueAt: 9 })).toBe(true);
    expect(await fail(paymentEvent(), { dueAt: 9 })).toBe(false);
  });

  it('counts its attempts for itself only', async () => {
    const attempts = (event: OutcomeEvent, own = table) => own.attempts(shop.database, event);
    expect(await attempts(paymentEvent())).toBe(0);
    await fail(paymentEvent(), { dueAt: 9 });
    await fail(paymentEvent(), { dueAt: 9 });
    expect(await attempts(paymentEvent())).toBe(2);
    expect(await attempts(paymentEvent({ state: Closed }))).toBe(0);
    expect(await attempts(paymentEvent(), new OutcomeTable('sqlite', shop.tables, 'eu'))).toBe(0);
  });
});

describe('a mismatch of an order that is not in the table', () => {
  it('is stored with its differences, and is not retried', async () => {
    await fail(paymentEvent(), { dueAt: 9 });
    await reject(paymentEvent());
    expect(await shop.row('outcome')).toMatchObject({
      result: 'mismatch',
      error: 'amount is 6, not 5; appId is A2, not A1',
      due_at: null,
      deliveries: 2,
      attempts: 1,
    });
  });

  it('does not change an outcome that was applied', async () => {
    await shop.order();
    await receive(paymentEvent());
    await reject(paymentEvent({ amount: 6 }));
    expect(await shop.row('outcome')).toMatchObject({ result: 'applied', error: null, amount: 5, deliveries: 2 });
  });
});

it('an adopted order is inserted with what the gateway said about it before', async () => {
  await fail(paymentEvent({ state: Closed }), { dueAt: 9 });
  const terms = { kind: 'payment', mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1', amount: 5, currency: 'cny' } as const;
  await shop.committing((own) => table.adopt(own, { ...terms, status: 'created', gatewayId: 'P1', isAdopted: true }));
  expect(await shop.row('order')).toMatchObject({ adopted: 1, gateway_id: 'P1', gateway_state: Closed, amount: 5 });
});

describe('the outcomes that are due', () => {
  const take = (changes: Partial<Parameters<OutcomeTable['takeDue']>[1]> = {}, own = table) =>
    shop.committing((transaction) =>
      own.takeDue(transaction, { mchNos: undefined, now: NOW, leaseMs: 100, most: 10, ...changes }),
    );
  const payment = (number: string, mchNo = 'M1') => paymentEvent({ mchOrderNo: number, payOrderId: number, mchNo });
  const numbersOf = (due: { event: OutcomeEvent }[]) => due.map(({ event }) => event.data.mchOrderNo);

  it('are taken from now on, most overdue first, and again after their lease', async () => {
    for (const [number, dueAt] of [
      ['O1', NOW],
      ['O2', NOW - 2],
      ['O3', NOW + 1],
      ['O4', NOW - 1],
    ] as const) {
      await fail(payment(number), { dueAt });
    }
    expect(numbersOf(await take())).toStrictEqual(['O2', 'O4', 'O1']);
    expect(numbersOf(await take({ now: NOW + 99 }))).toStrictEqual(['O3']);
    expect(numbersOf(await take({ now: NOW + 100 }))).toStrictEqual(['O1', 'O2', 'O4']);
  });

  it('are what arrived, with the time of the first arrival', async () => {
    await fail(paymentEvent({ subject: 'tea' }, 'query'), { dueAt: NOW });
    await fail(transferEvent(), { dueAt: NOW + 1, now: NOW - 7 });
    const due = await take({ now: NOW + 1 });
    expect(due).toStrictEqual([
      { id: 1, event: paymentEvent({ subject: 'tea' }, 'query'), receivedAt: NOW },
      { id: 2, event: transferEvent(), receivedAt: NOW - 7 },
    ]);
    expect(due.map(({ event }) => event.data)).toStrictEqual([expect.any(PaymentOrder), expect.any(Transfer)]);
  });

  it('are at most as many as are asked for', async () => {
    for (const number of ['O1', 'O2', 'O3']) await fail(payment(number), { dueAt: NOW });
    expect(await take({ most: 2.9 })).toHaveLength(2);
    expect(numbersOf(await take())).toStrictEqual(['O3']);
    expect(await take()).toStrictEqual([]);
  });

  it('are those of the instance and of its merchants', async () => {
    await fail(payment('O1'), { dueAt: NOW });
    await fail(payment('O2', 'M2'), { dueAt: NOW });
    expect(await take({}, new OutcomeTable('sqlite', shop.tables, 'eu'))).toStrictEqual([]);
    expect(numbersOf(await take({ mchNos: ['M3', 'M2'] }))).toStrictEqual(['O2']);
    expect(numbersOf(await take({ mchNos: ['M1'] }))).toStrictEqual(['O1']);
  });

  it('can be put back for another process, unless they are done meanwhile', async () => {
    await fail(payment('O1'), { dueAt: NOW });
    await fail(payment('O2'), { dueAt: NOW });
    const [first, second] = await take();
    await table.closeDue(shop.database, second!.id, 'stale');
    for (const due of [first!, second!]) await table.putBack(shop.database, due, NOW + 7);
    expect(await shop.rows('outcome', 'due_at')).toStrictEqual([{ due_at: NOW + 7 }, { due_at: null }]);
  });

  it('can be closed with another result, but never instead of applied', async () => {
    await shop.order();
    await receive(paymentEvent());
    await fail(payment('O2'), { dueAt: NOW });
    await fail(payment('O3'), { dueAt: NOW });
    await table.closeDue(shop.database, 1, 'duplicate');
    await table.closeDue(shop.database, 2, 'stale');
    expect(await shop.rows('outcome', 'result, due_at')).toStrictEqual([
      { result: 'applied', due_at: null },
      { result: 'stale', due_at: null },
      { result: 'failed', due_at: NOW },
    ]);
  });
});

it('tells whether the handlers of an outcome have committed', async () => {
  await shop.order();
  const isApplied = (event: OutcomeEvent, own = table) => own.isAppliedAfterLock(shop.database, event);
  await fail(paymentEvent(), { dueAt: 9 });
  expect(await isApplied(paymentEvent())).toBe(false);
  await receive(paymentEvent());
  expect(await isApplied(paymentEvent())).toBe(true);
  expect(await isApplied(paymentEvent({ state: Created }))).toBe(false);
  expect(await isApplied(paymentEvent(), new OutcomeTable('sqlite', shop.tables, 'eu'))).toBe(false);
});

it('reads a payment and a transfer back as they were stored', () => {
  for (const event of [paymentEvent({ extra: { store: '7' } }), transferEvent({}, 'query')]) {
    const { kind, source, data } = event;
    expect(readEvent({ kind, source, fields: JSON.stringify(data) })).toStrictEqual(event);
  }
});

describe('on a server', () => {
  const tables = tablesOf();
  const ORDINARY = /RETURNING previous_state/;
  const LOCK = /^SELECT mch_order_no/;
  const order = {
    mch_order_no: 'O1',
    app_id: 'A1',
    status: 'created',
    gateway_id: null,
    amount: '5',
    currency: 'cny',
    gateway_state: null,
    last_applied: null,
    checkout_key: null,
    adopted: null,
    success_to_apply: 0,
  };
  const served = () => new OutcomeTable('postgres', tables, '');

  it('an ordinary event takes one statement, which is prepared', async () => {
    const transaction = new ScriptedTransaction([[ORDINARY, [{ previous_state: '1', checkout_key: null }]]]);
    expect(await served().receive(transaction, paymentEvent(), NOW)).toStrictEqual({
      ...NEW,
      previousState: 1,
      isAdopted: false,
      endsUnknown: false,
    });
    expect(transaction.executed).toHaveLength(1);
    expect(transaction.executed[0]).toMatchObject({
      ...served().ordinaryStatement(paymentEvent(), NOW),
      options: { isRepeated: true },
    });
  });

  it('an ordinary event takes no statement where it was run with the begin', async () => {
    const transaction = new ScriptedTransaction();
    transaction.first = { rows: [{ previous_state: null, checkout_key: null }], affected: 1 };
    expect(await served().receive(transaction, paymentEvent(), NOW)).toMatchObject({ ...NEW });
    expect(transaction.executed).toStrictEqual([]);
  });

  it('an ordinary success pays its checkout key', async () => {
    const transaction = new ScriptedTransaction([
      [ORDINARY, [{ previous_state: null, checkout_key: 'cart' }]],
      [/^SELECT paid_no/, [{ paid_no: 'O9' }]],
    ]);
    expect(await served().receive(transaction, paymentEvent(), NOW)).toMatchObject({
      checkoutKey: 'cart',
      duplicateOf: 'O9',
    });
    expect(transaction.executed.at(-1)).toMatchObject({
      sql: `UPDATE ${tables.outcome} SET duplicate_of = ? WHERE instance = ? AND idempotency_key = ?`,
      params: ['O9', '', 'payment:M1:P1:2'],
    });
  });

  it('the row of any other event is locked, and judged', async () => {
    const transaction = new ScriptedTransaction([[LOCK, [{ ...order, last_applied: Closed }]]]);
    expect(await served().receive(transaction, paymentEvent(), NOW)).toMatchObject({ late: true });
    expect(transaction.sql[0]).toMatch(ORDINARY);
    expect(transaction.sql[1]).toMatch(
      / WHERE instance = \? AND kind = \? AND mch_no = \? AND compared_no = \? FOR UPDATE$/,
    );
  });

  it('an event that is never ordinary is judged at once', async () => {
    const transaction = new ScriptedTransaction([[LOCK, [order]]]);
    const event = paymentEvent({ state: 7 as OrderState });
    expect(served().ordinaryStatement(event, NOW)).toBeUndefined();
    expect(await served().receive(transaction, event, NOW)).toMatchObject({ reason: 'unknown-state' });
    expect(transaction.sql[0]).toMatch(LOCK);
  });

  it('the ordinary statement is not tried again where the server does not support it', async () => {
    const syntax = Object.assign(new Error('near BEGIN NOT ATOMIC'), { code: 'ER_PARSE_ERROR' });
    const transaction = new ScriptedTransaction([
      [ORDINARY, syntax],
      [LOCK, [order]],
    ]);
    const own = new OutcomeTable('mysql', tables, '');
    expect(own.ordinaryStatement(paymentEvent(), NOW)).toBeDefined();
    expect(await own.receive(transaction, paymentEvent(), NOW)).toMatchObject({ result: 'new' });
    expect(own.ordinaryStatement(paymentEvent(), NOW)).toBeUndefined();
    const tried = transaction.sql.length;
    await own.receive(transaction, paymentEvent(), NOW);
    expect(transaction.sql[tried]).toMatch(LOCK);
  });

  it('any other failure of the ordinary statement is thrown', async () => {
    const deadlock = Object.assign(new Error('deadlock detected'), { code: '40P01' });
    const transaction = new ScriptedTransaction([[ORDINARY, deadlock]]);
    await expect(served().receive(transaction, paymentEvent(), NOW)).rejects.toBe(deadlock);
    expect(transaction.executed).toHaveLength(1);
  });

  it('due outcomes that another process holds are skipped', async () => {
    const transaction = new ScriptedTransaction();
    const wanted = { mchNos: ['M1', 'M2'], now: NOW, leaseMs: 1, most: 20 };
    expect(await served().takeDue(transaction, wanted)).toStrictEqual([]);
    expect(transaction.executed).toMatchObject([
      {
        sql: `SELECT id, kind, source, fields, received_at FROM ${tables.outcome} WHERE instance = ? AND due_at <= ? AND mch_no IN (?, ?) ORDER BY due_at LIMIT 20 FOR UPDATE SKIP LOCKED`,
        params: ['', NOW, 'M1', 'M2'],
      },
    ]);
    const ofAll = new ScriptedTransaction();
    await served().takeDue(ofAll, { ...wanted, mchNos: undefined });
    expect(ofAll.executed).toMatchObject([{ params: ['', NOW] }]);
  });

  it('the order is locked before it is read whether an outcome was applied', async () => {
    const transaction = new ScriptedTransaction();
    await served().isAppliedAfterLock(transaction, paymentEvent());
    expect(transaction.sql).toHaveLength(2);
    expect(transaction.sql[0]).toMatch(/FOR UPDATE$/);
    expect(transaction.sql[1]).toMatch(/result = 'applied'$/);
  });

  it.each(['keep', 'fail'] as const)('%s locks the order before the outcome, as a delivery does', async (method) => {
    const transaction = new ScriptedTransaction([[LOCK, [order]]]);
    const times = { now: NOW, dueAt: NOW };
    if (method === 'keep') await served().keep(transaction, paymentEvent(), NEW, times);
    else await served().fail(transaction, paymentEvent(), { judgement: NEW, error: 'no stock', ...times });
    const writes = transaction.sql.map((sql) => sql.split(' ').slice(0, 2).join(' '));
    expect(writes).toStrictEqual(['SELECT mch_order_no,', `UPDATE ${tables.order}`, 'INSERT INTO']);
    expect(transaction.sql[0]).toMatch(/FOR UPDATE$/);
  });
});
