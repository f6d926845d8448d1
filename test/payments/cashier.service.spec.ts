import { Controller, Injectable, Body, Post } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { CashierOrderPipe } from '../../lib/nest/cashier-order.pipe.js';
import { CatchPass2PayErrors } from '../../lib/nest/catch-pass2pay-errors.decorator.js';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { CreateCashierOrderDto } from '../../lib/payments/create-cashier-order.dto.js';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import type { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import { PaymentOutcome } from '../../lib/outcomes/outcome.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { Pass2PayClient } from '../../lib/pass2pay-client/pass2pay-client.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { DOCUMENTED_ORDER } from '../support/documented-order.js';
import { startServer } from '../support/fake-server.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';

const MERCHANT = { mchNo: DEFAULT_MERCHANT.mchNo, appId: DEFAULT_MERCHANT.appId, secrets: DEFAULT_MERCHANT.secret };

const ORDER = { mchOrderNo: 'O1', amount: 10031, registerTime: new Date(1622016572190), custNo: 'C200492312' };

/** Every parameter that the page documents, with its example. */
const WHOLE_ORDER = { ...DOCUMENTED_ORDER, channelExtra: '{"authCode":"280812820366966512"}' };

describe.each(PLATFORMS)('a cashier order from start to end, on %s', (platform) => {
  const handled: PaymentOrder[] = [];

  @Controller('orders')
  @CatchPass2PayErrors()
  class OrdersController {
    constructor(private readonly cashier: CashierService) {}
    @Post() create(@Body(CashierOrderPipe) order: CreateCashierOrderDto) {
      return this.cashier.createOrder(order);
    }
  }

  @Controller('pay')
  class PayNotifyController {
    constructor(private readonly outcomes: OutcomeProcessor) {}
    @PaymentNotify('notify') receive(@NotifyPayload() payment: PaymentNotification) {
      return this.outcomes.process(payment);
    }
  }

  @Injectable()
  class Fulfilment {
    @OnPayment(OrderState.Success, OrderState.Failed, OrderState.Closed) record(payment: PaymentOrder) {
      handled.push(payment);
    }
  }

  let sandbox: Pass2PaySandbox;
  let shop: RunningApp;
  let notifyUrl = '';

  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start({ clock: 'stepped', notifyTimeoutMs: 60_000 });
    shop = await startApp(
      {
        imports: [
          Pass2PayModule.forRoot({
            baseUrl: sandbox.url,
            merchants: [MERCHANT],
            returnUrl: 'https://shop.example/thanks',
          }),
        ],
        controllers: [OrdersController, PayNotifyController],
        providers: [Fulfilment],
      },
      { platform },
    );
    notifyUrl = `${shop.url}/pay/notify`;
  });
  afterAll(async () => {
    await shop.app.close();
    await sandbox.stop();
  });
  beforeEach(() => {
    handled.length = 0;
  });

  const order = async (body: unknown) => {
    const response = await fetch(`${shop.url}/orders`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('is made, paid and told', async () => {
    const mchOrderNo = `paid-${platform}`;
    const made = await order({ ...ORDER, mchOrderNo, notifyUrl, registerTime: ORDER.registerTime.getTime() });
    expect(made).toMatchObject({ status: 201, body: { mchOrderNo, state: OrderState.Created, payDataType: 'payUrl' } });
    const page = await fetch(String(made.body.cashierUrl));
    expect(await page.text()).toContain('100.31');

    await sandbox.pay(mchOrderNo);
    await sandbox.notifySettled(mchOrderNo);
    expect(handled).toEqual([expect.any(PaymentOutcome)]);
    expect(handled[0]).toMatchObject({ mchOrderNo, state: OrderState.Success, amount: 10031, currency: 'cny' });
    expect(sandbox.notifyAttempts(mchOrderNo)).toEqual([
      expect.objectContaining({ acknowledged: true, status: 200, response: 'success' }),
    ]);
  });

  it.each([
    ['fail', OrderState.Failed],
    ['close', OrderState.Closed],
  ] as const)('that ends with %s is told', async (end, state) => {
    const mchOrderNo = `${end}-${platform}`;
    await order({ ...ORDER, mchOrderNo, notifyUrl, registerTime: ORDER.registerTime.getTime() });
    await sandbox[end](mchOrderNo);
    await sandbox.notifySettled(mchOrderNo);
    expect(handled).toMatchObject([{ mchOrderNo, state }]);
  });

  it('without registerTime and custNo gets 400 that names both', async () => {
    const response = await order({ mchOrderNo: 'O1', amount: 1 });
    expect(response.status).toBe(400);
    expect(response.body.message).toEqual([
      expect.stringMatching(/^registerTime is required: .*13-digit milliseconds/),
      expect.stringMatching(/^custNo is required: /),
    ]);
    expect(sandbox.order('O1')).toBeUndefined();
  });

  it('is not touched by a notify with one changed byte', async () => {
    const mchOrderNo = `forged-${platform}`;
    await order({ ...ORDER, mchOrderNo, notifyUrl, registerTime: ORDER.registerTime.getTime() });
    sandbox.inject({ kind: 'notify-tamper', mchOrderNo, times: 6 });
    await sandbox.pay(mchOrderNo);
    await sandbox.advance(450_000);
    expect(await sandbox.notifySettled(mchOrderNo)).toMatchObject({ acknowledged: false });
    const statuses = sandbox.notifyAttempts(mchOrderNo).map((attempt) => attempt.status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401]);
    expect(handled).toEqual([]);
    // The genuine one still counts afterwards.
    await sandbox.resendNotify(mchOrderNo);
    await sandbox.notifySettled(mchOrderNo);
    expect(handled).toMatchObject([{ mchOrderNo, state: OrderState.Success }]);
  });
});

describe('CashierService', () => {
  /** The date stands still, in the shop as in the sandbox. */
  const now = Date.UTC(2024, 5, 1);
  let date: Clock;
  let sandbox: Pass2PaySandbox;
  const open: { close(): Promise<unknown> }[] = [];

  beforeAll(async () => {
    date = FakeTimers.install({ now, toFake: ['Date'] });
    sandbox = await Pass2PaySandbox.start();
  });
  afterEach(async () => {
    for (const closing of open.splice(0)) await closing.close();
  });
  afterAll(async () => {
    await sandbox.stop();
    date.uninstall();
  });

  async function cashier(options: Partial<Pass2PayOptions> = {}): Promise<CashierService> {
    const client = new Pass2PayClient({ baseUrl: sandbox.url, merchants: [MERCHANT], ...options });
    open.push(client);
    return client.cashier;
  }

  it.each(['json', 'form'] as const)('sends every documented parameter, as %s', async (requestFormat) => {
    const service = await cashier({ requestFormat, allowReservedFields: true });
    const mchOrderNo = `${WHOLE_ORDER.mchOrderNo}-${requestFormat}`;
    await service.createOrder({ ...WHOLE_ORDER, mchOrderNo });
    const sent = sandbox.requests.at(-1)!;
    const received =
      requestFormat === 'json' ? JSON.parse(sent.body) : Object.fromEntries(new URLSearchParams(sent.body));
    for (const [name, value] of Object.entries({ ...WHOLE_ORDER, mchOrderNo })) {
      expect(String(received[name])).toBe(String(value));
    }
    expect(Object.keys(received as object).toSorted()).toEqual(
      [...Object.keys(WHOLE_ORDER), 'mchNo', 'appId', 'reqTime', 'version', 'signType', 'sign'].toSorted(),
    );
  });

  it('gives out every field of the answer', async () => {
    const order = await (await cashier()).createOrder({ ...ORDER, mchOrderNo: 'answer', expiredTime: 3600 });
    expect(order).toEqual(
      Object.assign(Object.create(Object.getPrototypeOf(order) as object), {
        mchOrderNo: 'answer',
        payOrderId: sandbox.order('answer')!.payOrderId,
        state: OrderState.Created,
        payDataType: 'payUrl',
        cashierUrl: expect.stringContaining(`${sandbox.url}/cashier?payOrderToken=`),
        recovered: false,
        expiresAt: new Date(now + 3_600_000),
        traceId: expect.any(String),
      }),
    );
  });

  it.each([
    ['none', undefined],
    ['60s', 60],
    ['900s', 900],
  ])('says that an order that asks for %s expires after 900 s', async (what, expiredTime) => {
    const order = await (await cashier()).createOrder({ ...ORDER, mchOrderNo: `expires-${what}`, expiredTime });
    expect(order.expiresAt).toEqual(new Date(now + 900_000));
  });

  it('fills in currency, notifyUrl and returnUrl from the options where the order has none', async () => {
    const urls = { notifyUrl: 'https://shop.example/notify', returnUrl: 'https://shop.example/thanks' };
    const service = await cashier({ currency: 'usd', ...urls });
    await service.createOrder({ ...ORDER, mchOrderNo: 'defaults' });
    expect(JSON.parse(sandbox.requests.at(-1)!.body)).toMatchObject({ currency: 'usd', ...urls });
    await service.createOrder({ ...ORDER, mchOrderNo: 'own', currency: 'CNY', notifyUrl: 'https://shop.example/own' });
    expect(JSON.parse(sandbox.requests.at(-1)!.body)).toMatchObject({
      currency: 'cny',
      notifyUrl: 'https://shop.example/own',
    });
  });

  it('refuses a wrong order itself, whoever calls, and leaves the caller’s object as it was', async () => {
    const wrong = { ...ORDER, amount: 19.99, registerTime: 1622016572 };
    const given = structuredClone(wrong);
    const sent = sandbox.requests.length;
    await expect((await cashier()).createOrder(wrong)).rejects.toMatchObject({
      code: 'PASS2PAY_VALIDATION',
      mchOrderNo: 'O1',
      issues: [
        { field: 'amount', message: expect.stringMatching(/19\.99, not an integer; .*send minor units/) },
        { field: 'registerTime', message: expect.stringMatching(/is in seconds.*1622016572000/) },
      ],
    });
    expect(wrong).toEqual(given);
    expect(sandbox.requests).toHaveLength(sent);
  });

  it('finds an order by either number, as the gateway knows it', async () => {
    const service = await cashier();
    const { payOrderId } = await service.createOrder({ ...ORDER, mchOrderNo: 'asked', extParam: 'mine' });
    const found = await service.queryOrder({ mchOrderNo: 'asked' });
    expect(found).toMatchObject({
      payOrderId,
      mchOrderNo: 'asked',
      mchNo: MERCHANT.mchNo,
      appId: MERCHANT.appId,
      amount: 10031,
      currency: 'cny',
      state: OrderState.Created,
      payUrl: expect.stringContaining('/cashier?payOrderToken='),
      extParam: 'mine',
      createdAt: expect.any(Number),
    });
    await sandbox.pay('asked');
    expect(await service.queryOrder({ payOrderId })).toMatchObject({
      state: OrderState.Success,
      successTime: expect.any(Number),
    });
  });

  it('says in the gateway’s words that it does not know an order', async () => {
    const service = await cashier();
    await expect(service.queryOrder({ mchOrderNo: 'nobody' })).rejects.toMatchObject({
      code: 'PASS2PAY_API',
      gatewayMessage: '订单不存在',
    });
    await expect(service.queryOrder({} as never)).rejects.toMatchObject({ code: 'PASS2PAY_VALIDATION' });
  });

  const answered = (data: Record<string, unknown>) =>
    startServer((_request, response) => {
      response.end(JSON.stringify({ code: 0, msg: 'SUCCESS', data, sign: sign(data as never, MERCHANT.secrets) }));
    });

  it('gives out the channel’s error of an order that failed at once', async () => {
    const server = await answered({
      payOrderId: 'U12021022311124442600',
      mchOrderNo: 'O1',
      orderState: 3,
      errCode: 'ACQ.PAYMENT_AUTH_CODE_INVALID',
      errMsg: 'Business Failed',
    });
    open.push(server);
    const order = await (await cashier({ baseUrl: server.url })).createOrder(ORDER);
    expect(order).toMatchObject({
      payOrderId: 'U12021022311124442600',
      state: OrderState.Failed,
      errCode: 'ACQ.PAYMENT_AUTH_CODE_INVALID',
      errMsg: 'Business Failed',
    });
    expect(order.cashierUrl).toBeUndefined();
  });

  const good = {
    payOrderId: 'P1',
    mchOrderNo: 'O1',
    orderState: 0,
    payDataType: 'payUrl',
    payData: 'https://c.example/',
  };
  it.each([
    ['another order', { ...good, mchOrderNo: 'O2' }],
    ['no number', { ...good, payOrderId: '' }],
    ['a state that is not documented', { ...good, orderState: 9 }],
    ['no cashier page', { ...good, payData: '' }],
    ['a page that is no web page', { ...good, payData: 'javascript:alert(1)' }],
  ])('does not take an answer with %s, however well it is signed', async (_what, data) => {
    const server = await answered(data);
    open.push(server);
    await expect((await cashier({ baseUrl: server.url, retries: 0 })).createOrder(ORDER)).rejects.toMatchObject({
      code: 'PASS2PAY_OUTCOME_UNKNOWN',
      cause: { code: 'PASS2PAY_BAD_RESPONSE' },
    });
  });

  it.each([
    ['https://c.example/', { cashierUrl: 'https://c.example/', payDataType: 'payUrl', recovered: true }],
    ['javascript:alert(1)', undefined],
    ['JavaScript:alert(1)', undefined],
    [' javascript:alert(1)', undefined],
    ['data:text/html,x', undefined],
    ['weixin://wap/pay', undefined],
  ])('B7: does not send the payer to a recovered page unless it is a web page: %s', async (payUrl, recovered) => {
    const found = {
      payOrderId: 'P1',
      mchOrderNo: ORDER.mchOrderNo,
      mchNo: MERCHANT.mchNo,
      appId: MERCHANT.appId,
      amount: ORDER.amount,
      currency: 'cny',
      state: 0,
      payUrl,
    };
    const server = await startServer(({ path }, response) => {
      if (path !== '/api/pay/query') return response.destroy();
      return response.end(JSON.stringify({ code: 0, data: found, sign: sign(found, MERCHANT.secrets) }));
    });
    open.push(server);
    const made = (await cashier({ baseUrl: server.url, retries: 0 })).createOrder(ORDER);
    if (recovered !== undefined) return expect(made).resolves.toMatchObject(recovered);
    return expect(made).rejects.toMatchObject({
      code: 'PASS2PAY_OUTCOME_UNKNOWN',
      cause: { code: 'PASS2PAY_BAD_RESPONSE', message: expect.stringContaining('has a payUrl that is not') },
    });
  });
});
