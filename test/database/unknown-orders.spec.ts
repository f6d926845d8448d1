// Orders that the table does not know: made by another service, or before the table was there.
import { describe, expect, it } from '@jest/globals';
import type { MerchantOrders } from '../../lib/outcomes/merchant-orders.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { Reconciler } from '../../lib/outcomes/reconciler.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';
import { Shops } from './support/shops.js';
import { withShops } from './support/with-shops.js';

const ADOPTING = { adoptUnknownOrders: true } as const;
const PATIENT = { sweepEveryMs: 86_400_000, connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

for (const { need, open } of PLACES) {
  await describeWhere(need, `events of unknown orders on ${need}`, () => {
    let place: Place;
    let shops: Shops;
    withShops(open, (opened) => ({ place, shops } = opened));

    const pay = async (mchOrderNo: string) => {
      await shops.sandbox.pay(mchOrderNo);
      await shops.sandbox.advance(0);
    };
    const statuses = (mchOrderNo: string) => shops.sandbox.notifyAttempts(mchOrderNo).map(({ status }) => status);

    it('are kept with the reason and answered 503, and applied once the order is known', async () => {
      const shop = await shops.start();
      await shops.elsewhere('payment', 'O1');
      await pay('O1');
      expect(statuses('O1')).toEqual([503]);
      const reason = expect.stringMatching(/^unknown order: it is not in the order table; import it/);
      expect(await shops.outcomes()).toEqual([{ result: 'failed', attempts: 1, error: reason, isDue: true }]);
      expect(shop.told).toEqual([]);
      // The same number by the module's own create, which finds the order at the gateway.
      await shop.create('O1');
      await shop.retry();
      expect(shop.told).toMatchObject([{ state: 2, adopted: false, late: false }]);
      expect(await shops.effects()).toEqual(['O1 2']);
      expect(await shops.outcomes()).toEqual([{ result: 'applied', attempts: 2, error: null, isDue: false }]);
    });

    it('end as dead with the reason when nobody makes the order known', async () => {
      const shop = await shops.start({ databaseLimits: { sweepEveryMs: 86_400_000, maxAttempts: 2 } });
      await shops.elsewhere('transfer', 'T1');
      await shops.sandbox.succeedTransfer('T1');
      await shops.sandbox.advance(0);
      await shop.retry();
      const error = expect.stringMatching(/^unknown order:/);
      expect(await shops.outcomes()).toEqual([{ result: 'dead', attempts: 2, error, isDue: false }]);
      await shop.retry();
      expect(await shops.outcomes()).toMatchObject([{ attempts: 2 }]);
    });

    it('are kept where a query brings them, too', async () => {
      const shop = await shops.start();
      await shops.elsewhere('payment', 'O1');
      shops.sandbox.inject({ kind: 'notify-drop', mchOrderNo: 'O1', times: Infinity });
      await pay('O1');
      await expect(shop.app.get(Reconciler).reconcileNow('O1')).rejects.toThrow(
        /No merchant order found for payment O1/,
      );
      expect(await shops.outcomes()).toMatchObject([{ result: 'failed', attempts: 1, isDue: true }]);
    });

    it('are not kept for a merchant of another instance', async () => {
      const shop = await shops.start(ADOPTING);
      const data = Object.assign(new PaymentOrder(), {
        mchNo: 'M2',
        appId: 'A2',
        mchOrderNo: 'O1',
        payOrderId: 'P1',
        amount: 100,
        currency: 'cny',
        state: 2,
      });
      await expect(shop.app.get(OutcomeProcessor).process(data)).rejects.toThrow(/No merchant order found/);
      expect(await shops.outcomes()).toEqual([]);
      expect(shops.queries()).toBe(0);
    });

    it('are adopted where that is wanted and the gateway knows the order, with later ones of the order', async () => {
      const shop = await shops.start(ADOPTING);
      await shops.elsewhere('payment', 'O1');
      await pay('O1');
      expect(shops.queries()).toBe(1);
      await shops.sandbox.refund('O1');
      await shop.app.get(Reconciler).reconcileNow('O1');
      expect(shop.told).toMatchObject([
        { mchOrderNo: 'O1', state: 2, amount: 100, adopted: true, late: false },
        { state: 5, adopted: true, previousState: 2 },
      ]);
      expect(await shops.effects()).toEqual(['O1 2', 'O1 5']);
    });

    it('are adopted for transfers', async () => {
      const shop = await shops.start(ADOPTING);
      await shops.elsewhere('transfer', 'T1');
      await shops.sandbox.succeedTransfer('T1');
      await shops.sandbox.advance(0);
      expect(shop.told).toMatchObject([{ mchOrderNo: 'T1', state: 2, adopted: true }]);
      expect(await shops.effects()).toEqual(['T1 2']);
    });

    it('are late where the query says for ever that the order is closed', async () => {
      const shop = await shops.start(ADOPTING);
      await shops.elsewhere('payment', 'O1');
      shops.sandbox.inject({ kind: 'notify-drop' });
      await shops.sandbox.close('O1');
      await shops.sandbox.payAfterClose('O1');
      await shops.sandbox.advance(0);
      expect(shop.told).toMatchObject([{ state: 2, adopted: true, late: true, gatewayState: 6 }]);
    });

    it('are late where only a kept event has said that the order is closed', async () => {
      const shop = await shops.start();
      await shops.elsewhere('payment', 'O1');
      const { payOrderId } = shops.sandbox.order('O1')!;
      expect((await shop.notify({ mchOrderNo: 'O1', payOrderId, state: '6' })).status).toBe(503);
      expect((await shop.notify({ mchOrderNo: 'O1', payOrderId, state: '2' })).status).toBe(503);
      await shop.stop();
      const adopting = await shops.start(ADOPTING);
      await adopting.retry();
      // The closing is stale, since a payment waits; the gateway itself says that the order is open.
      expect(adopting.told).toMatchObject([{ state: 2, late: true, gatewayState: 6 }]);
      expect(await shops.effects()).toEqual(['O1 2']);
      expect(await shops.outcomes()).toMatchObject([{ result: 'stale', isDue: false }, { result: 'applied' }]);
    });

    it('are mismatches where the gateway knows another amount', async () => {
      const shop = await shops.start(ADOPTING);
      await shops.elsewhere('payment', 'O1');
      const { payOrderId } = shops.sandbox.order('O1')!;
      const answer = await shop.notify({ mchOrderNo: 'O1', payOrderId, amount: '1' });
      expect(answer).toEqual({ status: 200, text: 'success' });
      expect(shop.mismatches).toMatchObject([
        {
          reason: 'differs',
          expected: undefined,
          differences: ["amount is 1, not 100 according to the gateway's query"],
        },
      ]);
      expect(shop.told).toEqual([]);
      const error = "amount is 1, not 100 according to the gateway's query";
      expect(await shops.outcomes()).toEqual([{ result: 'mismatch', attempts: 0, error, isDue: false }]);
      const { rows } = await place.database.execute(`SELECT mch_order_no FROM ${shops.tables.order}`);
      expect(rows).toEqual([]);
    });

    it('are refused where the gateway does not know the order either', async () => {
      const shop = await shops.start(ADOPTING);
      expect((await shop.notify({ mchOrderNo: 'O9', payOrderId: 'P9' })).status).toBe(503);
      const error = 'unknown order: it is neither in the order table nor known to the gateway';
      expect(await shops.outcomes()).toEqual([{ result: 'failed', attempts: 1, error, isDue: true }]);
    });

    it('are kept where the query fails, and adopted when it succeeds', async () => {
      const shop = await shops.start(ADOPTING);
      await shops.elsewhere('payment', 'O1');
      shops.sandbox.inject({ kind: 'http-500', endpoint: 'query' });
      await pay('O1');
      expect(statuses('O1')).toEqual([503]);
      const error = expect.stringMatching(/the gateway's query failed: /);
      expect(await shops.outcomes()).toEqual([{ result: 'failed', attempts: 1, error, isDue: true }]);
      await shop.retry();
      expect(shop.told).toMatchObject([{ state: 2, adopted: true }]);
      expect(await shops.outcomes()).toMatchObject([{ result: 'applied', attempts: 2, isDue: false }]);
    });

    it('stay adopted when their handlers fail at first', async () => {
      const shop = await shops.start(ADOPTING);
      await shops.elsewhere('payment', 'O1');
      shop.handler.does = () => {
        throw new Error('the warehouse is closed');
      };
      await pay('O1');
      shop.handler.does = () => undefined;
      await shop.retry();
      expect(shop.told.map(({ adopted }) => adopted)).toEqual([true, true]);
      expect(await shops.effects()).toEqual(['O1 2']);
      expect(shops.queries()).toBe(1);
    });

    it('hold no transaction while the gateway is asked', async () => {
      const shop = await shops.start({ ...ADOPTING, databaseLimits: { ...PATIENT, maxConcurrent: 1 } });
      await shop.create('O2');
      await shops.elsewhere('payment', 'O1');
      shops.sandbox.inject({ kind: 'late', endpoint: 'query', delayMs: 1_000 });
      const numbers = (mchOrderNo: string) => ({ mchOrderNo, payOrderId: shops.sandbox.order(mchOrderNo)!.payOrderId });
      const adopting = shop.notify(numbers('O1'));
      while (shops.queries() === 0) await new Promise(setImmediate);
      expect((await shop.notify(numbers('O2'))).text).toBe('success');
      expect(await shops.effects()).toEqual(['O2 2']);
      await shops.sandbox.advance(1_000);
      expect((await adopting).text).toBe('success');
      expect(await shops.effects()).toEqual(['O2 2', 'O1 2']);
    });

    it('take effect once when several processes adopt at once', async () => {
      const processes = [await shops.start(ADOPTING), await shops.start(ADOPTING), await shops.start(ADOPTING)];
      await shops.elsewhere('payment', 'O1');
      const { payOrderId } = shops.sandbox.order('O1')!;
      const sent = [...processes, ...processes].map((shop) => shop.notify({ mchOrderNo: 'O1', payOrderId }));
      const answers = await Promise.all(sent);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
      expect(await shops.effects()).toEqual(['O1 2']);
    });

    describe('with merchantOrders, too', () => {
      const withOrders = (find: MerchantOrders['find']) => ({
        ...ADOPTING,
        merchantOrders: { find, pending: async () => [] },
      });

      it('are mismatches where the merchant knows another amount', async () => {
        const shop = await shops.start(withOrders(async () => ({ amount: 10_000, currency: 'cny' })));
        await shops.elsewhere('payment', 'O1');
        await pay('O1');
        expect(shop.mismatches).toMatchObject([
          { expected: { amount: 10_000 }, differences: ['amount is 100, not 10000'] },
        ]);
        expect(shop.told).toEqual([]);
      });

      it('are refused where the merchant does not know the order', async () => {
        const shop = await shops.start(withOrders(async () => null));
        await shops.elsewhere('payment', 'O1');
        await pay('O1');
        expect(shop.told).toEqual([]);
        expect(await shops.outcomes()).toMatchObject([
          { result: 'failed', error: expect.stringMatching(/nor returned by merchantOrders.find/) },
        ]);
      });

      it('are kept where the port fails', async () => {
        const shop = await shops.start(withOrders(async () => Promise.reject(new Error('no such table'))));
        await shops.elsewhere('payment', 'O1');
        await pay('O1');
        expect(shop.told).toEqual([]);
        expect(await shops.outcomes()).toMatchObject([
          { result: 'failed', error: expect.stringMatching(/no such table/) },
        ]);
      });

      it.each([
        [6, 2, [{ state: 2, late: true, previousState: 6, adopted: true }]],
        [2, 6, []],
      ])('start from the state %i that the merchant has, for a state %i', async (lastState, state, told) => {
        const shop = await shops.start(withOrders(async () => ({ amount: 100, currency: 'cny', lastState })));
        await shops.elsewhere('payment', 'O1');
        const { payOrderId } = shops.sandbox.order('O1')!;
        const answer = await shop.notify({ mchOrderNo: 'O1', payOrderId, state: String(state) });
        expect(answer.text).toBe('success');
        expect(shop.told).toMatchObject(told);
        expect(shop.told).toHaveLength(told.length);
      });

      it('are not asked about an order that the table knows', async () => {
        const shop = await shops.start(withOrders(async () => Promise.reject(new Error('asked'))));
        await shop.create('O1');
        await pay('O1');
        expect(shop.told).toMatchObject([{ state: 2, adopted: false }]);
      });
    });
  });
}
