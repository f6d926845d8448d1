import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { CheckoutTable } from '../../../lib/database/checkout/checkout-table.js';
import type { SqlDatabase, SqlDialect, SqlValue } from '../../../lib/database/sql-database.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { MemoryTables } from '../support/memory-tables.js';
import { ScriptedTransaction, scriptedDatabase } from '../support/scripted-transaction.js';

type Row = Readonly<Record<string, SqlValue>>;

const NOW = 1_000_000;
const LIMITS = { connectionTimeoutMs: 1_000, lockTimeoutMs: 1_000 };
const TERMS = { mchNo: 'M1', appId: 'A1', key: 'K1', amount: 5, currency: 'cny' };
const KEY: Row = {
  instance: '',
  mch_no: 'M1',
  checkout_key: 'K1',
  app_id: 'A1',
  amount: 5,
  currency: 'cny',
  mch_order_no: 'o1',
  created_at: 1,
};

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

const open = (database: SqlDatabase = shop.database, instance = '') =>
  new CheckoutTable(database, shop.tables, instance, LIMITS);
const add = (changes: Row = {}) => shop.insert('checkout', { ...KEY, ...changes });
/** The entry of key K1, whose order has these columns. */
async function entryWith(order: Row | undefined, key: Row = {}) {
  await add(key);
  if (order !== undefined) await shop.order({ mch_order_no: 'o1', ...order });
  return open().enter(TERMS, 'o9');
}

describe('a new key', () => {
  it('is stored with its terms and the number for its order', async () => {
    expect(await open().enter(TERMS, 'o1')).toMatchObject({
      appId: 'A1',
      amount: 5,
      currency: 'cny',
      mchOrderNo: 'o1',
      paidNo: undefined,
      order: undefined,
    });
    expect(await shop.row('checkout')).toStrictEqual({
      ...KEY,
      success_no: null,
      paid_no: null,
      created_at: NOW,
    });
  });

  it('has one number, whoever asks first', async () => {
    const entries = await Promise.all([open().enter(TERMS, 'o1'), open().enter(TERMS, 'o2')]);
    expect(new Set(entries.map(({ mchOrderNo }) => mchOrderNo)).size).toBe(1);
    expect(await shop.rows('checkout')).toHaveLength(1);
  });

  it.each<[SqlDialect, RegExp]>([
    ['postgres', /^INSERT INTO .* ON CONFLICT DO NOTHING$/],
    ['mysql', /^INSERT IGNORE INTO pass2pay_checkout .*\)$/],
  ])('gives the number of another call that inserted it meanwhile on %s', async (dialect, insert) => {
    let reads = 0;
    const transaction = new ScriptedTransaction();
    const database: SqlDatabase = {
      ...scriptedDatabase(dialect, transaction),
      execute: async (sql, params) => {
        await transaction.execute(sql, params);
        const isThere = sql.startsWith('SELECT') && ++reads === 2;
        return { rows: isThere ? [{ ...KEY, mch_order_no: 'o7', status: null }] : [], affected: 0 };
      },
    };
    expect(await open(database).enter(TERMS, 'o1')).toMatchObject({ mchOrderNo: 'o7', order: undefined });
    expect(transaction.sql[1]).toMatch(insert);
    expect(transaction.sql).toHaveLength(3);
  });
});

describe('a known key', () => {
  it('keeps its terms and number', async () => {
    await add({ app_id: 'A2', amount: 6, currency: 'usd' });
    expect(await open().enter(TERMS, 'o9')).toStrictEqual({
      appId: 'A2',
      amount: 6,
      currency: 'usd',
      mchOrderNo: 'o1',
      paidNo: undefined,
      order: undefined,
    });
    expect((await shop.row('checkout')).mch_order_no).toBe('o1');
  });

  it.each<Row>([{ mch_no: 'M2' }, { checkout_key: 'K2' }, { instance: 'other' }])(
    'is another one than that with %j',
    async (other) => {
      await add(other);
      expect((await open().enter(TERMS, 'o9')).mchOrderNo).toBe('o9');
    },
  );

  it('has the order of its number', async () => {
    const row = { status: 'created', gateway_state: 1, last_applied: 0, expires_at: 7 };
    expect(await entryWith(row)).toStrictEqual({
      appId: 'A1',
      amount: 5,
      currency: 'cny',
      mchOrderNo: 'o1',
      paidNo: undefined,
      order: { status: 'created', gatewayState: 1, lastApplied: 0, expiresAt: 7 },
    });
  });

  it('knows nothing of an order that the gateway has not reported', async () => {
    expect((await entryWith({ status: 'unknown' })).order).toStrictEqual({
      status: 'unknown',
      gatewayState: undefined,
      lastApplied: undefined,
      expiresAt: undefined,
    });
  });

  it.each<Row>([{ mch_no: 'M2' }, { kind: 'transfer' }, { instance: 'other' }, { compared_no: 'o2' }])(
    'has no order with %j',
    async (other) => {
      expect((await entryWith({ gateway_state: 2, ...other })).order).toBeUndefined();
    },
  );

  it.each([
    ['creating', NOW + 1, 'creating'],
    ['creating', NOW, 'unknown'],
    ['created', NOW, 'created'],
    ['refused', null, 'refused'],
  ])('has an order that is %s until %s as %s', async (status, until, expected) => {
    expect((await entryWith({ status, creating_until: until })).order?.status).toBe(expected);
  });
});

describe('a paid key', () => {
  it.each<[string, Row, Row, string | undefined]>([
    ['by the order whose handlers committed', {}, { paid_no: 'o3', success_no: 'o2' }, 'o3'],
    ['by the order that the gateway reported', {}, { success_no: 'o2' }, 'o2'],
    ['by its order, which is paid at the gateway', { gateway_state: OrderState.Success }, {}, 'o1'],
    ['by its order, which is refunded at the gateway', { gateway_state: OrderState.Refunded }, {}, 'o1'],
    ['by its order, whose success was applied', { gateway_state: 6, last_applied: OrderState.Success }, {}, 'o1'],
    ['by its order, whose success waits', { gateway_state: 6, success_to_apply: 1 }, {}, 'o1'],
    ['by nobody while its order is not paid', { gateway_state: OrderState.Closed, last_applied: 0 }, {}, undefined],
    ['by nobody where nothing is known', {}, {}, undefined],
  ])('is paid %s', async (_, order, key, paidNo) => {
    expect((await entryWith(order, key)).paidNo).toBe(paidNo);
  });

  it('is paid also where its order was deleted', async () => {
    expect(await entryWith(undefined, { paid_no: 'o3' })).toMatchObject({ paidNo: 'o3', order: undefined });
  });
});

describe('the number of a key', () => {
  const replaced = async (key: Row, old = 'o1') => {
    await add(key);
    const isReplaced = await open().replace(TERMS, old, 'o2');
    return [isReplaced, (await shop.row('checkout')).mch_order_no];
  };

  it('is replaced', async () => {
    expect(await replaced({})).toStrictEqual([true, 'o2']);
  });

  it.each<[string, Row, string]>([
    ['it was replaced before', {}, 'o0'],
    ['the key is paid', { paid_no: 'o1' }, 'o1'],
    ['the gateway reported an order of the key as paid', { success_no: 'o1' }, 'o1'],
    ['it belongs to another key', { checkout_key: 'K2' }, 'o1'],
    ['it belongs to another merchant', { mch_no: 'M2' }, 'o1'],
    ['it belongs to another instance', { instance: 'other' }, 'o1'],
  ])('stays if %s', async (_, key, old) => {
    expect(await replaced(key, old)).toStrictEqual([false, 'o1']);
  });
});
