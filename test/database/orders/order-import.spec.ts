import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import type { OrderToImport } from '../../../lib/database/orders/imported-order.js';
import { OrderImport } from '../../../lib/database/orders/order-import.js';
import type { SqlDatabase, SqlDialect, SqlValue } from '../../../lib/database/sql-database.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { MemoryTables } from '../support/memory-tables.js';
import { orderToImport as order } from '../support/order-to-import.js';
import { ScriptedTransaction, scriptedDatabase } from '../support/scripted-transaction.js';

type Row = Readonly<Record<string, SqlValue>>;

const NOW = 1_000_000;
const LIMITS = { connectionTimeoutMs: 1_000, lockTimeoutMs: 1_000 };

let shop: MemoryTables;
let clock: Clock;
beforeEach(async () => {
  shop = await MemoryTables.open();
  clock = FakeTimers.install({ now: NOW, toFake: ['Date'] });
});
afterEach(() => {
  clock.uninstall();
  shop.close();
});

const imports = (orders: readonly OrderToImport[], database: SqlDatabase = shop.database) =>
  new OrderImport(database, shop.tables, '', LIMITS).import(orders);
const outcome = (changes: Row = {}) =>
  shop.outcome({
    idempotency_key: `key ${JSON.stringify(changes)}`,
    result: 'failed',
    attempts: 7,
    error: 'unknown order: it is not in the order table',
    ...changes,
  });

describe('an order that is new', () => {
  it('is stored as created, and will be queried', async () => {
    expect(await imports([order({ custNo: 'C1', gatewayId: 'P1', lastApplied: 1, gatewayState: 1 })])).toStrictEqual({
      imported: 1,
      movedOn: 0,
      unchanged: 0,
    });
    expect(await shop.row('order')).toMatchObject({
      instance: '',
      mch_order_no: 'O1',
      app_id: 'A1',
      status: 'created',
      cust_no: 'C1',
      gateway_id: 'P1',
      gateway_state: 1,
      last_applied: 1,
      adopted: 0,
      next_check_at: NOW,
    });
  });

  it.each<[string, Row]>([
    ['failed', { result: 'failed', due_at: NOW + 500 }],
    ['are dead', { result: 'dead' }],
  ])('makes its events due that %s', async (_, changes) => {
    await outcome(changes);
    await imports([order()]);
    expect(await shop.row('outcome', 'result, attempts, due_at')).toStrictEqual({
      result: 'failed',
      attempts: 0,
      due_at: NOW,
    });
  });

  it.each<[string, Row]>([
    ['failed for another reason', { error: 'no stock' }],
    ['belong to another order', { compared_no: 'o2' }],
    ['were applied', { result: 'applied' }],
    ['belong to another instance', { instance: 'other' }],
  ])('leaves events that %s', async (_, changes) => {
    await outcome(changes);
    await imports([order()]);
    expect(await shop.row('outcome', 'attempts, due_at')).toStrictEqual({ attempts: 7, due_at: null });
  });
});

describe('an order that is in the table', () => {
  it('is unchanged by the same values', async () => {
    const values = order({ gatewayId: 'P1', lastApplied: 2, gatewayState: 2 });
    await imports([values]);
    const before = await shop.row('order');
    clock.tick(10);
    expect(await imports([values])).toStrictEqual({ imported: 0, movedOn: 0, unchanged: 1 });
    expect(await shop.row('order')).toStrictEqual(before);
  });

  it('moves on to a later state, which ends its create and its checks', async () => {
    await shop.order({ status: 'unknown', response: '{}', next_check_at: 9, last_applied: 1, adopted: 1 });
    expect(await imports([order({ lastApplied: OrderState.Success, gatewayId: 'P1' })])).toStrictEqual({
      imported: 0,
      movedOn: 1,
      unchanged: 0,
    });
    expect(await shop.row('order')).toMatchObject({
      status: 'created',
      response: null,
      next_check_at: null,
      last_applied: 2,
      gateway_id: 'P1',
      adopted: 0,
    });
  });

  it('is still checked after a state that is not final', async () => {
    await shop.order({ status: 'unknown', response: '{}', next_check_at: 9, last_applied: 0 });
    expect(await imports([order({ lastApplied: OrderState.Paying })])).toMatchObject({ movedOn: 1 });
    expect(await shop.row('order')).toMatchObject({
      status: 'unknown',
      response: '{}',
      next_check_at: 9,
      last_applied: 1,
    });
  });

  it.each([
    ['an earlier state', OrderState.Paying],
    ['a state of the same rank', OrderState.Failed],
    ['no state', undefined],
  ])('keeps its state where the import has %s', async (_, lastApplied) => {
    await shop.order({ last_applied: OrderState.Closed, next_check_at: 9, status: 'unknown' });
    expect(await imports([order({ lastApplied })])).toMatchObject({ movedOn: 0, unchanged: 1 });
    expect(await shop.row('order')).toMatchObject({ last_applied: 6, next_check_at: 9, status: 'unknown' });
  });

  it('keeps its number at the gateway, and its later state there', async () => {
    await shop.order({ gateway_id: 'P1', gateway_state: OrderState.Closed });
    await imports([order({ gatewayState: OrderState.Paying })]);
    expect(await shop.row('order')).toMatchObject({ gateway_id: 'P1', gateway_state: 6, last_applied: null });
  });

  it('takes a later state at the gateway', async () => {
    await shop.order({ gateway_state: OrderState.Paying });
    await imports([order({ gatewayState: OrderState.Closed })]);
    expect((await shop.row('order')).gateway_state).toBe(6);
  });

  it.each<[string, number, number | undefined, number]>([
    ['while it is ahead', 1, undefined, 1],
    ['no longer once it was applied elsewhere', 1, OrderState.Success, 0],
    ['no longer once it was refunded', 1, OrderState.Refunded, 0],
    ['only if there is one', 0, undefined, 0],
  ])('waits for a stored success %s', async (_, waiting, lastApplied, expected) => {
    await shop.order({ success_to_apply: waiting, last_applied: OrderState.Paying });
    await imports([order({ lastApplied })]);
    expect((await shop.row('order')).success_to_apply).toBe(expected);
  });
});

describe('an order that differs', () => {
  const conflict = async (changes: Partial<OrderToImport>) => {
    const before = await shop.rows('order');
    const error = await imports([order({ path: 'orders[3]', ...changes })]).catch((thrown: unknown) => thrown);
    expect(await shop.rows('order')).toStrictEqual(before);
    return error;
  };

  it.each<[Partial<OrderToImport>, string]>([
    [{ amount: 6 }, 'amount is 5, not 6'],
    [{ currency: 'usd' }, 'currency is cny, not usd'],
    [{ appId: 'A2' }, 'appId is A1, not A2'],
    [{ gatewayId: 'P2' }, 'gatewayId is P1, not P2'],
    [{ mchOrderNo: 'o1' }, 'mchOrderNo is O1, not o1 (the gateway ignores case and trailing spaces in numbers)'],
  ])('by %j is refused', async (changes, difference) => {
    await shop.order({ gateway_id: 'P1' });
    const mchOrderNo = changes.mchOrderNo ?? 'O1';
    expect(await conflict(changes)).toMatchObject({
      name: 'Pass2PayOrderConflictError',
      code: 'PASS2PAY_ORDER_CONFLICT',
      mchOrderNo,
      differences: [`orders[3] (${mchOrderNo}): ${difference}`],
      message: `Another order has the number ${mchOrderNo}: orders[3] (${mchOrderNo}): ${difference}. Nothing was imported: pass the values with which each order was created.`,
    });
  });

  it('in its number at the gateway only is none if the table does not know that', async () => {
    await shop.order();
    expect(await imports([order({ gatewayId: 'P1' })])).toMatchObject({ unchanged: 1 });
    expect((await shop.row('order')).gateway_id).toBe('P1');
  });

  it.each<[Partial<OrderToImport>]>([[{ mchOrderNo: 'O2' }], [{ mchOrderNo: 'O2', amount: 9 }]])(
    'from the owner of its number at the gateway is refused: %j',
    async (changes) => {
      await shop.order({ gateway_id: 'P1' });
      expect(await conflict({ ...changes, gatewayId: 'P1' })).toMatchObject({
        differences: ['orders[3] (O2): gatewayId P1 belongs to O1'],
      });
    },
  );

  it.each<Row>([{ kind: 'transfer' }, { mch_no: 'M2' }, { instance: 'other' }])(
    'may share a number at the gateway with %j',
    async (row) => {
      await shop.order({ compared_no: 'o2', gateway_id: 'P1', ...row });
      expect(await imports([order({ gatewayId: 'P1' })])).toMatchObject({ imported: 1 });
    },
  );

  it('keeps all others of the import out of the table', async () => {
    await shop.order();
    const before = await shop.rows('order');
    await expect(imports([order({ mchOrderNo: 'O0' }), order({ amount: 6 })])).rejects.toThrow('amount is 5, not 6');
    expect(await shop.rows('order')).toStrictEqual(before);
  });

  it('is one of the import that has its number in another spelling', async () => {
    await expect(imports([order(), order({ path: 'orders[1]', mchOrderNo: 'o1' })])).rejects.toMatchObject({
      differences: [expect.stringContaining('mchOrderNo is O1, not o1')],
    });
    expect(await shop.rows('order')).toHaveLength(0);
  });

  it.each([
    [20, []],
    [22, ['and 2 more orders']],
  ])('is named with up to 20 others: %i', async (count, more) => {
    const orders = Array.from({ length: count }, (_, index) =>
      order({ path: `orders[${index}]`, mchOrderNo: `O${String(index).padStart(2, '0')}` }),
    );
    await imports(orders);
    const wrong = orders.map((each) => ({ ...each, amount: 6 }));
    const error = (await imports(wrong).catch((thrown: unknown) => thrown)) as { differences: string[] };
    expect(error.differences).toStrictEqual([
      ...wrong.slice(0, 20).map(({ path, mchOrderNo }) => `${path} (${mchOrderNo}): amount is 5, not 6`),
      ...more,
    ]);
    expect(error).toMatchObject({ mchOrderNo: 'O00' });
  });
});

describe('an import', () => {
  it('of nothing changes nothing', async () => {
    expect(await imports([])).toStrictEqual({ imported: 0, movedOn: 0, unchanged: 0 });
  });

  it('counts each order once', async () => {
    await shop.order({ last_applied: 0 });
    await shop.order({ compared_no: 'o2', mch_order_no: 'O2' });
    const orders = [
      order({ lastApplied: 2 }),
      order({ mchOrderNo: 'O2' }),
      order({ mchOrderNo: 'O3' }),
      order({ mchOrderNo: 'O4' }),
    ];
    expect(await imports(orders)).toStrictEqual({ imported: 2, movedOn: 1, unchanged: 1 });
  });

  it.each<[SqlDialect, string]>([
    ['postgres', ' FOR UPDATE'],
    ['mysql', ' FOR UPDATE'],
    ['sqlite', ''],
  ])('locks orders by their keys on %s, whatever their order is', async (dialect, end) => {
    const transaction = new ScriptedTransaction();
    const given = [order({ mchOrderNo: 'O2' }), order({ kind: 'transfer' }), order({ mchOrderNo: 'O1' })];
    await imports(given, scriptedDatabase(dialect, transaction));
    const locks = transaction.executed.filter(({ sql }) => sql.startsWith('SELECT mch_order_no'));
    expect(locks.map(({ params }) => params)).toStrictEqual([
      ['', 'payment', 'M1', 'o1'],
      ['', 'payment', 'M1', 'o2'],
      ['', 'transfer', 'M1', 'o1'],
    ]);
    expect(locks.every(({ sql }) => sql.endsWith(`compared_no = ?${end}`))).toBe(true);
    expect(given.map(({ mchOrderNo }) => mchOrderNo)).toStrictEqual(['O2', 'O1', 'O1']);
  });

  it.each([
    ['a create inserts its order', '23505'],
    ['the database rolls it back', '40P01'],
  ])('runs up to three times where %s', async (_, code) => {
    const error = Object.assign(new Error('in the way'), { code });
    const runs: number[] = [];
    const failing = (times: number): SqlDatabase => ({
      ...shop.database,
      dialect: 'sqlite',
      execute: (...statement) => shop.database.execute(...statement),
      begin: async (limits) => {
        if (runs.push(runs.length) <= times) throw error;
        return shop.database.begin(limits);
      },
    });
    expect(await imports([order()], failing(2))).toMatchObject({ imported: 1 });
    expect(runs).toHaveLength(3);
    runs.length = 0;
    await expect(imports([order()], failing(3))).rejects.toBe(error);
    expect(runs).toHaveLength(3);
  });

  it('runs once where it fails otherwise', async () => {
    const error = new Error('connection lost');
    const transaction = new ScriptedTransaction([[/^SELECT/, error]]);
    await expect(imports([order()], scriptedDatabase('postgres', transaction))).rejects.toBe(error);
    expect(transaction.sql).toHaveLength(1);
  });
});
