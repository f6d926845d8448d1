import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pass2PaySandbox } from 'pass2pay-sandbox';
import type { PlacedOrder } from '../../src/orders/orders.controller.js';
import { HeldPort } from '../../../test/support/held-port.js';
import type { TestDatabase } from './databases.js';
import { eventually } from './eventually.js';
import { PAYER } from './payer.js';
import { signedNotify } from './notify.js';
import { RunningShop } from './running-shop.js';

/** What the shop does, whatever its database. */
export function describeShop(databaseName: string, openDatabase: () => Promise<TestDatabase>): void {
  describe(`the shop on ${databaseName}`, () => {
    let sandbox: Pass2PaySandbox;
    let database: TestDatabase;
    let shop: RunningShop;

    beforeAll(async () => {
      sandbox = await Pass2PaySandbox.start({ clock: 'stepped', notifyTimeoutMs: 60_000 });
      database = await openDatabase();
      shop = await RunningShop.open(sandbox, database);
    });

    afterAll(async () => {
      await shop?.close();
      await sandbox?.stop();
      await database?.drop();
    });

    test('sells: order, cashier page, payment, notify, paid', async () => {
      const ordered = await shop.post('/orders', { product: 'tea' });
      expect(ordered.status).toBe(201);
      const { mchOrderNo, viewToken, cashierUrl } = (await ordered.json()) as PlacedOrder;
      expect((await fetch(cashierUrl!)).status).toBe(200);
      const atGateway = sandbox.order(mchOrderNo)!;
      expect(await shop.row(mchOrderNo)).toMatchObject({ state: 'new', payOrderId: atGateway.payOrderId });

      await sandbox.pay(mchOrderNo);
      expect(await sandbox.notifySettled(mchOrderNo)).toEqual({ acknowledged: true, attempts: 1 });

      // The gateway tells whole seconds.
      const paidAt = new Date(Math.floor(sandbox.order(mchOrderNo)!.successTime! / 1_000) * 1_000);
      expect(await shop.row(mchOrderNo)).toMatchObject({
        state: 'paid',
        amount: 8800,
        currency: 'cny',
        payOrderId: atGateway.payOrderId,
        paidAt,
        custNo: 'C200492312',
        registerTime: new Date(1_622_016_572_190),
      });
      const view: unknown = await (await fetch(`${shop.url}/orders/${viewToken}`)).json();
      expect(view).toEqual({
        mchOrderNo,
        productId: 'tea',
        amount: 8800,
        currency: 'cny',
        state: 'paid',
        late: false,
        payOrderId: atGateway.payOrderId,
        paidAt: paidAt.toISOString(),
      });
    });

    test('takes the amount from the catalogue, whatever the browser sends', async () => {
      const sent = { product: 'tea', amount: 1, currency: 'jpy', notifyUrl: 'https://attacker.example/' };
      const response = await shop.post('/orders', sent);
      const { mchOrderNo } = (await response.json()) as { mchOrderNo: string };
      expect(sandbox.order(mchOrderNo)).toMatchObject({
        amount: 8800,
        currency: 'cny',
        notifyUrl: `${shop.url}/pay/notify`,
      });
      expect(await shop.row(mchOrderNo)).toMatchObject({ amount: 8800, currency: 'cny' });
    });

    test('makes one order of one form, however often and wherever it is sent', async () => {
      const checkoutKey = await shop.formKey();
      const before = await shop.count();
      const other = await RunningShop.open(sandbox, database);
      try {
        const responses = await Promise.all(
          [shop, other, shop, other].map((to) => to.submit('/checkout/tea/order', { ...PAYER, checkoutKey })),
        );
        expect(await shop.count()).toBe(before + 1);
        const { mchOrderNo, cashierUrl, viewToken } = (await shop.rows()).at(-1)!;
        expect(sandbox.order(mchOrderNo)).toMatchObject({ amount: 8800 });
        expect(cashierUrl).toContain(sandbox.order(mchOrderNo)!.cashierToken);
        // A copy may have come while the payment page was being opened: it leads to the order's own page.
        for (const response of responses) {
          expect(response.status).toBe(303);
          expect([cashierUrl, `/result/${viewToken}`]).toContain(response.headers.get('Location'));
        }
        expect(responses.map((response) => response.headers.get('Location'))).toContain(cashierUrl);
        const again = await other.submit('/checkout/tea/order', { ...PAYER, checkoutKey });
        expect(again.headers.get('Location')).toBe(cashierUrl);
        expect(await shop.count()).toBe(before + 1);
      } finally {
        await other.close();
      }
    });

    test('keeps its orders when it restarts, and does not count a payment again', async () => {
      const port = await HeldPort.take();
      let own = await RunningShop.open(sandbox, database, port);
      try {
        const mchOrderNo = await own.order();
        await own.close();
        own = await RunningShop.open(sandbox, database, port);
        expect(await own.row(mchOrderNo)).toMatchObject({ state: 'new', amount: 8800 });

        await sandbox.pay(mchOrderNo);
        await sandbox.notifySettled(mchOrderNo);
        const paid = await own.row(mchOrderNo);
        expect(paid).toMatchObject({ state: 'paid' });

        await own.close();
        own = await RunningShop.open(sandbox, database, port);
        await sandbox.resendNotify(mchOrderNo);
        expect(await sandbox.notifySettled(mchOrderNo)).toEqual({ acknowledged: true, attempts: 2 });
        expect(await own.row(mchOrderNo)).toEqual(paid);
      } finally {
        await own.close();
        await port.release();
      }
    });

    test('counts a payment once, however many copies of its notify come at once, to two shops on one database', async () => {
      const mchOrderNo = await shop.order();
      const { version } = (await shop.row(mchOrderNo))!;
      const other = await RunningShop.open(sandbox, database);
      try {
        const copy = signedNotify(sandbox, mchOrderNo);
        const responses = await Promise.all(
          [shop, other, shop, other, shop, other].map(async (to) => (await to.notify(copy)).status),
        );
        // 503 while another copy is being handled: the gateway then sends it again.
        expect(responses).toContain(200);
        expect(responses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
        expect(await shop.row(mchOrderNo)).toMatchObject({ state: 'paid', version: version + 1 });
        expect(await shop.outcomes(mchOrderNo)).toEqual(['Success']);
      } finally {
        await other.close();
      }
    });

    test.each([
      ['amount', '1', '8800'],
      ['currency', 'jpy', 'cny'],
    ])('does not mark an order paid when the signed %s is not what the shop asked for', async (field, value, asked) => {
      const mchOrderNo = await shop.order();
      const before = await shop.row(mchOrderNo);
      const response = await shop.notify(signedNotify(sandbox, mchOrderNo, { [field]: value }));
      // Acknowledged: it is genuine, and would not fit the next time either. It is put down for somebody to look at.
      expect([response.status, await response.text()]).toEqual([200, 'success']);
      const odd = { mismatch: `${field} is ${value}, not ${asked}`, version: before!.version + 1 };
      expect(await shop.row(mchOrderNo)).toEqual({ ...before, ...odd });
      expect(await shop.outcomes(mchOrderNo)).toEqual([]);
      // The mismatch does not stand in the way of the true notify.
      expect((await shop.notify(signedNotify(sandbox, mchOrderNo))).status).toBe(200);
      expect(await shop.row(mchOrderNo)).toMatchObject({ state: 'paid' });
    });

    test('leaves the order alone when a notify is forged', async () => {
      const paid = await shop.order();
      await sandbox.pay(paid);
      await sandbox.notifySettled(paid);
      const genuine = Object.fromEntries(new URLSearchParams(sandbox.notifyAttempts(paid)[0]!.body));
      const victim = await shop.order();
      const before = [await shop.row(paid), await shop.row(victim)];

      const changes = { mchOrderNo: victim, amount: '1', state: '3', sign: '0'.repeat(32) };
      for (const [field, value] of Object.entries(changes)) {
        expect((await shop.notify({ ...genuine, [field]: value })).status).toBe(401);
      }
      expect([await shop.row(paid), await shop.row(victim)]).toEqual(before);
    });

    test('refuses a notify for an order that it does not have', async () => {
      const mchOrderNo = await shop.order();
      const response = await shop.notify(signedNotify(sandbox, mchOrderNo, { mchOrderNo: 'S20010101nobody' }));
      // Not acknowledged: the order may be on its way into the database.
      expect(response.status).toBe(503);
    });

    test.each([
      ['fail', 'failed', 'Failed'],
      ['close', 'closed', 'Closed'],
    ] as const)('after %s at the gateway the order is %s, until a payment wins', async (deed, state, outcome) => {
      const mchOrderNo = await shop.order();
      await sandbox[deed](mchOrderNo);
      await sandbox.notifySettled(mchOrderNo);
      expect(await shop.row(mchOrderNo)).toMatchObject({ state, paidAt: null });

      await sandbox.payAfterClose(mchOrderNo);
      await sandbox.notifySettled(mchOrderNo);
      const paid = await shop.row(mchOrderNo);
      expect(paid).toMatchObject({ state: 'paid', late: true, paidAt: expect.any(Date) });

      for (const late of ['3', '6']) {
        expect((await shop.notify(signedNotify(sandbox, mchOrderNo, { state: late }))).status).toBe(200);
      }
      expect(await shop.row(mchOrderNo)).toEqual(paid);
      expect(await shop.outcomes(mchOrderNo)).toEqual([outcome, 'Success']);
    });

    test('a payment that comes after the order has closed and the shop has restarted counts once, as late', async () => {
      const port = await HeldPort.take();
      let own = await RunningShop.open(sandbox, database, port);
      try {
        const mchOrderNo = await own.order();
        await sandbox.close(mchOrderNo);
        await sandbox.notifySettled(mchOrderNo);
        expect(await own.row(mchOrderNo)).toMatchObject({ state: 'closed' });

        await own.close();
        own = await RunningShop.open(sandbox, database, port);
        await sandbox.payAfterClose(mchOrderNo);
        expect(await sandbox.notifySettled(mchOrderNo)).toMatchObject({ acknowledged: true });
        const paid = await own.row(mchOrderNo);
        expect(paid).toMatchObject({ state: 'paid', late: true });

        await sandbox.resendNotify(mchOrderNo);
        expect(await sandbox.notifySettled(mchOrderNo)).toMatchObject({ acknowledged: true });
        expect(await own.row(mchOrderNo)).toEqual(paid);
        expect(await own.outcomes(mchOrderNo)).toEqual(['Closed', 'Success']);
      } finally {
        await own.close();
        await port.release();
      }
    });

    test('an order whose payment the gateway gives back is refunded, and stays so', async () => {
      const mchOrderNo = await shop.order();
      await sandbox.pay(mchOrderNo);
      await sandbox.notifySettled(mchOrderNo);
      expect((await shop.notify(signedNotify(sandbox, mchOrderNo, { state: '5' }))).status).toBe(200);
      const refunded = await shop.row(mchOrderNo);
      expect(refunded).toMatchObject({ state: 'refunded', paidAt: expect.any(Date) });
      await sandbox.resendNotify(mchOrderNo);
      await sandbox.notifySettled(mchOrderNo);
      expect(await shop.row(mchOrderNo)).toEqual(refunded);
    });

    test('finds a refund of the operator, which no notify tells, when a day has passed', async () => {
      const environment = { ...database.environment, PASS2PAY_RECONCILE_EVERY_MS: '50' };
      const asking = await RunningShop.open(sandbox, { ...database, environment });
      try {
        const mchOrderNo = await asking.order();
        await sandbox.pay(mchOrderNo);
        await sandbox.notifySettled(mchOrderNo);
        await sandbox.refund(mchOrderNo);
        await asking.sql(
          `UPDATE pass2pay_order SET next_check_at = next_check_at - 90000000 WHERE mch_order_no = '${mchOrderNo}'`,
        );
        await eventually('the refund', async () =>
          (await asking.row(mchOrderNo))?.state === 'refunded' ? true : undefined,
        );
        expect(await asking.outcomes(mchOrderNo)).toEqual(['Success', 'Refunded']);
      } finally {
        await asking.close();
      }
    });

    test('does not acknowledge a payment that its own books have no order for', async () => {
      const mchOrderNo = await shop.order();
      await shop.sql(`DELETE FROM shop_order WHERE "mchOrderNo" = '${mchOrderNo}'`);
      expect((await shop.notify(signedNotify(sandbox, mchOrderNo))).status).toBe(503);
      expect(await shop.outcomes(mchOrderNo)).toEqual([]);
    });

    test('makes no tables in production: it starts on those that are there', async () => {
      const empty = await openDatabase();
      const inProduction = (where: TestDatabase) =>
        RunningShop.open(sandbox, { ...where, environment: { ...where.environment, NODE_ENV: 'production' } });
      try {
        await expect(inProduction(empty)).rejects.toThrow('npx nestjs-pass2pay migration');
        const own = await inProduction(database);
        try {
          expect(await own.row(await own.order())).toMatchObject({ state: 'new', payOrderId: expect.any(String) });
        } finally {
          await own.close();
        }
      } finally {
        await empty.drop();
      }
    });

    test('asks the gateway about an order that no notify told the end of', async () => {
      const environment = {
        ...database.environment,
        PASS2PAY_RECONCILE_AFTER_MS: '0',
        PASS2PAY_RECONCILE_EVERY_MS: '50',
        PASS2PAY_RECONCILE_PER_MINUTE: '6000',
      };
      const asking = await RunningShop.open(sandbox, { ...database, environment });
      try {
        const mchOrderNo = await asking.order();
        sandbox.inject({ kind: 'notify-drop', mchOrderNo, times: Infinity });
        await sandbox.pay(mchOrderNo);
        await eventually('the payment', async () =>
          (await asking.row(mchOrderNo))?.state === 'paid' ? true : undefined,
        );
        expect(await asking.outcomes(mchOrderNo)).toEqual(['Success']);
      } finally {
        await asking.close();
      }
    });

    test('has written the order down when the gateway refuses it', async () => {
      const environment = { ...database.environment, PASS2PAY_SECRET: 'not-the-secret-of-this-app' };
      const refused = await RunningShop.open(sandbox, { ...database, environment });
      try {
        expect((await refused.post('/orders', { product: 'tea' })).status).toBe(502);
        expect((await refused.rows()).at(-1)).toMatchObject({ state: 'new', payOrderId: null });
      } finally {
        await refused.close();
      }
    });
  });
}
