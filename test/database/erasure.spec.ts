// What tells of a customer is erased after keepDays, and at once where that is asked for.
import { expect, it } from '@jest/globals';
import { AfterCommitTable } from '../../lib/database/after-commit/after-commit-table.js';
import { Erasure, PAGE } from '../../lib/database/erasure/erasure.js';
import { ErasureWork } from '../../lib/database/erasure/erasure-work.js';
import { insertOrder } from '../../lib/database/orders/insert-order.js';
import { OrderTable } from '../../lib/database/orders/order-table.js';
import { Pass2PayOrders } from '../../lib/database/orders/pass2pay-orders.js';
import { inTransaction } from '../../lib/database/transaction/in-transaction.js';
import { outcomeEvent } from '../../lib/outcomes/outcome.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { TransferService } from '../../lib/transfers/transfer.service.js';
import { DEFAULT_MERCHANT } from '../../sandbox/index.js';
import { startApp } from '../support/nest-app.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { CREATE_TIMES } from './support/create-times.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';
import { Shops, type Shop } from './support/shops.js';
import { withShops } from './support/with-shops.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const CUSTOMER = 'C200492312';
const DAY_MS = 86_400_000;

/** What of a notify tells of its payer. */
const PAYER = { clientIp: '198.51.100.7', channelUser: 'payer-2088', extParam: 'ext-zhang', memberName: 'extra-zhang' };
const ACCOUNT = { accountNo: '6222020200112233445', accountName: 'receiver-zhang' };

it('needs a database', async () => {
  const { app } = await startApp({
    imports: [
      Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [{ mchNo, appId, secrets: secret }] }),
    ],
  });
  await expect(app.get(Pass2PayOrders).forgetCustomer(CUSTOMER)).rejects.toThrow(
    /database is required for Pass2PayOrders/,
  );
  await app.close();
});

for (const { need, open } of PLACES) {
  await describeWhere(need, `a customer's data on ${need}`, () => {
    let place: Place;
    let shops: Shops;
    withShops(open, (opened) => ({ place, shops } = opened));

    const ordersOf = ({ app }: Shop) => app.get(Pass2PayOrders);

    /** Everything that the tables have. */
    async function stored(): Promise<string> {
      const { order, outcome, afterCommit } = shops.tables;
      const all = await Promise.all(
        [order, outcome, afterCommit].map((table) => place.database.execute(`SELECT * FROM ${table}`)),
      );
      return JSON.stringify(
        all.flatMap(({ rows }) => rows),
        (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value),
      );
    }

    /** Which of these texts the tables have. */
    async function found(texts: readonly string[]): Promise<string[]> {
      const all = await stored();
      return texts.filter((each) => all.includes(each));
    }

    const personal = [CUSTOMER, ...Object.values(PAYER), ...Object.values(ACCOUNT), 'cashier'];

    /** A notify of the order with what some merchants' notifies tell of the payer. */
    async function pay(shop: Shop, mchOrderNo: string, changes: Record<string, string> = {}): Promise<number> {
      const { gatewayId } = (await ordersOf(shop).find({ mchNo, mchOrderNo }))!;
      const { status } = await shop.notify({ mchOrderNo, payOrderId: gatewayId!, ...PAYER, ...changes });
      return status;
    }

    /** Has what the tables have be as old as that. */
    async function age(days: number): Promise<void> {
      const { order, outcome, afterCommit } = shops.tables;
      for (const table of [order, outcome, afterCommit]) {
        await place.database.execute(
          `UPDATE ${table} SET kept_since = kept_since - ${days * DAY_MS} WHERE kept_since > 0`,
        );
      }
    }

    /** As a process does that looks for the first time. */
    async function sweep(keepDays: number | false = 30): Promise<void> {
      await new ErasureWork(new Erasure(place.database, shops.tables, '', CREATE_TIMES), keepDays).sweep();
    }

    it('are erased after keepDays, and the last state of an order never', async () => {
      const shop = await shops.start({ keepDays: 30 });
      await shop.create('O1');
      expect(await pay(shop, 'O1')).toBe(200);
      await shop.create('O2');
      const to = { amount: 100, custNo: CUSTOMER, clientIp: '210.73.10.148', ...ACCOUNT };
      await shop.app.get(TransferService).createTransfer({ mchOrderNo: 'T1', ...to });
      expect((await found(personal)).toSorted()).toEqual(personal.toSorted());

      await age(29);
      await sweep();
      expect((await found(personal)).toSorted()).toEqual(personal.toSorted());
      await age(1);
      await shop.app.get(ErasureWork, { strict: false }).sweep();
      expect(await found(personal)).toEqual([]);

      expect(await ordersOf(shop).find({ mchNo, mchOrderNo: 'O1' })).toMatchObject({ lastApplied: 2, amount: 100 });
      expect(await pay(shop, 'O1')).toBe(200);
      expect(await shops.effects()).toEqual(['O1 2']);
      // The orders still open are found by a query.
      expect(await shop.create('O2')).toMatchObject({ mchOrderNo: 'O2', recovered: true });
      const { rows } = await place.database.execute(`SELECT fields FROM ${shops.tables.outcome}`);
      expect(JSON.parse(String(rows[0]!.fields))).toMatchObject({
        mchOrderNo: 'O1',
        amount: 100,
        state: 2,
        wayCode: 'ALI_QR',
      });
    });

    it('come with a notify after they were erased, and are erased again', async () => {
      const shop = await shops.start();
      await shop.create('O1');
      await age(31);
      await sweep();
      expect(await found([CUSTOMER])).toEqual([]);
      await pay(shop, 'O1', { state: '6' });
      await pay(shop, 'O1');
      expect(shop.told).toMatchObject([{ state: 6 }, { state: 2, late: true, channelUser: PAYER.channelUser }]);
      await sweep();
      expect(await found([PAYER.channelUser])).toEqual([PAYER.channelUser]);
      await age(31);
      await sweep();
      expect(await found(personal)).toEqual([]);
    });

    it('are kept for ever where the merchant wants that', async () => {
      const shop = await shops.start({ keepDays: false });
      await shop.create('O1');
      await pay(shop, 'O1');
      await age(4_000);
      await shop.app.get(ErasureWork, { strict: false }).sweep();
      expect(await found([CUSTOMER, PAYER.channelUser])).toEqual([CUSTOMER, PAYER.channelUser]);
    });

    it('stay as long as handlers have yet to be told, and are erased when they have', async () => {
      const shop = await shops.start();
      await shop.create('O1');
      shop.handler.does = () => Promise.reject(new Error('the stock is down'));
      expect(await pay(shop, 'O1')).toBe(503);
      await age(31);
      await sweep();
      expect(await found([PAYER.channelUser])).toEqual([PAYER.channelUser]);
      shop.handler.does = () => undefined;
      await shop.retry();
      expect(shop.told.at(-1)).toMatchObject({ state: 2, channelUser: PAYER.channelUser });
      await age(31);
      await sweep();
      expect(await found(personal)).toEqual([]);
    });

    it('of an outcome that is given up are erased, and its numbers handled when it is tried again', async () => {
      const shop = await shops.start({ databaseLimits: { sweepEveryMs: DAY_MS, maxAttempts: 1 } });
      await shop.create('O1');
      shop.handler.does = () => Promise.reject(new Error('the stock is down'));
      await pay(shop, 'O1');
      await age(31);
      await sweep();
      expect(await found(personal)).toEqual([]);
      shop.handler.does = () => undefined;
      await place.database.execute(`UPDATE ${shops.tables.outcome} SET result = 'failed', due_at = 0`);
      await shop.retry();
      expect(shop.told.at(-1)).toMatchObject({ mchOrderNo: 'O1', amount: 100, state: 2 });
      expect(await shops.effects()).toEqual(['O1 2']);
    });

    it('are forgotten at once, of one customer and of one merchant alone', async () => {
      const shop = await shops.start();
      for (const no of ['O1', 'O2']) {
        await shop.create(no);
        await pay(shop, no);
      }
      const other = { kind: 'payment', appId, amount: 100, currency: 'cny', status: 'created' } as const;
      await insertOrder(place.database, shops.tables, '', { ...other, mchNo, mchOrderNo: 'O3', custNo: 'C-other' });
      await insertOrder(place.database, shops.tables, '', {
        ...other,
        mchNo: 'M2',
        mchOrderNo: 'O4',
        custNo: CUSTOMER,
      });
      await insertOrder(place.database, shops.tables, 'eu', { ...other, mchNo, mchOrderNo: 'O5', custNo: CUSTOMER });

      const orders = ordersOf(shop);
      const nothing = { orders: 0, outcomes: 0, afterCommit: 0, waiting: 0 };
      expect(await orders.forgetCustomer('c200492312')).toEqual(nothing);
      expect(await orders.forgetCustomer(CUSTOMER, { mchNo })).toEqual({ ...nothing, orders: 2, outcomes: 2 });
      expect(await found(Object.values(PAYER))).toEqual([]);
      expect(await orders.find({ mchNo, mchOrderNo: 'O1' })).toMatchObject({ lastApplied: 2 });
      expect(await orders.find({ mchNo, mchOrderNo: 'O3' })).toMatchObject({ custNo: 'C-other' });
      expect(await orders.find({ mchNo: 'M2', mchOrderNo: 'O4' })).toMatchObject({ custNo: CUSTOMER });
      expect(await orders.forgetCustomer(CUSTOMER)).toEqual({ ...nothing, orders: 1 });
      expect(await orders.forgetCustomer(CUSTOMER)).toEqual(nothing);
      // Another instance of the module is another customer's table.
      const { rows } = await place.database.execute(`SELECT cust_no FROM ${shops.tables.order} WHERE instance = 'eu'`);
      expect(rows).toEqual([{ cust_no: CUSTOMER }]);
      await expect(orders.forgetCustomer('')).rejects.toMatchObject({ code: 'PASS2PAY_VALIDATION' });
      await expect(orders.forgetCustomer(CUSTOMER, { mchNo: ' ' })).rejects.toMatchObject({
        code: 'PASS2PAY_VALIDATION',
      });
    });

    it('that handlers wait for are forgotten when they have ended', async () => {
      const shop = await shops.start({ keepDays: false });
      await shop.create('O1');
      shop.handler.does = () => Promise.reject(new Error('the stock is down'));
      await pay(shop, 'O1');
      expect(await ordersOf(shop).forgetCustomer(CUSTOMER)).toEqual({
        orders: 1,
        outcomes: 0,
        afterCommit: 0,
        waiting: 1,
      });
      expect(await found([CUSTOMER, PAYER.channelUser])).toEqual([PAYER.channelUser]);
      shop.handler.does = () => undefined;
      await shop.retry();
      expect(shop.told.at(-1)).toMatchObject({ channelUser: PAYER.channelUser });
      expect(await shops.effects()).toEqual(['O1 2']);
      await sweep(false);
      expect(await found(personal)).toEqual([]);
    });

    it('of work after a commit are forgotten where it was given up, and later where it waits', async () => {
      const shop = await shops.start();
      await shop.create('O1');
      const data = Object.assign(new PaymentOrder(), { mchNo, appId, mchOrderNo: 'O1', payOrderId: 'P1', amount: 100 });
      Object.assign(data, { currency: 'cny', state: 2, ...PAYER });
      const table = new AfterCommitTable(place.database, shops.tables, '');
      const about = { late: true, adopted: false, replayed: false, checkoutKey: 'basket-1' } as const;
      const facts = { ...about, source: 'notify', idempotencyKey: 'payment:M1:P1:2' } as const;
      const handlers = ['Mail.send', 'Stock.count'];
      const scope = { handlers, mchNos: undefined };
      const taken = await inTransaction(place.database, CREATE_TIMES, async (own) => {
        await table.add(own, outcomeEvent(data, 'notify'), { facts, handlers, now: Date.now() });
        return table.take(own, scope, { now: Date.now(), leaseMs: 0, most: 2 });
      });
      await table.fail(
        taken.find(({ handler }) => handler === 'Mail.send')!,
        'no mail',
        undefined,
      );
      expect(await ordersOf(shop).forgetCustomer(CUSTOMER)).toMatchObject({ afterCommit: 1, waiting: 1 });
      const { rows } = await place.database.execute(
        `SELECT outcome FROM ${shops.tables.afterCommit} WHERE handler = 'Mail.send'`,
      );
      const numbers = { mchNo, appId, mchOrderNo: 'O1', payOrderId: 'P1', amount: 100, currency: 'cny', state: 2 };
      expect(JSON.parse(String(rows[0]!.outcome))).toEqual({ ...numbers, ...facts });
      await sweep(false);
      expect(await found([PAYER.channelUser])).toEqual([PAYER.channelUser]);
      await table.fail(
        taken.find(({ handler }) => handler === 'Stock.count')!,
        'no stock',
        undefined,
      );
      await sweep(false);
      expect(await found(personal)).toEqual([]);
    });

    it('of an order that is being made are forgotten, with the response that comes later', async () => {
      const shop = await shops.start();
      const table = new OrderTable(place.database, shops.tables, '', CREATE_TIMES);
      const order = { kind: 'payment', mchNo, appId, mchOrderNo: 'O1', amount: 100, currency: 'cny' } as const;
      const wanted = { ...order, custNo: CUSTOMER, expiresInS: 900 };
      const start = await table.creating(wanted);
      expect(await ordersOf(shop).forgetCustomer(CUSTOMER)).toMatchObject({ orders: 1 });
      await sweep();
      const response = { state: 1, cashierUrl: 'https://cashier.example/P1' };
      await table.settled(wanted, { status: 'created', gatewayId: 'P1', response }, start);
      expect(await found(['cashier.example'])).toEqual(['cashier.example']);
      await sweep();
      expect(await found(['cashier.example', CUSTOMER])).toEqual([]);
      expect(await ordersOf(shop).find({ mchNo, mchOrderNo: 'O1' })).toMatchObject({
        status: 'created',
        gatewayState: 1,
      });
    });

    it('are erased once by several processes at once, in batches', async () => {
      const count = 2 * PAGE + 50;
      const number = "CONCAT('O', n.i)";
      await place.database.execute(
        `INSERT INTO ${shops.tables.outcome} (instance, idempotency_key, kind, mch_no, compared_no, state, amount, currency, source, result, late, deliveries, attempts, fields, received_at, kept_since)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
         SELECT '', ${number}, 'payment', 'M1', ${number}, 2, 100, 'cny', 'notify', 'applied', 0, 1, 1, '{"channelUser":"payer-2088","state":2}', 1, n.i FROM n`,
      );
      await place.database.execute(
        `INSERT INTO ${shops.tables.order} (instance, kind, mch_no, compared_no, mch_order_no, app_id, amount, currency, status, created_at, checks, cust_no, kept_since)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
         SELECT '', 'payment', 'M1', ${number}, ${number}, 'A1', 100, 'cny', 'created', 1, 0, '${CUSTOMER}', n.i FROM n`,
      );
      const erasure = new Erasure(place.database, shops.tables, '', CREATE_TIMES);
      expect(await erasure.erasePage('outcome', 10, Date.now())).toBe(10);
      await Promise.all([sweep(), sweep(), sweep()]);
      // Whoever met the pages of others only has left them to those.
      await sweep();
      expect(await found([CUSTOMER, 'payer-2088'])).toEqual([]);
      const { rows } = await place.database.execute(
        `SELECT COUNT(*) AS number FROM ${shops.tables.outcome} WHERE fields = '{"state":2}' AND kept_since IS NULL`,
      );
      expect(Number(rows[0]!.number)).toBe(count);
    });
  });
}
