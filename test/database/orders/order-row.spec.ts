import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  gatewayIdOf,
  isUnknown,
  optional,
  ORDER_COLUMNS,
  ORDER_KEY,
  orderKeyOf,
  readOrderRow,
} from '../../../lib/database/orders/order-row.js';
import type { SqlRow, SqlValue } from '../../../lib/database/sql-database.js';
import { paymentEvent, transferEvent } from '../../outcomes/support/events.js';
import { MemoryTables } from '../support/memory-tables.js';
import { orderRow } from '../support/order-row.js';

type Row = Readonly<Record<string, SqlValue>>;

let shop: MemoryTables;
beforeEach(async () => {
  shop = await MemoryTables.open();
});
afterEach(() => shop.close());

/** The columns of the only order. */
const stored = () => shop.row('order', ORDER_COLUMNS);

describe('the row of an order', () => {
  it('has what events are compared with', async () => {
    await shop.order({
      status: 'unknown',
      gateway_id: 'P1',
      gateway_state: 6,
      last_applied: 1,
      checkout_key: 'K1',
      adopted: 1,
      success_to_apply: 1,
    });
    expect(readOrderRow(await stored())).toStrictEqual({
      mchOrderNo: 'O1',
      appId: 'A1',
      status: 'unknown',
      gatewayId: 'P1',
      amount: 5,
      currency: 'cny',
      gatewayState: 6,
      lastApplied: 1,
      checkoutKey: 'K1',
      isAdopted: true,
      hasSuccessToApply: true,
    });
  });

  it('has nothing that is not known yet', async () => {
    await shop.order();
    expect(readOrderRow(await stored())).toStrictEqual(orderRow());
  });

  it('may be in the first state, and not be adopted', async () => {
    await shop.order({ gateway_state: 0, last_applied: 0, adopted: 0 });
    expect(readOrderRow(await stored())).toStrictEqual(orderRow({ gatewayState: 0, lastApplied: 0 }));
  });

  it.each<[string, (value: number) => unknown]>([
    ['texts', String],
    ['bigints', BigInt],
  ])('is the same where a library gives numbers as %s', async (_, given) => {
    await shop.order({ gateway_state: 2, last_applied: 0, adopted: 1, success_to_apply: 1 });
    const row = await stored();
    const asGiven: SqlRow = Object.fromEntries(
      Object.entries(row).map(([column, value]) => [column, typeof value === 'number' ? given(value) : value]),
    );
    expect(readOrderRow(asGiven)).toStrictEqual(
      orderRow({ gatewayState: 2, lastApplied: 0, isAdopted: true, hasSuccessToApply: true }),
    );
  });

  it('has texts also where a library gives numbers that look like them', () => {
    const row = { mch_order_no: 1, app_id: 2, currency: 3, status: 4, gateway_id: 5, checkout_key: 6 };
    expect(readOrderRow(row)).toMatchObject({
      mchOrderNo: '1',
      appId: '2',
      currency: '3',
      status: '4',
      gatewayId: '5',
      checkoutKey: '6',
    });
  });
});

it.each([
  ['unknown', true],
  ['never-made', true],
  ['creating', false],
  ['created', false],
  ['refused', false],
] as const)('an order that is %s may not exist: %s', (status, isIt) => {
  expect(isUnknown({ status })).toBe(isIt);
});

describe('the key of an event’s order', () => {
  const found = async (...event: Parameters<typeof orderKeyOf>) => {
    const sql = `SELECT app_id FROM ${shop.tables.order} WHERE ${ORDER_KEY}`;
    const { rows } = await shop.database.execute(sql, orderKeyOf(...event));
    return rows.map(({ app_id: appId }) => appId);
  };

  it('finds the order, however the gateway writes its number', async () => {
    await shop.order();
    expect(await found('', paymentEvent())).toStrictEqual(['A1']);
    expect(await found('', paymentEvent({ mchOrderNo: 'o1 ' }))).toStrictEqual(['A1']);
  });

  it('finds a transfer by its own kind, and an order in its instance', async () => {
    await shop.order();
    await shop.order({ kind: 'transfer', app_id: 'transfer' });
    await shop.order({ instance: 'second', app_id: 'second' });
    expect(await found('', transferEvent())).toStrictEqual(['transfer']);
    expect(await found('second', paymentEvent())).toStrictEqual(['second']);
  });

  it.each<Row>([{ instance: 'second' }, { kind: 'transfer' }, { mch_no: 'M2' }, { compared_no: 'o2' }])(
    'does not find the order with %j',
    async (other) => {
      await shop.order(other);
      expect(await found('', paymentEvent())).toStrictEqual([]);
    },
  );
});

it('knows the gateway’s number of a payment and of a transfer', () => {
  expect(gatewayIdOf(paymentEvent({ payOrderId: 'P2' }))).toBe('P2');
  expect(gatewayIdOf(transferEvent({ transferId: 'T2' }))).toBe('T2');
});

describe('a column that may be empty', () => {
  it.each([null, undefined])('has no value if it is %s', (value) => {
    expect(optional(value, String)).toBeUndefined();
  });

  it.each([0, '', false])('has the value %j', (value) => {
    expect(optional(value, (given) => [given])).toStrictEqual([value]);
  });
});
