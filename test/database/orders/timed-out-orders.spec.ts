import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NewOrder } from '../../../lib/client/order-store.js';
import { TimedOutOrders } from '../../../lib/database/orders/timed-out-orders.js';
import type { SqlValue } from '../../../lib/database/sql-database.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { MemoryTables } from '../support/memory-tables.js';
import { ScriptedTransaction } from '../support/scripted-transaction.js';

type Row = Readonly<Record<string, SqlValue>>;

const { Created, Paying, Success, Failed, Cancelled, Refunded, Closed } = OrderState;
const NOW = Date.UTC(2024, 5, 1);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ORDER: NewOrder = {
  kind: 'payment',
  mchNo: 'M1',
  appId: 'A1',
  mchOrderNo: 'O9',
  amount: 5,
  currency: 'cny',
  custNo: 'C1',
  expiresInS: 600,
};

let shop: MemoryTables;
beforeEach(async () => {
  shop = await MemoryTables.open();
});
afterEach(() => shop.close());

/** Inserts an order of customer C1 that expired unpaid an hour ago, or one with other columns. */
const add = (no: string, changes: Row = {}) =>
  shop.order({ compared_no: no, mch_order_no: no, cust_no: 'C1', expires_at: NOW - HOUR_MS, ...changes });
const retryAt = (order = ORDER) => new TimedOutOrders(shop.database, shop.tables, '').retryAt(order, NOW);

/** Whether an order counts: together with four that do, it lets the customer wait. */
async function counts(changes: Row): Promise<boolean> {
  for (const no of ['o1', 'o2', 'o3', 'o4']) await add(no);
  await add('o5', changes);
  return (await retryAt()) !== undefined;
}

describe('a customer', () => {
  /** Orders that expired so many hours ago. */
  const expired = async (...hours: number[]) => {
    for (const [index, hour] of hours.entries()) await add(`o${index}`, { expires_at: NOW - hour * HOUR_MS });
  };
  const inHours = (hours: number) => new Date(NOW + hours * HOUR_MS);

  it('may create orders after four that expired within a day', async () => {
    await expired(1, 2, 3, 4);
    expect(await retryAt()).toBeUndefined();
  });

  it('must wait after five, until the first of them is a day old', async () => {
    await expired(1, 4, 3, 2, 5);
    expect(await retryAt()).toStrictEqual(inHours(24 - 5));
  });

  it('must wait after more, until only four of them are less than a day old', async () => {
    await expired(7, 1, 6, 2, 3, 4, 5);
    expect(await retryAt()).toStrictEqual(inHours(24 - 5));
  });

  it('may transfer money in any case', async () => {
    await expired(1, 2, 3, 4, 5);
    expect(await retryAt({ ...ORDER, kind: 'transfer' })).toBeUndefined();
  });

  it('must wait as long where the database gives its large numbers as texts', async () => {
    const rows = [1, 2, 3, 4, 5].map((hour) => ({ expires_at: String(NOW - hour * HOUR_MS) }));
    const orders = new TimedOutOrders(new ScriptedTransaction([[/^SELECT/, rows]]), shop.tables, '');
    expect(await orders.retryAt(ORDER, NOW)).toStrictEqual(inHours(24 - 5));
  });
});

describe('an order counts', () => {
  it.each<[string, Row]>([
    ['it expired just now', { expires_at: NOW }],
    ['it expired nearly a day ago', { expires_at: NOW - DAY_MS + 1 }],
    ['nobody has begun to pay it', { gateway_state: Created, last_applied: Created }],
    ['its payer has only begun to pay', { gateway_state: Paying, last_applied: Paying }],
    ['it is closed', { gateway_state: Closed, last_applied: Closed }],
    ['it was closed before its time', { gateway_state: Closed, expires_at: NOW + 1 }],
  ])('if %s', async (_, changes) => {
    expect(await counts(changes)).toBe(true);
  });

  it.each<[string, Row]>([
    ['it is still open', { expires_at: NOW + 1 }],
    ['its payer is paying', { expires_at: NOW + 1, gateway_state: Paying }],
    ['it expired a day ago', { expires_at: NOW - DAY_MS }],
    ['it was closed a day ago', { expires_at: NOW - DAY_MS, gateway_state: Closed }],
    ['its expiry is unknown', { expires_at: null, gateway_state: Closed }],
    ['it is paid', { gateway_state: Success }],
    ['it failed', { gateway_state: Failed }],
    ['it was cancelled', { gateway_state: Cancelled }],
    ['it is refunded', { gateway_state: Refunded }],
    ['it was paid late', { gateway_state: Closed, last_applied: Success }],
    ['it was paid late and refunded', { gateway_state: Closed, last_applied: Refunded }],
    ['its late payment waits for its handlers', { gateway_state: Closed, success_to_apply: 1 }],
    ['it was refused', { status: 'refused' }],
    ['it was never made', { status: 'never-made' }],
    ['it may not exist', { status: 'unknown' }],
    ['it is being created', { status: 'creating' }],
    ['it is a transfer', { kind: 'transfer' }],
    ['it is another customer’s', { cust_no: 'C2' }],
    ['it is another merchant’s', { mch_no: 'M2' }],
    ['it is another instance’s', { instance: 'second' }],
  ])('not if %s', async (_, changes) => {
    expect(await counts(changes)).toBe(false);
  });
});
