// Customers whose orders have expired unpaid too often: limitTimedOutOrders.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { insertOrder, type OrderToInsert } from '../../lib/database/orders/insert-order.js';
import { Pass2PayOrders } from '../../lib/database/orders/pass2pay-orders.js';
import { TimedOutOrders } from '../../lib/database/orders/timed-out-orders.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import { Pass2PayCustomerLimitError } from '../../lib/errors/pass2pay.errors.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { DEFAULT_MERCHANT } from '../../sandbox/index.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';
import { Shops, type Shop } from './support/shops.js';

const { mchNo, appId } = DEFAULT_MERCHANT;
const CUSTOMER = 'C200492312';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const orderOf = (mchOrderNo: string): OrderToInsert => ({
  kind: 'payment',
  mchNo,
  appId,
  mchOrderNo,
  amount: 100,
  currency: 'cny',
  custNo: CUSTOMER,
  status: 'created',
});

for (const { need, open } of PLACES) {
  await describeWhere(need, `a limit of timed-out orders on ${need}`, () => {
    let place: Place;
    let shops: Shops;
    let shop: Shop;

    beforeEach(async () => {
      place = open();
      shops = await Shops.open(place);
      shop = await shops.start({ limitTimedOutOrders: true });
    });

    afterEach(async () => {
      await shops.close();
      await place.close();
    });

    /** The time at which orders expired whose payers did not pay. */
    async function expire(mchOrderNos: readonly string[], agoMs: number): Promise<Date> {
      const at = Date.now() - agoMs;
      const names = mchOrderNos.map((each) => `'${each}'`).join(', ');
      await place.database.execute(
        `UPDATE ${shops.tables.order} SET expires_at = ${at} WHERE mch_order_no IN (${names})`,
      );
      return new Date(at);
    }

    const creates = () => shops.sandbox.requests.filter(({ endpoint }) => endpoint === 'cashierOrder').length;
    const find = (mchOrderNo: string) => shop.app.get(Pass2PayOrders).find({ mchNo, mchOrderNo });

    it('refuses a sixth order before it is sent, and leaves no row of it', async () => {
      for (const no of ['O1', 'O2', 'O3', 'O4', 'O5']) await shop.create(no);
      const last = await expire(['O1', 'O2', 'O3', 'O4'], 3 * HOUR_MS);
      await shop.create('O6');
      await expire(['O5'], HOUR_MS);
      const sent = creates();
      const refused = shop.create('O7');
      await expect(refused).rejects.toBeInstanceOf(Pass2PayCustomerLimitError);
      await expect(refused).rejects.toMatchObject({
        code: 'PASS2PAY_CUSTOMER_LIMIT',
        mchOrderNo: 'O7',
        retryable: true,
        retryAt: new Date(last.getTime() + DAY_MS),
      });
      expect(creates()).toBe(sent);
      expect(await find('O7')).toBeUndefined();
    });

    it('refuses nobody an order that exists, and another customer nothing', async () => {
      for (const no of ['O1', 'O2', 'O3', 'O4', 'O5', 'O6']) await shop.create(no);
      await expire(['O1', 'O2', 'O3', 'O4', 'O5'], HOUR_MS);
      expect(await shop.create('O6')).toMatchObject({ mchOrderNo: 'O6', recovered: true });
      expect(await shop.create('O1')).toMatchObject({ mchOrderNo: 'O1', recovered: true });
      await place.database.execute(`UPDATE ${shops.tables.order} SET cust_no = 'C2' WHERE mch_order_no = 'O5'`);
      expect(await shop.create('O7')).toMatchObject({ mchOrderNo: 'O7', recovered: false });
    });

    it('sends an order that was refused before no more, either', async () => {
      for (const no of ['O1', 'O2', 'O3', 'O4', 'O5', 'O6']) await shop.create(no);
      await expire(['O1', 'O2', 'O3', 'O4', 'O5'], HOUR_MS);
      await place.database.execute(
        `UPDATE ${shops.tables.order} SET status = 'refused', response = NULL WHERE mch_order_no = 'O6'`,
      );
      await expect(shop.create('O6')).rejects.toBeInstanceOf(Pass2PayCustomerLimitError);
      expect(await find('O6')).toMatchObject({ status: 'refused' });
    });

    it('lets a customer order again who has paid one of them late', async () => {
      for (const no of ['O1', 'O2', 'O3', 'O4', 'O5']) await shop.create(no);
      await expire(['O1', 'O2', 'O3', 'O4', 'O5'], HOUR_MS);
      await shops.sandbox.pay('O3');
      await shops.sandbox.advance(0);
      expect(await shop.create('O6')).toMatchObject({ mchOrderNo: 'O6' });
    });
  });
}

it('has no effect unless it is set', async () => {
  const { open } = PLACES.find(({ need }) => need === 'libsql')!;
  const place = open();
  const shops = await Shops.open(place);
  const shop = await shops.start();
  for (const no of ['O1', 'O2', 'O3', 'O4', 'O5']) await shop.create(no);
  await place.database.execute(`UPDATE ${shops.tables.order} SET expires_at = ${Date.now() - 1}`);
  expect(await shop.create('O6')).toMatchObject({ mchOrderNo: 'O6' });
  await shops.close();
  await place.close();
});

describe('orders that count', () => {
  const NOW = 100 * DAY_MS;
  const tables = tablesOf();
  let place: Place;

  beforeAll(async () => {
    place = PLACES.find(({ need }) => need === 'libsql')!.open();
    await ensureSchema(place.database);
  });
  afterAll(async () => place.close());

  const counting = fc.record({
    kind: fc.constantFrom('payment' as const, 'payment' as const, 'transfer' as const),
    custNo: fc.constantFrom(CUSTOMER, CUSTOMER, CUSTOMER, 'C2', undefined),
    mchNo: fc.constantFrom(mchNo, mchNo, mchNo, 'M2'),
    instance: fc.constantFrom('', '', '', 'eu'),
    status: fc.constantFrom('created' as const, 'created' as const, 'unknown' as const, 'refused' as const),
    gatewayState: fc.constantFrom(undefined, 0, 1, 2, 3, 5, 6, 6),
    lastApplied: fc.constantFrom(undefined, undefined, 2, 3, 5, 6),
    expiresAt: fc.option(
      fc.integer({ min: -30, max: 3 }).map((hours) => NOW + hours * HOUR_MS),
      { nil: undefined },
    ),
  });

  it('are those of the customer that exist, that nobody has paid, and that expired within 24 hours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(counting, { minLength: 10, maxLength: 60 }), async (orders) => {
        await place.database.execute(`DELETE FROM ${tables.order}`);
        for (const [index, { instance, ...order }] of orders.entries()) {
          await insertOrder(place.database, tables, instance, { ...orderOf(`O${index}`), ...order });
        }
        const isUnpaid = ({ gatewayState = 0, lastApplied, expiresAt = 0 }: (typeof orders)[number]) =>
          lastApplied !== 2 && lastApplied !== 5 && (gatewayState === 6 || (gatewayState <= 1 && expiresAt <= NOW));
        const expiries = orders
          .filter((each) => each.kind === 'payment' && each.custNo === CUSTOMER && each.mchNo === mchNo)
          .filter((each) => each.instance === '' && each.status === 'created' && isUnpaid(each))
          .flatMap(({ expiresAt }) => (expiresAt !== undefined && expiresAt > NOW - DAY_MS ? [expiresAt] : []))
          .toSorted((one, other) => other - one);
        const fifth = expiries[4];
        const asked = { ...orderOf('new'), custNo: CUSTOMER, expiresInS: 900 };
        const found = await new TimedOutOrders(place.database, tables, '').retryAt(asked, NOW);
        expect(found?.getTime()).toBe(fifth === undefined ? undefined : fifth + DAY_MS);
        expect(await new TimedOutOrders(place.database, tables, '').retryAt({ ...asked, kind: 'transfer' }, NOW)).toBe(
          undefined,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('are not those whose payment waits for its handlers', async () => {
    await place.database.execute(`DELETE FROM ${tables.order}`);
    for (const no of ['O1', 'O2', 'O3', 'O4', 'O5']) {
      await insertOrder(place.database, tables, '', {
        ...orderOf(no),
        gatewayState: OrderState.Closed,
        expiresAt: NOW - HOUR_MS,
      });
    }
    const asked = { ...orderOf('new'), custNo: CUSTOMER, expiresInS: 900 };
    const limit = new TimedOutOrders(place.database, tables, '');
    expect(await limit.retryAt(asked, NOW)).toEqual(new Date(NOW + 23 * HOUR_MS));
    await place.database.execute(`UPDATE ${tables.order} SET success_to_apply = 1 WHERE mch_order_no = 'O1'`);
    expect(await limit.retryAt(asked, NOW)).toBeUndefined();
  });
});
