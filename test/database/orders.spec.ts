// Orders that were made before the module, or by another service, and are imported.
import { expect, it } from '@jest/globals';
import { insertOrder } from '../../lib/database/orders/insert-order.js';
import type { OrderStatus } from '../../lib/client/order-store.js';
import { Pass2PayOrders } from '../../lib/database/orders/pass2pay-orders.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { getPass2PayToken } from '../../lib/pass2pay.tokens.js';
import { DEFAULT_MERCHANT } from '../../sandbox/index.js';
import { startApp } from '../support/nest-app.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';
import { Shops, type Shop } from './support/shops.js';
import { withShops } from './support/with-shops.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const O1 = { mchNo, appId, mchOrderNo: 'O1', amount: 100, currency: 'cny' };

it('say without a database that they need one', async () => {
  const { app } = await startApp({
    imports: [
      Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [{ mchNo, appId, secrets: secret }] }),
    ],
  });
  const orders = app.get(Pass2PayOrders);
  await expect(orders.import([O1])).rejects.toThrow(/database is required for Pass2PayOrders/);
  await expect(orders.find(O1)).rejects.toThrow(/database is required for Pass2PayOrders/);
  await expect(orders.list({ status: 'unknown' })).rejects.toThrow(/database is required for Pass2PayOrders/);
  await app.close();
});

for (const { need, open } of PLACES) {
  await describeWhere(need, `imported orders on ${need}`, () => {
    let place: Place;
    let shops: Shops;
    withShops(open, (opened) => ({ place, shops } = opened));

    const ordersOf = ({ app }: Shop) => app.get(Pass2PayOrders);
    const pay = async (mchOrderNo: string) => {
      await shops.sandbox.pay(mchOrderNo);
      await shops.sandbox.advance(0);
    };

    it('have what was told before them handled once, also where that was given up', async () => {
      const shop = await shops.start({ databaseLimits: { sweepEveryMs: 86_400_000, maxAttempts: 1 } });
      await shops.elsewhere('payment', 'O1');
      await pay('O1');
      expect(await shops.outcomes()).toMatchObject([{ result: 'dead', isDue: false }]);
      expect(await ordersOf(shop).import([O1])).toEqual({ imported: 1, movedOn: 0, unchanged: 0 });
      await shop.retry();
      expect(shop.told).toMatchObject([{ mchOrderNo: 'O1', state: 2, adopted: false }]);
      expect(await shops.effects()).toEqual(['O1 2']);
    });

    it('are compared like those of the module', async () => {
      const shop = await shops.start();
      await shops.elsewhere('payment', 'O1');
      await ordersOf(shop).import([{ ...O1, amount: 10_000 }]);
      await pay('O1');
      expect(shop.mismatches).toMatchObject([{ differences: ['amount is 100, not 10000'] }]);
      expect(shop.told).toEqual([]);
    });

    it('do not have handled again what was applied already', async () => {
      const shop = await shops.start();
      await shops.elsewhere('payment', 'O1');
      await pay('O1');
      await ordersOf(shop).import([{ ...O1, lastApplied: 2 }]);
      await shop.retry();
      expect(shop.told).toEqual([]);
      expect(await shops.outcomes()).toMatchObject([{ result: 'duplicate', isDue: false }]);
    });

    it('are paid late where the gateway has said that no money will come', async () => {
      const shop = await shops.start();
      await shops.elsewhere('payment', 'O1');
      await ordersOf(shop).import([{ ...O1, gatewayState: 6 }]);
      await pay('O1');
      expect(shop.told).toMatchObject([{ state: 2, late: true, gatewayState: 6 }]);
    });

    it('change nothing when they are imported again, and move on where more was applied', async () => {
      const shop = await shops.start();
      const orders = ordersOf(shop);
      const unchanged = { imported: 0, movedOn: 0, unchanged: 1 };
      await orders.import([{ ...O1, kind: null, gatewayId: 'P1', lastApplied: null }]);
      expect(await orders.import([O1])).toEqual(unchanged);
      expect(await orders.import([{ ...O1, currency: 'CNY' }, O1])).toEqual({ ...unchanged, unchanged: 2 });
      expect(await orders.import([{ ...O1, lastApplied: 2 }])).toEqual({ imported: 0, movedOn: 1, unchanged: 0 });
      // An older list than the table.
      expect(await orders.import([{ ...O1, lastApplied: 6 }])).toEqual(unchanged);
      expect(await orders.find({ mchNo, mchOrderNo: 'o1 ' })).toEqual({
        ...O1,
        kind: 'payment',
        gatewayId: 'P1',
        lastApplied: 2,
        status: 'created',
        adopted: false,
        createdAt: expect.any(Date),
      });
      expect(await orders.find({ kind: 'transfer', mchNo, mchOrderNo: 'O1' })).toBeUndefined();
    });

    it.each([
      ['amount', { amount: 200 }, 'amount is 100, not 200'],
      ['currency', { currency: 'usd' }, 'currency is cny, not usd'],
      ['spelling', { mchOrderNo: 'o1' }, 'mchOrderNo is O1, not o1'],
      ['gatewayId', { gatewayId: 'P2' }, 'gatewayId is P1, not P2'],
    ])('conflict with another %s, and nothing of the import is written', async (_field, change, difference) => {
      const orders = ordersOf(await shops.start());
      await orders.import([{ ...O1, gatewayId: 'P1' }]);
      const batch = [
        { ...O1, mchOrderNo: 'A1' },
        { ...O1, ...change },
        { ...O1, mchOrderNo: 'Z1' },
      ];
      await expect(orders.import(batch)).rejects.toMatchObject({
        code: 'PASS2PAY_ORDER_CONFLICT',
        message: expect.stringMatching(/Nothing was imported/),
        differences: [expect.stringContaining(`orders[1] (${batch[1]!.mchOrderNo}): ${difference}`)],
      });
      for (const mchOrderNo of ['A1', 'Z1']) expect(await orders.find({ mchNo, mchOrderNo })).toBeUndefined();
    });

    it("conflict where the gateway's number is another order's", async () => {
      const orders = ordersOf(await shops.start());
      const batch = ['O1', 'O2'].map((mchOrderNo) => ({ ...O1, mchOrderNo, gatewayId: 'P1' }));
      await expect(orders.import(batch)).rejects.toMatchObject({
        differences: ['orders[1] (O2): gatewayId P1 belongs to O1'],
      });
    });

    it('are refused with every issue by its field and the remedy', async () => {
      const orders = ordersOf(await shops.start());
      const wrong = [{ ...O1, amount: '100', lastApplied: 7 }, { ...O1, appId: undefined, nr: 1 }, null];
      await expect(orders.import(wrong as never)).rejects.toMatchObject({
        code: 'PASS2PAY_VALIDATION',
        issues: [
          { field: 'orders[0].amount', message: expect.stringMatching(/is the string "100"; send a number/) },
          { field: 'orders[1].nr' },
          { field: 'orders[1].appId', message: expect.stringMatching(/is required: the app id of the order/) },
          { field: 'orders[2]' },
        ],
      });
      await expect(orders.import([{ ...O1, lastApplied: 7 }])).rejects.toThrow(
        /lastApplied is 7, which is not a state of a payment/,
      );
      await expect(orders.import([{ ...O1, appId: 'other' }])).rejects.toThrow(/appId other of merchant .* is unknown/);
      await expect(orders.import(Array.from({ length: 1_001 }, () => O1))).rejects.toThrow(/up to 1000/);
    });

    it('are written once when two processes import the same ones at once', async () => {
      const orders = ordersOf(await shops.start());
      const batch = Array.from({ length: 40 }, (_, index) => ({ ...O1, mchOrderNo: `O${index}` }));
      const results = await Promise.all([orders.import(batch), orders.import(batch.toReversed())]);
      const sum = (of: 'imported' | 'unchanged') => results.reduce((total, result) => total + result[of], 0);
      expect([sum('imported'), sum('unchanged')]).toEqual([40, 40]);
    });

    it('are listed by what came of their creates, by pages, the oldest first', async () => {
      const orders = ordersOf(await shops.start());
      const insert = async (mchOrderNo: string, status: OrderStatus, instance = '') =>
        insertOrder(place.database, shops.tables, instance, { kind: 'payment', ...O1, mchOrderNo, status });
      // Several of one time.
      for (const each of ['E', 'D', 'C', 'B', 'A']) await insert(each, 'unknown');
      await place.database.execute(`UPDATE ${shops.tables.order} SET created_at = 7 WHERE mch_order_no IN ('D', 'C')`);
      await place.database.execute(`UPDATE ${shops.tables.order} SET created_at = 8 WHERE mch_order_no = 'E'`);
      await insert('F', 'never-made');
      await insert('G', 'created');
      await insert('H', 'unknown', 'another');

      const listed: string[] = [];
      const sizes: number[] = [];
      let after: string | undefined;
      do {
        const page = await orders.list({ status: 'unknown', limit: 2, ...(after && { after }) });
        listed.push(...page.orders.map(({ mchOrderNo }) => mchOrderNo));
        sizes.push(page.orders.length);
        after = page.next;
      } while (after !== undefined);
      expect(listed.slice(0, 3)).toEqual(['C', 'D', 'E']);
      expect(listed.slice(3).toSorted()).toEqual(['A', 'B']);
      expect(sizes).toEqual([2, 2, 1]);
      expect(await orders.list({ status: 'never-made' })).toEqual({
        orders: [expect.objectContaining({ ...O1, mchOrderNo: 'F', status: 'never-made' })],
      });
      expect(await orders.list({ status: 'refused' })).toEqual({ orders: [] });
    });

    it('are listed only as the options say', async () => {
      const orders = ordersOf(await shops.start());
      for (const wrong of [
        { status: 'created' },
        { status: 'unknown', limit: 0 },
        { status: 'unknown', page: 2 },
        undefined,
      ]) {
        await expect(orders.list(wrong as never)).rejects.toMatchObject({ code: 'PASS2PAY_VALIDATION' });
      }
      for (const after of ['O1', Buffer.from('[1,"a"]').toString('base64url')]) {
        await expect(orders.list({ status: 'unknown', after })).rejects.toThrow(
          'after must be the value of next from another page',
        );
      }
    });

    it('belong to the instance that imports them', async () => {
      const shop = await shops.start({}, { name: 'eu' });
      const orders = shop.app.get<Pass2PayOrders>(getPass2PayToken(Pass2PayOrders, 'eu'), { strict: false });
      await orders.import([{ ...O1, kind: 'transfer', mchOrderNo: 'T1' }]);
      expect(await orders.find({ kind: 'transfer', mchNo, mchOrderNo: 'T1' })).toMatchObject({ kind: 'transfer' });
      const { rows } = await place.database.execute(`SELECT instance FROM ${shops.tables.order}`);
      expect(rows).toEqual([{ instance: 'eu' }]);
    });
  });
}
