// One key of a checkout, whatever happens in whatever order: what a customer can pay, and what the shop is told.
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CheckoutTable } from '../../lib/database/checkout/checkout-table.js';
import { OrderTable } from '../../lib/database/orders/order-table.js';
import { Pass2PayError } from '../../lib/errors/pass2pay.errors.js';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { CREATE_TIMES } from './support/create-times.js';
import { PLACES, type Place } from './support/places.js';
import { Shops, type Shop } from './support/shops.js';

const ACTIONS = [
  'click',
  'click of another process',
  'close',
  'fail',
  'pay',
  'pay late',
  'notify',
  'expire soon',
  'lose the next answer',
  'lose the next request',
  'refuse the next request',
  'fail the next handler',
  'die before the order is written',
  'die before it is sent',
  'die before its result is written',
] as const;

type Action = (typeof ACTIONS)[number];

/** So that there are often several orders, several payments, and several clicks at once. */
const FREQUENT: readonly Action[] = ['click', 'click of another process', 'close', 'pay late'];
const action = fc.constantFrom(...ACTIONS, ...FREQUENT, ...FREQUENT, ...FREQUENT);

/** What happens at the same time, and which of the key's orders it happens to. */
const batches = fc.array(fc.array(fc.record({ action, nth: fc.nat({ max: 2 }) }), { minLength: 1, maxLength: 4 }), {
  minLength: 4,
  maxLength: 16,
  size: 'max',
});

let place: Place;
let shops: Shops;
let shop: Shop;
let other: Shop;
let runs = 0;
let failNext = false;

beforeAll(async () => {
  Logger.overrideLogger(false);
  place = PLACES.find(({ need }) => need === 'libsql')!.open();
  shops = await Shops.open(place);
  // Faults in a row would open the circuit, and whether the next calls are refused would be a matter of time.
  const options = { timeoutMs: 2_000, circuitBreaker: { failures: 1_000, halfOpenAfterMs: 1 } };
  other = await shops.start(options);
  shop = await shops.start(options);
  shop.handler.does = () => {
    const fails = failNext;
    failNext = false;
    if (fails) throw new Error('The warehouse is closed');
  };
});

afterAll(async () => {
  await shops.close();
  await place.close();
});

interface KnownOrder {
  mchOrderNo: string;
  expiresAt: number;
}

/** The key's orders that have been written, the oldest first. */
async function ordersOf(key: string): Promise<KnownOrder[]> {
  const { rows } = await place.database.execute(
    `SELECT mch_order_no, expires_at FROM ${shops.tables.order} WHERE checkout_key = ? ORDER BY created_at, mch_order_no`,
    [key],
  );
  return rows.map((row) => ({ mchOrderNo: String(row.mch_order_no), expiresAt: Number(row.expires_at) }));
}

/** The states of an order that can be paid late. */
const ENDED = new Set<number | undefined>([OrderState.Failed, OrderState.Closed]);

const stateOf = (mchOrderNo: string) => shops.sandbox.order(mchOrderNo)?.state;

/** Until it is acknowledged, as far as it can be now. */
async function tell(mchOrderNo: string): Promise<number> {
  const { payOrderId } = shops.sandbox.order(mchOrderNo)!;
  return (await shop.notify({ mchOrderNo, payOrderId })).status;
}

async function run(given: readonly (readonly { action: Action; nth: number }[])[]): Promise<void> {
  const key = `model ${++runs}`;
  const { mchNo, appId } = shops.sandbox.merchants[0]!;
  const terms = { mchNo, appId, key, amount: 100, currency: 'cny' };
  /** Those whose money the gateway has. */
  const paid = new Set<string>();
  failNext = false;

  const click = async ({ app }: Shop = shop) => {
    const order = { key, amount: 100, custNo: key, registerTime: 1_622_016_572_190 };
    try {
      await app.get(CashierService).checkout(order);
    } catch (error) {
      // All that a customer may be told; nothing else goes wrong.
      if (!(error instanceof Pass2PayError)) throw error;
      expect(error.code).toMatch(/_(?:ALREADY_PAID|OUTCOME_UNKNOWN|RATE_LIMIT|CONNECTION|BAD_RESPONSE)$/);
    }
  };
  const set = async (mchOrderNo: string, columns: string) =>
    place.database.execute(`UPDATE ${shops.tables.order} SET ${columns} WHERE mch_order_no = ?`, [mchOrderNo]);
  const enter = async () =>
    new CheckoutTable(place.database, shops.tables, '', CREATE_TIMES).enter(terms, `20260101${key.slice(6)}n${runs}`);

  /** No query tells of a payment that comes late. */
  const pay = async (mchOrderNo: string) => {
    if (paid.has(mchOrderNo)) return;
    paid.add(mchOrderNo);
    await (stateOf(mchOrderNo) === 0 ? shops.sandbox.pay(mchOrderNo) : shops.sandbox.payAfterClose(mchOrderNo));
  };

  const act: Readonly<Record<Action, (order: KnownOrder | undefined) => unknown>> = {
    click: () => click(),
    'click of another process': () => click(other),
    close: (order) => order && stateOf(order.mchOrderNo) === 0 && shops.sandbox.close(order.mchOrderNo),
    fail: (order) => order && stateOf(order.mchOrderNo) === 0 && shops.sandbox.fail(order.mchOrderNo),
    pay: (order) => order && stateOf(order.mchOrderNo) === 0 && pay(order.mchOrderNo),
    'pay late': (order) => order && ENDED.has(stateOf(order.mchOrderNo)) && pay(order.mchOrderNo),
    notify: (order) => order && paid.has(order.mchOrderNo) && tell(order.mchOrderNo),
    'expire soon': (order) => order && set(order.mchOrderNo, `expires_at = ${Date.now() + 30_000}`),
    'lose the next answer': () => shops.sandbox.inject({ kind: 'reset-after' }),
    'lose the next request': () => shops.sandbox.inject({ kind: 'reset-before' }),
    'refuse the next request': () => shops.sandbox.inject({ kind: 'rate-limit' }),
    'fail the next handler': () => {
      failNext = true;
    },
    'die before the order is written': enter,
    'die before it is sent': async () => {
      const { mchOrderNo, order } = await enter();
      if (order !== undefined) return;
      const table = new OrderTable(place.database, shops.tables, '', CREATE_TIMES);
      const written = {
        kind: 'payment',
        ...terms,
        mchOrderNo,
        custNo: key,
        checkoutKey: key,
        expiresInS: 900,
      } as const;
      await table.creating(written).catch(() => undefined);
      await set(mchOrderNo, `creating_until = CASE WHEN creating_until IS NULL THEN NULL ELSE 1 END`);
    },
    'die before its result is written': (order) =>
      order &&
      stateOf(order.mchOrderNo) === 0 &&
      set(
        order.mchOrderNo,
        "status = 'creating', creating_until = 1, response = NULL, gateway_id = NULL, gateway_state = NULL",
      ),
  };

  for (const batch of given) {
    const orders = await ordersOf(key);
    await Promise.all(batch.map(async (each) => act[each.action](orders.at(-1 - (each.nth % (orders.length || 1))))));
    const open = (await ordersOf(key)).filter(
      ({ mchOrderNo, expiresAt }) => stateOf(mchOrderNo) === 0 && expiresAt - Date.now() >= 60_000,
    );
    expect(open.length).toBeLessThanOrEqual(1);
  }

  shops.sandbox.clearFaults();
  failNext = false;
  for (const mchOrderNo of paid) expect(await tell(mchOrderNo)).toBe(200);
  const numbers = (await ordersOf(key)).map(({ mchOrderNo }) => mchOrderNo);
  const effects = await shops.effects();
  const applied = numbers.filter((number) => effects.includes(`${number} ${OrderState.Success}`));
  expect(new Set(applied)).toEqual(paid);
  expect(effects.filter((effect) => paid.has(effect.split(' ')[0]!) && effect.endsWith(' 2'))).toHaveLength(paid.size);
  const { rows } = await place.database.execute(
    `SELECT x.duplicate_of FROM ${shops.tables.outcome} x JOIN ${shops.tables.order} o ON o.compared_no = x.compared_no WHERE o.checkout_key = ? AND x.state = 2 AND x.result = 'applied'`,
    [key],
  );
  expect(rows.filter((row) => row.duplicate_of === null)).toHaveLength(Math.min(1, paid.size));

  // Nothing blocks the basket, and nobody pays twice.
  const before = numbers.length;
  const last = shop.app
    .get(CashierService)
    .checkout({ key, amount: 100, custNo: key, registerTime: 1_622_016_572_190 });
  if (paid.size === 0) expect(await last).toMatchObject({ state: OrderState.Created });
  else await expect(last).rejects.toMatchObject({ code: 'PASS2PAY_ALREADY_PAID' });
  if (paid.size > 0) expect(await ordersOf(key)).toHaveLength(before);
}

it('has at most one open order, every payment is handled once, and exactly one is no duplicate', async () => {
  await fc.assert(fc.asyncProperty(batches, run), { numRuns: 50 });
});
