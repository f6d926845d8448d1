import { describe, expect, it } from '@jest/globals';
import type { ImportedOrder } from '../../../lib/database/orders/imported-order.js';
import { Pass2PayOrders } from '../../../lib/database/orders/pass2pay-orders.js';
import type { ListPlace, StoredOrder } from '../../../lib/database/orders/stored-orders.js';
import { MerchantDirectory } from '../../../lib/merchants/merchant-directory.js';

type Table = NonNullable<ConstructorParameters<typeof Pass2PayOrders>[0]>;

const ORDER: ImportedOrder = { mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1', amount: 5, currency: 'CNY' };
const MERCHANTS = new MerchantDirectory([{ mchNo: 'M1', appId: 'A1', secrets: ['s'.repeat(32)] }]);
const FORGOTTEN = { orders: 1, outcomes: 2, afterCommit: 3, waiting: 4 };
const stored = (mchOrderNo: string): StoredOrder => ({
  kind: 'payment',
  mchNo: 'M1',
  appId: 'A1',
  mchOrderNo,
  amount: 5,
  currency: 'cny',
  status: 'unknown',
  adopted: false,
  createdAt: new Date(0),
});

/** The orders above a table that records its calls and lists these entries. */
function open(listed: readonly { order: StoredOrder; place: ListPlace }[] = []) {
  const calls: unknown[][] = [];
  const record =
    <Result>(name: string, result: Result) =>
    async (...given: unknown[]) => {
      calls.push([name, ...given]);
      return result;
    };
  const table = {
    imports: { import: record('import', { imported: 1, movedOn: 0, unchanged: 0 }) },
    stored: { find: record('find', stored('O1')), list: record('list', listed) },
    erasure: { forget: record('forget', FORGOTTEN) },
  } as unknown as Table;
  return { calls, orders: new Pass2PayOrders(table, MERCHANTS) };
}

describe('an import', () => {
  it('hands on the orders as they are stored', async () => {
    const { calls, orders } = open();
    expect(await orders.import([ORDER])).toStrictEqual({ imported: 1, movedOn: 0, unchanged: 0 });
    expect(calls).toMatchObject([['import', [{ path: 'orders[0]', kind: 'payment', currency: 'cny', amount: 5 }]]]);
  });

  it.each([
    ['more than 1,000 orders', Array.from({ length: 1_001 }, () => ORDER)],
    ['no array', 'O1'],
    ['nothing', undefined],
  ])('of %s is refused', async (_, given) => {
    const { calls, orders } = open();
    await expect(orders.import(given as ImportedOrder[])).rejects.toMatchObject({
      name: 'Pass2PayValidationError',
      code: 'PASS2PAY_VALIDATION',
      issues: [
        {
          field: 'orders',
          message: 'orders must be an array of up to 1000; split larger imports into several calls',
        },
      ],
    });
    expect(calls).toHaveLength(0);
  });

  it('takes 1,000 orders', async () => {
    const { calls, orders } = open();
    await orders.import(Array.from({ length: 1_000 }, () => ORDER));
    expect(calls[0]![1]).toHaveLength(1_000);
  });

  it('is refused with every issue of its orders', async () => {
    const { calls, orders } = open();
    const wrong = [{ ...ORDER, amount: 0 }, ORDER, { ...ORDER, mchNo: '' }];
    await expect(orders.import(wrong)).rejects.toMatchObject({
      issues: [{ field: 'orders[0].amount' }, { field: 'orders[2].mchNo' }],
    });
    expect(calls).toHaveLength(0);
  });

  it('is refused with every order of an unknown merchant or app', async () => {
    const { calls, orders } = open();
    const message = (index: number, app: string) =>
      `orders[${index}].appId ${app} is unknown to the module; configure it, or import the order into the instance that has it`;
    await expect(orders.import([{ ...ORDER, mchNo: 'M2' }, ORDER, { ...ORDER, appId: 'A2' }])).rejects.toMatchObject({
      code: 'PASS2PAY_VALIDATION',
      issues: [
        { field: 'orders[0].appId', message: message(0, 'A1 of merchant M2') },
        { field: 'orders[2].appId', message: message(2, 'A2 of merchant M1') },
      ],
    });
    expect(calls).toHaveLength(0);
  });
});

describe('an order by its number', () => {
  it('is a payment, unless a transfer is meant', async () => {
    const { calls, orders } = open();
    expect(await orders.find({ mchNo: 'M1', mchOrderNo: 'O1' })).toStrictEqual(stored('O1'));
    await orders.find({ kind: 'transfer', mchNo: 'M1', mchOrderNo: 'T1' });
    expect(calls).toStrictEqual([
      ['find', { kind: 'payment', mchNo: 'M1', mchOrderNo: 'O1' }],
      ['find', { kind: 'transfer', mchNo: 'M1', mchOrderNo: 'T1' }],
    ]);
  });
});

describe('a list', () => {
  const entry = (mchOrderNo: string, at: number) => ({
    order: stored(mchOrderNo),
    place: [at, mchOrderNo.toLowerCase(), 'M1', 'payment'] as const,
  });

  it('has a next page if there are more orders, which starts after the last one', async () => {
    const { calls, orders } = open([entry('O1', 1), entry('O2', 2), entry('O3', 3)]);
    const page = await orders.list({ status: 'unknown', limit: 2 });
    expect(page).toStrictEqual({ orders: [stored('O1'), stored('O2')], next: expect.any(String) });
    await orders.list({ status: 'unknown', limit: 2, after: page.next! });
    expect(calls).toStrictEqual([
      ['list', 'unknown', { after: undefined, most: 3 }],
      ['list', 'unknown', { after: [2, 'o2', 'M1', 'payment'], most: 3 }],
    ]);
  });

  it.each([1, 3])('starts after the last order of a page of %i', async (limit) => {
    const { calls, orders } = open([entry('O1', 1), entry('O2', 2), entry('O3', 3), entry('O4', 4)]);
    const { next } = await orders.list({ status: 'unknown', limit });
    await orders.list({ status: 'unknown', limit, after: next! });
    expect(calls[1]).toMatchObject(['list', 'unknown', { after: [limit, `o${limit}`, 'M1', 'payment'] }]);
  });

  it('ends with a page that has no next one', async () => {
    const { orders } = open([entry('O1', 1), entry('O2', 2)]);
    expect(await orders.list({ status: 'refused', limit: 2 })).toStrictEqual({ orders: [stored('O1'), stored('O2')] });
  });

  it('may be empty', async () => {
    expect(await open().orders.list({ status: 'creating' })).toStrictEqual({ orders: [] });
  });

  it('is refused with invalid options', async () => {
    const { calls, orders } = open();
    await expect(orders.list({ status: 'created' as 'unknown' })).rejects.toMatchObject({
      code: 'PASS2PAY_VALIDATION',
    });
    expect(calls).toHaveLength(0);
  });
});

describe('a customer', () => {
  it.each([
    [undefined, undefined],
    [{ mchNo: 'M1' }, 'M1'],
    [{}, undefined],
  ])('is forgotten with %j', async (options, mchNo) => {
    const { calls, orders } = open();
    expect(await orders.forgetCustomer('C1', options)).toStrictEqual(FORGOTTEN);
    expect(calls).toStrictEqual([['forget', 'C1', mchNo]]);
  });

  it('may have a number of 64 characters', async () => {
    const { calls, orders } = open();
    await orders.forgetCustomer('c'.repeat(64), { mchNo: 'm'.repeat(30) });
    expect(calls).toHaveLength(1);
  });

  it.each([
    [undefined, undefined, 'custNo is required: the customer number of the orders'],
    ['c'.repeat(65), undefined, 'custNo has 65 characters; send up to 64'],
    ['C1', '', 'mchNo is blank; send text'],
    ['C1', 'm'.repeat(31), 'mchNo has 31 characters; send up to 30'],
  ])('with %j of %j is refused', async (custNo, mchNo, message) => {
    const { calls, orders } = open();
    await expect(orders.forgetCustomer(custNo as string, mchNo === undefined ? {} : { mchNo })).rejects.toMatchObject({
      code: 'PASS2PAY_VALIDATION',
      message,
    });
    expect(calls).toHaveLength(0);
  });
});

describe('without a database', () => {
  it.each<[string, (orders: Pass2PayOrders) => Promise<unknown>]>([
    ['import', (orders) => orders.import([ORDER])],
    ['find', (orders) => orders.find({ mchNo: 'M1', mchOrderNo: 'O1' })],
    ['list', (orders) => orders.list({ status: 'unknown' })],
    ['forgetCustomer', (orders) => orders.forgetCustomer('C1')],
  ])('%s says what to set', async (_, call) => {
    await expect(call(new Pass2PayOrders(undefined, MERCHANTS))).rejects.toMatchObject({
      name: 'Pass2PayConfigError',
      code: 'PASS2PAY_CONFIG',
      issues: [
        {
          field: 'database',
          message: 'database is required for Pass2PayOrders, which reads and writes the order table; set it',
        },
      ],
    });
  });
});
