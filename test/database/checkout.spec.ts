// One open order for each key: what a second click gets, and which of two payments is the second.
import { Injectable, Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { AfterCommitWork } from '../../lib/database/after-commit/after-commit-work.js';
import { CheckoutTable } from '../../lib/database/checkout/checkout-table.js';
import { OpenTransactionError } from '../../lib/database/sql-errors.js';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import type { PaymentOutcome } from '../../lib/outcomes/outcome.js';
import { CashierService } from '../../lib/payments/cashier.service.js';
import type { CashierOrder } from '../../lib/payments/cashier-order.dto.js';
import type { CheckoutDto } from '../../lib/payments/checkout.dto.js';
import { getPass2PayToken } from '../../lib/pass2pay.tokens.js';
import type { CallOptions } from '../../lib/client/call.js';
import { GatewayClient } from '../../lib/client/gateway-client.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { Pass2PayOrders } from '../../lib/database/orders/pass2pay-orders.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import type { RunningApp } from '../support/nest-app.js';
import { CREATE_TIMES } from './support/create-times.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';
import { Shops, type Shop } from './support/shops.js';

const MINUTE = 60_000;

for (const { need, open } of PLACES) {
  await describeWhere(need, `checkouts on ${need}`, () => {
    let place: Place;
    let shops: Shops;
    let shop: Shop;
    let baskets = 0;
    let key: string;
    let before: number;

    beforeAll(async () => {
      Logger.overrideLogger(false);
      place = open();
      shops = await Shops.open(place);
      shop = await shops.start();
    });

    afterAll(async () => {
      await shops.close();
      await place.close();
    });

    beforeEach(() => {
      key = `basket ${++baskets}`;
      before = shops.sandbox.requests.length;
      shop.told.length = 0;
    });

    afterEach(() => {
      shops.sandbox.clearFaults();
      shop.handler.does = () => undefined;
    });

    const click = async (
      changes: Partial<CheckoutDto> = {},
      { app }: RunningApp = shop,
      { name, ...options }: CallOptions & { name?: string } = {},
    ): Promise<CashierOrder> => {
      const order = {
        key,
        amount: 100,
        custNo: `C${key}`,
        registerTime: 1_622_016_572_190,
        notifyUrl: shops.notifyUrl,
      };
      const cashier = app.get(getPass2PayToken(CashierService, name), { strict: false });
      return cashier.checkout({ ...order, ...changes }, options);
    };

    /** What the gateway was sent since the test began, in order. */
    const sent = () =>
      shops.sandbox.requests.slice(before).map(({ endpoint }) => (/query/i.test(endpoint ?? '') ? 'query' : 'create'));

    const told = () => shop.told as PaymentOutcome[];

    const set = async (mchOrderNo: string, columns: string) =>
      place.database.execute(`UPDATE ${shops.tables.order} SET ${columns} WHERE mch_order_no = ?`, [mchOrderNo]);

    const leaveMs = async ({ mchOrderNo }: CashierOrder, ms: number) =>
      set(mchOrderNo, `expires_at = ${Date.now() + ms}`);

    const standing = async (): Promise<string> => {
      const { rows } = await place.database.execute(
        `SELECT mch_order_no FROM ${shops.tables.checkout} WHERE checkout_key = ?`,
        [key],
      );
      return String(rows[0]!.mch_order_no);
    };

    const settle = async (end: 'pay' | 'close' | 'payAfterClose', { mchOrderNo }: CashierOrder) => {
      await shops.sandbox[end](mchOrderNo);
      return shops.sandbox.notifySettled(mchOrderNo);
    };

    /** Has the upstream of the next order fail before the gateway answers its create, which says so then. */
    const failingAtOnce = async (create: () => Promise<CashierOrder>): Promise<CashierOrder> => {
      const { interceptors } = shop.app.get(GatewayClient).axios;
      const { secret } = shops.sandbox.merchants[0]!;
      const interceptor = interceptors.response.use(async (response) => {
        const { data, ...envelope } = JSON.parse(String(response.data)) as { data: Record<string, string> };
        if (!('payData' in data)) return response;
        const { payData: _data, payDataType: _type, ...rest } = data;
        const failed = { ...rest, orderState: 3 };
        shops.sandbox.inject({ kind: 'notify-drop', mchOrderNo: String(data.mchOrderNo) });
        await shops.sandbox.fail(data.mchOrderNo!);
        response.data = JSON.stringify({ ...envelope, data: failed, sign: sign(failed, secret) });
        return response;
      });
      try {
        return await create();
      } finally {
        interceptors.response.eject(interceptor);
        shops.sandbox.clearFaults();
      }
    };

    /** A first order under the key that has closed, and the second. */
    const twoOrders = async () => {
      const first = await click();
      await settle('close', first);
      const second = await click();
      shop.told.length = 0;
      return [first, second] as const;
    };

    const paid = async (order: Promise<unknown>, mchOrderNo: string) =>
      expect(order).rejects.toMatchObject({ code: 'PASS2PAY_ALREADY_PAID', retryable: false, key, mchOrderNo });

    it('give the order of the first click to all others', async () => {
      const first = await click();
      expect(first).toMatchObject({ mchOrderNo: expect.stringMatching(/^20\d{6}[0-9a-z]{22}$/), recovered: false });
      expect(await click()).toEqual({ ...first, recovered: true });
      expect(sent()).toEqual(['create']);
      const { mchNo } = shops.sandbox.merchants[0]!;
      const { mchOrderNo } = first;
      expect(await shop.app.get(Pass2PayOrders).find({ mchNo, mchOrderNo })).toMatchObject({ checkoutKey: key });
    });

    it.each([
      ['of which those of one process share a call', () => ({})],
      ['each on its own', () => ({ signal: new AbortController().signal })],
    ] as const)('make one order for clicks in several processes at once, %s', async (_how, options) => {
      const other = await shops.start();
      const clicks = await Promise.all(
        Array.from({ length: 30 }, (_, nth) => click({}, nth % 2 ? shop : other, options())),
      );
      await other.stop();
      shops.leadTo(shop.url);
      expect(new Set(clicks.map(({ cashierUrl }) => cashierUrl)).size).toBe(1);
      expect(clicks.filter(({ recovered }) => !recovered)).toHaveLength(1);
      expect(sent()).toEqual(['create']);
    });

    it('share their error, and begin anew after it', async () => {
      shops.sandbox.inject({ kind: 'rate-limit' });
      const refused = await Promise.allSettled([click(), click()]);
      expect(refused).toEqual(
        refused.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'PASS2PAY_RATE_LIMIT' }) })),
      );
      expect(await click()).toMatchObject({ recovered: false });
      expect(sent()).toEqual(['create', 'create']);
    });

    it('wait, or are unknown, while the first create hangs, and make no second order', async () => {
      shops.sandbox.inject({ kind: 'lost' });
      const hanging = await shops.start({ timeoutMs: 400 });
      const other = await shops.start({ timeoutMs: 400 });
      const clicks = Array.from({ length: 12 }, (_, nth) =>
        click({}, nth % 2 ? hanging : other, nth < 6 ? {} : { signal: new AbortController().signal }),
      );
      const results = await Promise.allSettled(clicks);
      for (const each of [hanging, other]) await each.stop();
      shops.leadTo(shop.url);
      for (const each of results) {
        if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'PASS2PAY_OUTCOME_UNKNOWN' });
        else expect(each.value).toMatchObject({ recovered: true });
      }
      expect(sent().filter((each) => each === 'create')).toHaveLength(1);
      expect(await click()).toMatchObject({ mchOrderNo: await standing(), recovered: true });
    });

    it('make another order once the first has closed, and its outcomes have the key', async () => {
      const first = await click();
      await settle('close', first);
      const second = await click();
      expect(second.mchOrderNo).not.toBe(first.mchOrderNo);
      expect(sent()).toEqual(['create', 'query', 'create']);
      await settle('pay', second);
      expect(told().map(({ mchOrderNo, state, checkoutKey }) => [mchOrderNo, state, checkoutKey])).toEqual([
        [first.mchOrderNo, OrderState.Closed, key],
        [second.mchOrderNo, OrderState.Success, key],
      ]);
      expect(shop.told[1]).not.toHaveProperty('duplicateOf');
    });

    it('give out an order with a minute left, and replace one with less', async () => {
      const first = await click();
      await leaveMs(first, MINUTE + 30_000);
      expect(await click()).toMatchObject({ mchOrderNo: first.mchOrderNo });
      expect(sent()).toEqual(['create']);
      await leaveMs(first, MINUTE - 1);
      const second = await click();
      expect(second.mchOrderNo).not.toBe(first.mchOrderNo);
      expect(sent()).toEqual(['create', 'query', 'create']);
      expect(await click()).toMatchObject({ mchOrderNo: second.mchOrderNo });
    });

    it('find a payment that no notify has told before they replace an order', async () => {
      const first = await click();
      shops.sandbox.inject({ kind: 'notify-drop', times: Infinity });
      await shops.sandbox.pay(first.mchOrderNo);
      await leaveMs(first, 0);
      await paid(click(), first.mchOrderNo);
      expect(sent()).toEqual(['create', 'query']);
      expect(shop.told).toEqual([expect.objectContaining({ state: 2, source: 'query', checkoutKey: key })]);
      await paid(click(), first.mchOrderNo);
      expect(sent()).toEqual(['create', 'query']);
    });

    it('hand on that an order has closed before they replace it, so that a payment of it is late', async () => {
      const first = await click();
      shops.sandbox.inject({ kind: 'notify-drop' });
      await shops.sandbox.close(first.mchOrderNo);
      await leaveMs(first, 0);
      const second = await click();
      expect(shop.told).toEqual([expect.objectContaining({ mchOrderNo: first.mchOrderNo, state: OrderState.Closed })]);
      shops.sandbox.clearFaults();
      await settle('payAfterClose', first);
      expect(shop.told[1]).toMatchObject({ state: OrderState.Success, late: true, checkoutKey: key });
      await paid(click(), first.mchOrderNo);
      // It was open already.
      await settle('pay', second);
      expect(shop.told[2]).toMatchObject({ mchOrderNo: second.mchOrderNo, duplicateOf: first.mchOrderNo });
    });

    it('make nothing where the gateway does not say how the order stands', async () => {
      const first = await click();
      await leaveMs(first, 0);
      shops.sandbox.inject({ kind: 'http-500' });
      await expect(click()).rejects.toMatchObject({ code: 'PASS2PAY_BAD_RESPONSE' });
      expect(sent()).toEqual(['create', 'query']);
      expect(await standing()).toBe(first.mchOrderNo);
    });

    it('make no order under a key that is paid, or was', async () => {
      const first = await click();
      await settle('pay', first);
      await paid(click(), first.mchOrderNo);
      await set(first.mchOrderNo, 'last_applied = 5, gateway_state = 5');
      await paid(click(), first.mchOrderNo);
      expect(sent()).toEqual(['create']);
    });

    it('refuse another amount or currency, and say what to do', async () => {
      const first = await click();
      for (const [changes, difference] of [
        [{ amount: 101 }, 'amount is 100, not 101'],
        [{ currency: 'usd' }, 'currency is cny, not usd'],
      ] as const) {
        await expect(click(changes)).rejects.toMatchObject({
          code: 'PASS2PAY_ORDER_CONFLICT',
          mchOrderNo: first.mchOrderNo,
          differences: [difference],
          message: expect.stringContaining('Use a new key'),
        });
      }
      expect(sent()).toEqual(['create']);
    });

    it('give out an order that failed at once, which may still be paid, and replace it with the next click', async () => {
      const failed = await failingAtOnce(click);
      expect(failed).toMatchObject({ state: OrderState.Failed, recovered: false });
      const second = await click();
      expect(second).toMatchObject({ state: OrderState.Created, recovered: false });
      expect(second.mchOrderNo).not.toBe(failed.mchOrderNo);
      await settle('payAfterClose', failed);
      await settle('pay', second);
      const successes = told().filter(({ state }) => state === OrderState.Success);
      expect(successes.map(({ mchOrderNo, late, duplicateOf }) => ({ mchOrderNo, late, duplicateOf }))).toEqual([
        { mchOrderNo: failed.mchOrderNo, late: true, duplicateOf: undefined },
        { mchOrderNo: second.mchOrderNo, late: false, duplicateOf: failed.mchOrderNo },
      ]);
    });

    it('have one of two payments at the same time be the second', async () => {
      const [first, second] = await twoOrders();
      await Promise.all([settle('payAfterClose', first), settle('pay', second)]);
      const numbers = [first.mchOrderNo, second.mchOrderNo];
      expect(shop.told.map(({ mchOrderNo }) => mchOrderNo).toSorted()).toEqual(numbers.toSorted());
      const duplicates = told().filter(({ duplicateOf }) => duplicateOf !== undefined);
      expect(duplicates).toHaveLength(1);
      const [{ mchOrderNo, duplicateOf, idempotencyKey }] = duplicates as [PaymentOutcome];
      expect(duplicateOf).toBe(numbers.find((number) => number !== mchOrderNo));
      const { rows } = await place.database.execute(
        `SELECT idempotency_key FROM ${shops.tables.outcome} WHERE duplicate_of = ?`,
        [duplicateOf!],
      );
      expect(rows.map((row) => row.idempotency_key)).toEqual([idempotencyKey]);
    });

    it('do not count a payment as the first whose handlers have failed, and make no order meanwhile', async () => {
      const [first, second] = await twoOrders();
      shop.handler.does = () => {
        throw new Error('The warehouse is closed');
      };
      const ids = { mchOrderNo: first.mchOrderNo, payOrderId: first.payOrderId };
      expect(await shop.notify(ids)).toMatchObject({ status: 503 });
      await paid(click(), first.mchOrderNo);
      shop.handler.does = () => undefined;
      shop.told.length = 0;
      await settle('pay', second);
      await shop.retry();
      expect(told().map(({ mchOrderNo, duplicateOf }) => [mchOrderNo, duplicateOf])).toEqual([
        [second.mchOrderNo, undefined],
        [first.mchOrderNo, second.mchOrderNo],
      ]);
    });

    it('tell handlers that run after the commit, too', async () => {
      const mailed: PaymentOutcome[] = [];

      @Injectable()
      class Receipts {
        @OnPayment(OrderState.Success, { after: 'commit' })
        send(payment: PaymentOutcome) {
          mailed.push(payment);
        }
      }

      const [first, second] = await twoOrders();
      const mailing = await shops.start({}, { providers: [Receipts] });
      await settle('payAfterClose', first);
      await settle('pay', second);
      // A process that is told to end begins no more of it.
      await mailing.app.get(AfterCommitWork, { strict: false }).sweep();
      await mailing.stop();
      shops.leadTo(shop.url);
      expect(mailed.map(({ mchOrderNo, checkoutKey, duplicateOf }) => [mchOrderNo, checkoutKey, duplicateOf])).toEqual([
        [first.mchOrderNo, key, undefined],
        [second.mchOrderNo, key, first.mchOrderNo],
      ]);
    });

    it('go on where a process has ended', async () => {
      // Between the key and the order.
      const { mchNo, appId } = shops.sandbox.merchants[0]!;
      const table = new CheckoutTable(place.database, shops.tables, '', CREATE_TIMES);
      const number = '20260101begun';
      await table.enter({ mchNo, appId, key, amount: 100, currency: 'cny' }, number);
      const first = await click();
      expect(first).toMatchObject({ mchOrderNo: number, recovered: false });
      // With a create under way: nobody knows what becomes of it, until its time is over.
      await set(number, `status = 'creating', creating_until = ${Date.now() + MINUTE}`);
      const impatient = await shops.start({ timeoutMs: 50 });
      await expect(click({}, impatient)).rejects.toMatchObject({ code: 'PASS2PAY_OUTCOME_UNKNOWN' });
      await impatient.stop();
      shops.leadTo(shop.url);
      expect(sent()).toEqual(['create']);
      await set(first.mchOrderNo, 'creating_until = 1');
      expect(await click()).toMatchObject({ mchOrderNo: first.mchOrderNo, recovered: true });
      expect(sent()).toEqual(['create', 'query']);
    });

    it('replace an order whose create was unknown and that has closed meanwhile', async () => {
      const first = await click();
      await settle('close', first);
      await set(first.mchOrderNo, `status = 'creating', creating_until = 1, gateway_state = NULL, last_applied = NULL`);
      expect((await click()).mchOrderNo).not.toBe(first.mchOrderNo);
      expect(sent()).toEqual(['create', 'query', 'create']);
    });

    it('ask once more about an order that was never made', async () => {
      const first = await click();
      const never = "status = 'never-made', gateway_state = NULL, response = NULL";
      await set(first.mchOrderNo, never);
      expect(await click()).toMatchObject({ mchOrderNo: first.mchOrderNo, recovered: true });
      const gone = '20200101never';
      await set(first.mchOrderNo, `${never}, mch_order_no = '${gone}', compared_no = '${gone}'`);
      await place.database.execute(
        `UPDATE ${shops.tables.checkout} SET mch_order_no = '${gone}' WHERE checkout_key = ?`,
        [key],
      );
      before = shops.sandbox.requests.length;
      expect(await click()).toMatchObject({ recovered: false });
      expect(sent()).toEqual(['query', 'create']);
      expect(await standing()).not.toBe(gone);
    });

    it('tell instances, merchants and keys apart to the letter', async () => {
      const named = await shops.start({}, { name: 'second' });
      const [first, second] = [await click(), await click({}, named, { name: 'second' })];
      await named.stop();
      shops.leadTo(shop.url);
      expect(first.mchOrderNo).not.toBe(second.mchOrderNo);

      const table = new CheckoutTable(place.database, shops.tables, '', CREATE_TIMES);
      const terms = { mchNo: 'M1', appId: 'a1', key: 'Straße', amount: 100, currency: 'cny' };
      const others = [
        { mchNo: 'M2' },
        { key: 'straße' },
        { key: 'Strasse' },
        { key: 'Straße' },
        { key: 'Straße\u200b' },
      ];
      for (const [nth, each] of [terms, ...others.map((other) => ({ ...terms, ...other }))].entries()) {
        expect(await table.enter(each, `n${nth}`)).toMatchObject({
          mchOrderNo: each.key === 'Straße' && each.mchNo === 'M1' ? 'n0' : `n${nth}`,
        });
      }
    });

    it('refuse a key that is none, and write nothing', async () => {
      for (const [wrong, why] of [
        ['', 'key is required: your id of the purchase, e.g. the basket id'],
        ['x '.trimStart(), 'key begins or ends with white space; remove it'],
        ['a\nb', 'key contains a control character or a line break; send printable characters'],
        ['x'.repeat(65), 'key has 65 characters; send up to 64'],
        [7, 'key is a number; send it as a string'],
      ] as const) {
        await expect(click({ key: wrong as string })).rejects.toMatchObject({
          issues: [{ field: 'key', message: why }],
        });
      }
      await expect(click({ mchOrderNo: 'O1' } as object)).rejects.toMatchObject({ issues: [{ field: 'mchOrderNo' }] });
      await expect(click({ amount: 0 })).rejects.toMatchObject({ issues: [{ field: 'amount' }] });
      const { rows } = await place.database.execute(`SELECT 1 FROM ${shops.tables.checkout} WHERE checkout_key = ?`, [
        key,
      ]);
      expect(rows).toEqual([]);
    });

    if (need === 'libsql') {
      it('refuse to run in the transaction of a handler, which has the connection', async () => {
        const first = await click();
        key = `basket ${++baskets}`;
        let result: unknown;
        shop.handler.does = async () => {
          result = await click().catch((error: unknown) => error);
        };
        await settle('close', first);
        expect(result).toBeInstanceOf(OpenTransactionError);
      });
    }
  });
}
