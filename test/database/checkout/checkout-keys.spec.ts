import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CHECKOUT_KEY, CheckoutKeys, checkoutKeyOf } from '../../../lib/database/checkout/checkout-keys.js';
import type { SqlValue } from '../../../lib/database/sql-database.js';
import { paymentEvent } from '../../outcomes/support/events.js';
import { MemoryTables } from '../support/memory-tables.js';
import { ScriptedTransaction } from '../support/scripted-transaction.js';

type Row = Readonly<Record<string, SqlValue>>;

let shop: MemoryTables;
beforeEach(async () => {
  shop = await MemoryTables.open();
});
afterEach(() => shop.close());

/** Inserts key K1 of merchant M1, or one with other columns. */
const add = (changes: Row = {}) =>
  shop.insert('checkout', {
    instance: '',
    mch_no: 'M1',
    checkout_key: 'K1',
    app_id: 'A1',
    amount: 5,
    currency: 'cny',
    mch_order_no: 'O1',
    created_at: 1,
    ...changes,
  });
const keys = (instance = '') => new CheckoutKeys(shop.tables, instance);
const claim = (mchOrderNo = 'O1') => keys().claim(shop.database, paymentEvent({ mchOrderNo }), 'K1');
const noteSuccess = (mchOrderNo = 'O1') => keys().noteSuccess(shop.database, paymentEvent({ mchOrderNo }), 'K1');
const paid = () => shop.row('checkout', 'success_no, paid_no');

/** Keys that differ from K1 of merchant M1 in one respect. */
const OTHERS: Row[] = [{ checkout_key: 'K2' }, { mch_no: 'M2' }, { instance: 'second' }];

describe('an order whose success is applied', () => {
  it('pays its key, and says of no earlier payment', async () => {
    await add({ success_no: 'O2' });
    expect(await claim()).toBeUndefined();
    expect(await paid()).toStrictEqual({ success_no: 'O2', paid_no: 'O1' });
  });

  it('names the order that has paid the key before, which still has', async () => {
    await add();
    await claim('O2');
    expect(await claim()).toBe('O2');
    expect(await paid()).toStrictEqual({ success_no: null, paid_no: 'O2' });
  });

  it('has not paid twice if its success is applied again, in any spelling of the gateway', async () => {
    await add();
    await claim('O1 ');
    expect(await paid()).toStrictEqual({ success_no: null, paid_no: 'O1' });
    expect(await claim()).toBeUndefined();
    expect(await claim('O1 ')).toBeUndefined();
  });

  it('needs one statement unless another one has paid the key', async () => {
    const transaction = new ScriptedTransaction([[/^UPDATE/, [{}]]]);
    await keys().claim(transaction, paymentEvent(), 'K1');
    expect(transaction.sql).toHaveLength(1);
  });

  it('pays no key that has been deleted', async () => {
    expect(await claim()).toBeUndefined();
    expect(await shop.rows('checkout')).toHaveLength(0);
  });

  it.each(OTHERS)('does not pay the key with %j', async (other) => {
    await add(other);
    expect(await claim()).toBeUndefined();
    expect(await paid()).toStrictEqual({ success_no: null, paid_no: null });
  });

  it.each(OTHERS)('does not care who has paid the key with %j', async (other) => {
    await add({ ...other, paid_no: 'O7' });
    await add({ paid_no: 'O2' });
    expect(await claim()).toBe('O2');
  });
});

describe('an order that the gateway reports as paid', () => {
  it('is remembered for its key until its handlers have committed', async () => {
    await add();
    await noteSuccess('O1 ');
    expect(await paid()).toStrictEqual({ success_no: 'O1', paid_no: null });
  });

  it('does not replace the first one', async () => {
    await add();
    await noteSuccess('O2');
    await noteSuccess();
    expect(await paid()).toStrictEqual({ success_no: 'O2', paid_no: null });
  });

  it.each(OTHERS)('is not remembered for the key with %j', async (other) => {
    await add(other);
    await noteSuccess();
    expect(await paid()).toStrictEqual({ success_no: null, paid_no: null });
  });
});

it('finds the key of a merchant in an instance', async () => {
  for (const other of OTHERS) await add({ ...other, mch_order_no: 'other' });
  await add();
  const found = async (...key: Parameters<typeof checkoutKeyOf>) => {
    const sql = `SELECT mch_order_no FROM ${shop.tables.checkout} WHERE ${CHECKOUT_KEY}`;
    const { rows } = await shop.database.execute(sql, checkoutKeyOf(...key));
    return rows.map(({ mch_order_no: no }) => no);
  };
  expect(await found('', 'M1', 'K1')).toStrictEqual(['O1']);
  expect(await found('second', 'M1', 'K1')).toStrictEqual(['other']);
  expect(await found('second', 'M2', 'K1')).toStrictEqual([]);
});
