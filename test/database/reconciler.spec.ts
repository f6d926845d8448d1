// The reconciler on the table: what it learns of orders that no notify has ended, with the sandbox as the gateway.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Pass2PayOrders } from '../../lib/database/orders/pass2pay-orders.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { Reconciler } from '../../lib/outcomes/reconciler.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { PaymentService } from '../../lib/payments/payment.service.js';
import { TransferService } from '../../lib/transfers/transfer.service.js';
import { DEFAULT_MERCHANT, type Pass2PaySandbox } from '../../sandbox/index.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { startApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';
import { Shops, type Shop } from './support/shops.js';

const DAY = 86_400_000;
const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const TRANSFER = {
  mchOrderNo: 'T1',
  amount: 100,
  custNo: 'C200492312',
  clientIp: '210.73.10.148',
  accountNo: '6222020200112233445',
};

/** The ways in which an order ends unpaid, and the state that the query then says for ever. */
const ENDS: [string, OrderState, (sandbox: Pass2PaySandbox) => Promise<void>][] = [
  ['closed', OrderState.Closed, (sandbox) => sandbox.close('O1')],
  ['failed', OrderState.Failed, (sandbox) => sandbox.fail('O1')],
  ['expired', OrderState.Closed, (sandbox) => sandbox.advance(7_260_000)],
];

for (const { need, open } of PLACES) {
  await describeWhere(need, `the reconciler on ${need}`, () => {
    let place: Place;
    let shops: Shops;

    beforeEach(async () => {
      logged.length = 0;
      place = open();
      shops = await Shops.open(place);
    });
    afterEach(async () => {
      await shops.close();
      await place.close();
    });

    const start = (reconcile: Pass2PayOptions['reconcile'] = {}, more: Partial<Pass2PayOptions> = {}) =>
      shops.start({ ...more, reconcile: { enabled: false, perMinute: 100_000, ...reconcile } });
    const reconcilerOf = ({ app }: Shop) => app.get(Reconciler, { strict: false });
    const set = (mchOrderNo: string, assignments: string) =>
      place.database.execute(`UPDATE ${shops.tables.order} SET ${assignments} WHERE mch_order_no = ?`, [mchOrderNo]);
    const row = async (mchOrderNo: string) => {
      const { rows } = await place.database.execute(
        `SELECT status, gateway_state, last_applied, next_check_at, response, attention_at FROM ${shops.tables.order} WHERE mch_order_no = ?`,
        [mchOrderNo],
      );
      const { status, gateway_state: said, last_applied: applied, response, ...times } = rows[0]!;
      return {
        status,
        gatewayState: said === null ? null : Number(said),
        lastApplied: applied === null ? null : Number(applied),
        isJoinable: response !== null,
        dueInMs: times.next_check_at === null ? null : Number(times.next_check_at) - Date.now(),
        isReported: times.attention_at !== null,
      };
    };
    /** Sweeps when everything that is looked at has become due. */
    const sweep = async (shop: Shop) => {
      await place.database.execute(
        `UPDATE ${shops.tables.order} SET next_check_at = 1 WHERE next_check_at IS NOT NULL`,
      );
      await reconcilerOf(shop).sweep();
    };
    const dropNotifies = () => shops.sandbox.inject({ kind: 'notify-drop', times: 1_000 });
    const payLate = async () => {
      shops.sandbox.clearFaults();
      await shops.sandbox.payAfterClose('O1');
      await shops.sandbox.advance(0);
    };

    it('brings orders to their ends when no notify arrives, and asks no more about them', async () => {
      const shop = await start();
      dropNotifies();
      for (const mchOrderNo of ['O1', 'O2', 'O3', 'O4']) await shop.create(mchOrderNo);
      await shops.sandbox.pay('O1');
      await shops.sandbox.fail('O2');
      await shops.sandbox.close('O3');
      await reconcilerOf(shop).sweep();
      // They are young, and left to their notifies.
      expect(shops.queries()).toBe(0);
      await sweep(shop);
      expect((await shops.effects()).toSorted()).toEqual(['O1 2', 'O2 3', 'O3 6']);
      expect(shop.told.map(({ source, late }) => [source, late])).toEqual(
        ['O1', 'O2', 'O3'].map(() => ['query', false]),
      );
      expect(reconcilerOf(shop).stats).toMatchObject({ asked: 4, missedByNotify: 3, failed: 0 });
      expect(await row('O1')).toMatchObject({ lastApplied: 2, dueInMs: null, isJoinable: false });
      expect(await row('O4')).toMatchObject({ lastApplied: null, gatewayState: 0, isJoinable: true });
      await sweep(shop);
      expect(shops.queries()).toBe(5);
    });

    it.each(ENDS)(
      'A16 learns that an order has %s (%i), and a payment after a restart is late',
      async (_how, state, end) => {
        const shop = await start();
        dropNotifies();
        await shop.create('O1');
        await end(shops.sandbox);
        await sweep(shop);
        expect(shop.told).toMatchObject([{ state, late: false, source: 'query' }]);
        await shop.stop();
        const restarted = await start();
        await payLate();
        expect(restarted.told).toMatchObject([
          { state: OrderState.Success, late: true, gatewayState: state, previousState: state, source: 'notify' },
        ]);
        // The query goes on saying that it ended, and is no news.
        await sweep(restarted);
        expect(await reconcilerOf(restarted).reconcileNow('O1')).toBe('stale');
        expect(await shops.effects()).toEqual([`O1 ${state}`, 'O1 2']);
      },
    );

    it('B11 hands on a failure that the create was answered with, and a payment after a restart is late', async () => {
      const shop = await start();
      dropNotifies();
      shops.sandbox.inject({ kind: 'upstream', result: 'broken' });
      const { notifyUrl } = shops;
      const order = { amount: 100, wayCode: 'ALI_QR', custNo: 'C200492312', registerTime: 1_622_016_572_190 };
      await shop.app
        .get(PaymentService)
        .createOrder({ ...order, mchOrderNo: 'O1', clientIp: '210.73.10.148', notifyUrl });
      expect(await row('O1')).toMatchObject({ lastApplied: 3, dueInMs: null });
      await shop.stop();
      const restarted = await start();
      await payLate();
      expect(await shops.effects()).toEqual(['O1 3', 'O1 2']);
      expect(restarted.told.at(-1)).toMatchObject({ state: 2, late: true, gatewayState: OrderState.Failed });
    });

    it('ends transfers too', async () => {
      const shop = await start();
      await shop.app.get(TransferService).createTransfer(TRANSFER);
      await shops.sandbox.succeedTransfer('T1');
      await sweep(shop);
      expect(await shops.effects()).toEqual(['T1 2']);
    });

    describe('a create whose outcome is unknown', () => {
      const unknown = (mchOrderNo: string) =>
        set(mchOrderNo, "status = 'unknown', gateway_id = NULL, gateway_state = NULL");
      const never = async (mchOrderNo: string, expiredForMs: number) => {
        const now = Date.now();
        await place.database.execute(
          `INSERT INTO ${shops.tables.order} (instance, kind, mch_no, compared_no, mch_order_no, app_id, amount, currency, status, created_at, expires_at, next_check_at, checks) VALUES ('', 'payment', ?, ?, ?, ?, 100, 'cny', 'unknown', ?, ?, 1, 0)`,
          [mchNo, mchOrderNo.toLowerCase(), mchOrderNo, appId, now - 2 * DAY, now - expiredForMs],
        );
      };
      const told = (words: string) => logged.filter((line) => line.includes(words));

      it('is created once a query has found it, which is told once', async () => {
        const shop = await start();
        await shop.create('found');
        await unknown('found');
        await sweep(shop);
        expect(await row('found')).toMatchObject({ status: 'created', gatewayState: 0 });
        expect((await row('found')).dueInMs).toBeGreaterThan(400_000);
        await sweep(shop);
        expect(told('create of payment found of merchant')).toEqual([expect.stringContaining('a query found it')]);
      });

      it('is told where the query brings its end at once', async () => {
        const shop = await start();
        await shop.create('ended');
        await unknown('ended');
        dropNotifies();
        await shops.sandbox.pay('ended');
        await sweep(shop);
        expect(await row('ended')).toMatchObject({ status: 'created', lastApplied: 2, dueInMs: null });
        expect(told('create of payment ended of merchant')).toEqual([expect.stringContaining('a query found it')]);
      });

      it('is told where a notify ends it', async () => {
        const shop = await start();
        await shop.create('notified');
        await unknown('notified');
        await shops.sandbox.pay('notified');
        await shops.sandbox.advance(0);
        expect(await row('notified')).toMatchObject({
          status: 'created',
          lastApplied: 2,
          dueInMs: null,
          isJoinable: false,
        });
        expect(told('create of payment notified of')).toEqual([
          expect.stringContaining('a notify reported that it exists'),
        ]);
      });

      it('is told where a notify ends it whose handlers fail, and not again', async () => {
        const shop = await start();
        await shop.create('failing');
        await unknown('failing');
        shop.handler.does = () => Promise.reject(new Error('out of stock'));
        await shops.sandbox.pay('failing');
        await shops.sandbox.advance(0);
        expect(await row('failing')).toMatchObject({ status: 'created', lastApplied: null, dueInMs: null });
        shop.handler.does = () => undefined;
        await shop.retry();
        expect(await shops.effects()).toEqual(['failing 2']);
        expect(told('create of payment failing of merchant')).toHaveLength(1);
      });

      it('stays unknown while another order has its number at the gateway', async () => {
        const shop = await start();
        await shop.create('other');
        await unknown('other');
        await set('other', 'amount = 99');
        await sweep(shop);
        expect(await row('other')).toMatchObject({ status: 'unknown', gatewayState: null });
        expect((await row('other')).dueInMs).toBeGreaterThan(0);
      });

      it('is looked at again until a day after it would have expired, and was never made then', async () => {
        const shop = await start();
        await never('young', DAY - 60_000);
        await never('gone', DAY + 60_000);
        await sweep(shop);
        expect(reconcilerOf(shop).stats).toMatchObject({ asked: 2, notFound: 1, neverMade: 1 });
        expect(await row('young')).toMatchObject({ status: 'unknown', dueInMs: expect.any(Number) });
        expect(await row('gone')).toMatchObject({ status: 'never-made', dueInMs: null, lastApplied: null });
        expect(shop.told).toEqual([]);
        expect(told('create of payment gone of merchant')).toEqual([expect.stringContaining('it was never created')]);
      });

      it('is applied all the same when a notify comes after it was called never made', async () => {
        const shop = await start();
        await never('after-all', 2 * DAY);
        await sweep(shop);
        expect(await row('after-all')).toMatchObject({ status: 'never-made' });
        await shop.notify({ mchOrderNo: 'after-all', payOrderId: 'P77' });
        expect(await shops.effects()).toEqual(['after-all 2']);
        expect(await row('after-all')).toMatchObject({ status: 'created', lastApplied: 2 });
      });

      it('is not called never made while it is made again', async () => {
        const shop = await start();
        await never('again', 2 * DAY);
        await set('again', `creating_until = ${Date.now() + 60_000}`);
        await sweep(shop);
        expect(await row('again')).toMatchObject({ status: 'unknown', dueInMs: expect.any(Number) });
      });

      it('is the one whose process has ended while it created', async () => {
        const shop = await start();
        await shop.create('lapsed');
        await set('lapsed', "status = 'creating', creating_until = 1, gateway_id = NULL");
        await sweep(shop);
        expect(await row('lapsed')).toMatchObject({ status: 'created' });
      });
    });

    describe('B2 a transfer that the gateway stored although its channel failed', () => {
      it('is reported once, also after a restart, looked at daily, and after 30 days no more', async () => {
        const shop = await start();
        shops.sandbox.inject({ kind: 'upstream', result: 'broken' });
        await shop.app.get(TransferService).createTransfer(TRANSFER);
        const reports = () => logged.filter((line) => line.includes('transfer T1 of merchant')).length;
        const before = reports();
        await sweep(shop);
        expect(reconcilerOf(shop).stats).toMatchObject({ asked: 1, needsAttention: 1 });
        expect(await row('T1')).toMatchObject({ isReported: true });
        expect((await row('T1')).dueInMs! / DAY).toBeCloseTo(1, 0);
        await shop.stop();
        const restarted = await start();
        await sweep(restarted);
        expect(reconcilerOf(restarted).stats).toMatchObject({ asked: 1, needsAttention: 0 });
        expect(reports() - before).toBe(1);
        await set('T1', `attention_at = ${Date.now() - 30 * DAY}`);
        await sweep(restarted);
        expect(await row('T1')).toMatchObject({ dueInMs: null });
        expect(shop.told).toEqual([]);
      });
    });

    describe('recheckPaidDays', () => {
      const pay = async () => {
        await shops.sandbox.pay('O1');
        await shops.sandbox.advance(0);
      };
      const paidDaysAgo = (days: number) =>
        place.database.execute(`UPDATE ${shops.tables.outcome} SET applied_at = ?`, [Date.now() - days * DAY]);

      it('looks at paid orders once a day, so that a refund by the operator arrives', async () => {
        const shop = await start({ recheckPaidDays: 3 });
        await shop.create('O1');
        await pay();
        expect((await row('O1')).dueInMs! / DAY).toBeCloseTo(1, 1);
        await paidDaysAgo(1);
        await sweep(shop);
        expect((await row('O1')).dueInMs! / DAY).toBeCloseTo(1, 0);
        expect(shop.told).toHaveLength(1);
        dropNotifies();
        await shops.sandbox.refund('O1');
        await sweep(shop);
        expect(shop.told.at(-1)).toMatchObject({ state: OrderState.Refunded, previousState: 2, source: 'query' });
        expect(await row('O1')).toMatchObject({ lastApplied: 5, dueInMs: null });
        // Looking at a paid order is no delivery of its payment.
        const { rows } = await place.database.execute(
          `SELECT state, deliveries FROM ${shops.tables.outcome} ORDER BY id`,
        );
        expect(rows.map((each) => [Number(each.state), Number(each.deliveries)])).toEqual([
          [2, 1],
          [5, 1],
        ]);
      });

      it('ends with its last day', async () => {
        const shop = await start({ recheckPaidDays: 3 });
        await shop.create('O1');
        await pay();
        await paidDaysAgo(3);
        await sweep(shop);
        expect(shops.queries()).toBe(1);
        expect(await row('O1')).toMatchObject({ dueInMs: null });
      });

      it('is not about transfers, nor about anything where it is 0', async () => {
        const shop = await start({ recheckPaidDays: 3 });
        await shop.app.get(TransferService).createTransfer(TRANSFER);
        await shops.sandbox.succeedTransfer('T1');
        await sweep(shop);
        expect(await row('T1')).toMatchObject({ lastApplied: 2, dueInMs: null });
        await shop.stop();
        const other = await start();
        await other.create('O1');
        await pay();
        expect(await row('O1')).toMatchObject({ lastApplied: 2, dueInMs: null });
      });
    });

    it('tells a mismatch once, and asks no more about it', async () => {
      const shop = await start();
      await shop.create('O1');
      await set('O1', 'amount = 99');
      dropNotifies();
      await shops.sandbox.pay('O1');
      await sweep(shop);
      await sweep(shop);
      expect(shop.mismatches).toMatchObject([{ reason: 'differs', differences: ['amount is 100, not 99'] }]);
      expect(await row('O1')).toMatchObject({ lastApplied: null, dueInMs: null });
      expect(shops.queries()).toBe(1);
    });

    it('leaves a payment whose handlers fail to the table of outcomes', async () => {
      const shop = await start();
      await shop.create('O1');
      dropNotifies();
      await shops.sandbox.pay('O1');
      shop.handler.does = () => Promise.reject(new Error('out of stock'));
      await sweep(shop);
      await sweep(shop);
      expect(shops.queries()).toBe(1);
      expect(await shops.outcomes()).toMatchObject([{ result: 'failed', attempts: 1, isDue: true }]);
      shop.handler.does = () => undefined;
      await shop.retry();
      expect(await shops.effects()).toEqual(['O1 2']);
    });

    it('asks again, later and later, while the gateway fails', async () => {
      const shop = await start();
      await shop.create('O1');
      shops.sandbox.inject({ kind: 'http-500', endpoint: 'query', times: 2 });
      await sweep(shop);
      const first = (await row('O1')).dueInMs!;
      await sweep(shop);
      expect((await row('O1')).dueInMs! / first).toBeGreaterThan(1.5);
      expect(reconcilerOf(shop).stats).toMatchObject({ asked: 2, failed: 2 });
    });

    it('asks about imported orders whose end was not applied', async () => {
      const shop = await start();
      await shops.elsewhere('payment', 'open');
      await shops.elsewhere('payment', 'ended');
      dropNotifies();
      await shops.sandbox.pay('open');
      const order = { mchNo, appId, amount: 100, currency: 'cny' };
      await shop.app.get(Pass2PayOrders).import([
        { ...order, mchOrderNo: 'open' },
        { ...order, mchOrderNo: 'ended', lastApplied: OrderState.Success },
      ]);
      expect((await row('open')).dueInMs).toBeLessThanOrEqual(0);
      await sweep(shop);
      expect(shops.queries()).toBe(1);
      expect(await shops.effects()).toEqual(['open 2']);
      expect(await row('ended')).toMatchObject({ dueInMs: null });
    });

    it('asks about adopted orders that have not ended', async () => {
      const shop = await start({}, { adoptUnknownOrders: true });
      await shops.elsewhere('payment', 'O1');
      const { payOrderId } = shops.sandbox.order('O1')!;
      await shop.notify({ mchOrderNo: 'O1', payOrderId, state: '1' });
      dropNotifies();
      await shops.sandbox.pay('O1');
      await sweep(shop);
      expect(await shops.effects()).toEqual(['O1 1', 'O1 2']);
      expect(shop.told.at(-1)).toMatchObject({ adopted: true, source: 'query' });
      expect(await row('O1')).toMatchObject({ dueInMs: null });
    });

    it('stops asking about what a later import says was applied', async () => {
      const shop = await start();
      await shop.create('O1');
      const order = { mchNo, appId, amount: 100, currency: 'cny', mchOrderNo: 'O1', lastApplied: OrderState.Success };
      await shop.app.get(Pass2PayOrders).import([order]);
      expect(await row('O1')).toMatchObject({ lastApplied: 2, dueInMs: null, isJoinable: false });
    });

    it('puts back orders of merchants that the merchantResolver does not find', async () => {
      const shop = await start();
      await shop.create('O1');
      await shop.stop();
      const resolving = (found: object | null) =>
        start(
          {},
          {
            merchants: [{ mchNo: 'M1', appId, secrets: secret }],
            merchantResolver: { findMerchant: async () => found as never },
          },
        );
      const stranger = await resolving(null);
      await sweep(stranger);
      expect(shops.queries()).toBe(0);
      expect((await row('O1')).dueInMs).toBeGreaterThan(30_000);
      await stranger.stop();
      await sweep(await resolving({ mchNo, appId, secrets: secret }));
      expect(shops.queries()).toBe(1);
    });

    it('sweeps by itself where there are handlers, and not in a script that has none', async () => {
      const beginning = jest.spyOn(globalThis, 'setInterval');
      const everyMs = 86_399_999;
      const sweeps = () => beginning.mock.calls.filter(([, ms]) => ms === everyMs).length;
      const options = { ...shops.options, reconcile: { everyMs } };
      const { app } = await startApp({ imports: [Pass2PayModule.forRoot(options)] });
      expect(sweeps()).toBe(0);
      await app.close();
      await start({ enabled: true, everyMs });
      expect(sweeps()).toBe(1);
      beginning.mockRestore();
    });

    it('is each instance’s own', async () => {
      const eu = await shops.start({ reconcile: { enabled: false, perMinute: 100_000 } }, { name: 'eu' });
      await eu.create('O1');
      const shop = await start();
      await sweep(shop);
      expect(shops.queries()).toBe(0);
    });
  });
}
