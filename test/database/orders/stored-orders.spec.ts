import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoredOrders } from '../../../lib/database/orders/stored-orders.js';
import type { SqlValue } from '../../../lib/database/sql-database.js';
import { MemoryTables } from '../support/memory-tables.js';

type Row = Readonly<Record<string, SqlValue>>;

const O1 = { kind: 'payment', mchNo: 'M1', mchOrderNo: 'O1' } as const;

let shop: MemoryTables;
let stored: StoredOrders;
beforeEach(async () => {
  shop = await MemoryTables.open();
  stored = new StoredOrders(shop.database, shop.tables, '');
});
afterEach(() => shop.close());

const add = (mchOrderNo: string, changes: Row = {}) =>
  shop.order({ mch_order_no: mchOrderNo, compared_no: mchOrderNo.toLowerCase(), ...changes });

describe('a stored order', () => {
  it('has only the fields that are known', async () => {
    await add('O1');
    expect(await stored.find(O1)).toStrictEqual({
      kind: 'payment',
      mchNo: 'M1',
      mchOrderNo: 'O1',
      appId: 'A1',
      status: 'created',
      amount: 5,
      currency: 'cny',
      adopted: false,
      createdAt: new Date(0),
    });
  });

  it('has all that the table knows', async () => {
    await add('O1', {
      kind: 'transfer',
      cust_no: 'C1',
      gateway_id: 'T1',
      checkout_key: 'K1',
      gateway_state: 0,
      last_applied: 0,
      adopted: 1,
      success_to_apply: 1,
      created_at: 1,
      expires_at: 2,
      next_check_at: 3,
    });
    expect(await stored.find({ ...O1, kind: 'transfer' })).toStrictEqual({
      kind: 'transfer',
      mchNo: 'M1',
      mchOrderNo: 'O1',
      appId: 'A1',
      status: 'created',
      amount: 5,
      currency: 'cny',
      custNo: 'C1',
      gatewayId: 'T1',
      checkoutKey: 'K1',
      gatewayState: 0,
      lastApplied: 0,
      adopted: true,
      createdAt: new Date(1),
      expiresAt: new Date(2),
      nextCheckAt: new Date(3),
    });
  });

  it('is found as the gateway compares numbers', async () => {
    await add('O1');
    expect(await stored.find({ ...O1, mchOrderNo: 'o1  ' })).toMatchObject({ mchOrderNo: 'O1' });
  });

  it.each<Row>([{ kind: 'transfer' }, { mch_no: 'M2' }, { instance: 'other' }, { compared_no: 'o2' }])(
    'is not found where the table has one with %j',
    async (row) => {
      await add('O1', row);
      expect(await stored.find(O1)).toBeUndefined();
    },
  );
});

describe('a search', () => {
  beforeEach(async () => {
    await add('O1', { mch_no: 'M2', cust_no: 'C1' });
    await add('O1', { kind: 'transfer', expires_at: 9 });
    await add('O1', { cust_no: 'C1', expires_at: 5 });
    await add('O2', { cust_no: 'C1', expires_at: 3 });
    await add('O3', { cust_no: 'C2' });
    await add('O1', { instance: 'other', cust_no: 'C1' });
  });
  const namesOf = async (...given: Parameters<StoredOrders['search']>) =>
    (await stored.search(...given)).map(({ kind, mchNo, mchOrderNo }) => `${kind} ${mchNo} ${mchOrderNo}`);

  it('by number finds it for each merchant and kind, by merchant and expiry', async () => {
    expect(await namesOf({ mchOrderNo: 'o1 ' }, 10)).toStrictEqual([
      'payment M1 O1',
      'transfer M1 O1',
      'payment M2 O1',
    ]);
  });

  it('by customer finds all orders, by merchant and expiry', async () => {
    expect(await namesOf({ custNo: 'C1' }, 10)).toStrictEqual(['payment M1 O2', 'payment M1 O1', 'payment M2 O1']);
  });

  it('may be of a merchant or a kind', async () => {
    expect(await namesOf({ mchOrderNo: 'O1', mchNo: 'M2' }, 10)).toStrictEqual(['payment M2 O1']);
    expect(await namesOf({ mchOrderNo: 'O1', kind: 'transfer' }, 10)).toStrictEqual(['transfer M1 O1']);
  });

  it('finds at most so many', async () => {
    expect(await namesOf({ custNo: 'C1' }, 2.9)).toHaveLength(2);
  });

  it('may find nothing', async () => {
    expect(await stored.search({ custNo: 'C9' }, 10)).toStrictEqual([]);
  });
});

describe('a list', () => {
  const unknown = (mchOrderNo: string, changes: Row = {}) => add(mchOrderNo, { status: 'unknown', ...changes });
  const list = (...given: Partial<Parameters<StoredOrders['list']>>) =>
    stored.list(given[0] ?? 'unknown', given[1] ?? { after: undefined, most: 10 });

  it('has the orders of a status, oldest first, with their positions', async () => {
    await unknown('O2', { created_at: 5 });
    await unknown('O1', { created_at: 7 });
    await add('O3', { status: 'refused' });
    await unknown('O4', { instance: 'other' });
    expect(await list()).toMatchObject([
      { order: { mchOrderNo: 'O2', status: 'unknown', createdAt: new Date(5) }, place: [5, 'o2', 'M1', 'payment'] },
      { order: { mchOrderNo: 'O1' }, place: [7, 'o1', 'M1', 'payment'] },
    ]);
  });

  it('has nothing of created orders, which are too many', async () => {
    await add('O1', { status: 'created' });
    expect(await list('created')).toStrictEqual([]);
  });

  it('read page by page has each order once, also those of the same time', async () => {
    for (const kind of ['payment', 'transfer']) {
      for (const mchNo of ['M1', 'M2']) {
        for (const at of [1, 2]) await unknown(`O${at}`, { kind, mch_no: mchNo, created_at: at });
        await unknown('O3', { kind, mch_no: mchNo, created_at: 1 });
      }
    }
    const read: string[] = [];
    for (let after: Awaited<ReturnType<typeof list>>[number]['place'] | undefined; ;) {
      const page = await stored.list('unknown', { after, most: 1 });
      if (page.length === 0) break;
      expect(page).toHaveLength(1);
      after = page[0]!.place;
      read.push(after.join(' '));
    }
    expect(read).toStrictEqual([
      '1 o1 M1 payment',
      '1 o1 M1 transfer',
      '1 o1 M2 payment',
      '1 o1 M2 transfer',
      '1 o3 M1 payment',
      '1 o3 M1 transfer',
      '1 o3 M2 payment',
      '1 o3 M2 transfer',
      '2 o2 M1 payment',
      '2 o2 M1 transfer',
      '2 o2 M2 payment',
      '2 o2 M2 transfer',
    ]);
  });

  it('has at most so many', async () => {
    for (const number of ['O1', 'O2', 'O3']) await unknown(number);
    expect(await list('unknown', { after: undefined, most: 2.9 })).toHaveLength(2);
  });
});
