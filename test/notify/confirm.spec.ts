import { Controller } from '@nestjs/common';
import { afterEach, expect, it } from '@jest/globals';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { startApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { MERCHANT, notifyParams, signedForm } from '../support/test-merchant.js';

const received: PaymentNotification[] = [];
const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const closing of open.splice(0).toReversed()) await closing.close();
  received.length = 0;
});

@Controller('pay')
class NotifyController {
  @PaymentNotify('notify') receive(@NotifyPayload() payment: PaymentNotification) {
    received.push(payment);
  }
}

/** A shop with one order that has ended, and the parameters of the notify that it is paid. */
async function shop(confirmNotify: 'suspicious' | 'always', end: 'pay' | 'fail' | 'close' = 'pay') {
  const { secrets: secret, ...merchantApp } = MERCHANT;
  const sandbox = await Pass2PaySandbox.start({ merchants: [{ ...merchantApp, secret }] });
  open.push({ close: () => sandbox.stop() });
  const { app, url } = await startApp({
    imports: [
      Pass2PayModule.forRoot({ baseUrl: sandbox.url, merchants: [{ ...MERCHANT }], confirmNotify, retries: 0 }),
    ],
    controllers: [NotifyController],
  });
  open.push(app);
  const order = { mchOrderNo: 'O1', amount: 5, registerTime: 1622016572190, custNo: 'C200492312', expiredTime: 9000 };
  const { payOrderId } = await app.get(CashierService).createOrder(order);
  await sandbox[end]('O1');
  const genuine = notifyParams({ payOrderId });
  const post = async (params: Record<string, string>) => {
    const response = await fetch(`${url}/pay/notify`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: signedForm(params),
    });
    return response.status;
  };
  const queries = () => sandbox.requests.filter((request) => request.endpoint === 'query').length;
  return { sandbox, genuine, post, queries };
}

it('an ordinary notify counts by its signature alone', async () => {
  const { genuine, post, queries } = await shop('suspicious');
  expect(await post(genuine)).toBe(200);
  expect(queries()).toBe(0);
});

it('a notify with & in a value counts if the gateway says the same', async () => {
  const { genuine, post, queries } = await shop('suspicious');
  expect(await post({ ...genuine, errMsg: 'a&b' })).toBe(200);
  expect(queries()).toBe(1);
  expect(received).toMatchObject([{ mchOrderNo: 'O1', amount: 5, state: 2, reqTime: 1716888889000 }]);
  expect(received[0]!.errMsg).toBeUndefined();
});

it.each([
  ['another amount', { amount: '6' }],
  ['another state', { state: '3' }],
  ['another number of the gateway', { payOrderId: 'P1' }],
  ['another currency', { currency: 'usd' }],
])('a notify with & in a value and %s does not', async (_what, changes) => {
  const { genuine, post } = await shop('suspicious');
  expect(await post({ ...genuine, ...changes, errMsg: 'a&b' })).toBe(401);
  expect(received).toEqual([]);
});

it('a notify that cannot be confirmed now is left for the gateway to repeat', async () => {
  const { sandbox, genuine, post } = await shop('suspicious');
  sandbox.inject({ kind: 'http-500', endpoint: 'query' });
  expect(await post({ ...genuine, errMsg: 'a&b' })).toBe(503);
  expect(received).toEqual([]);
  expect(await post({ ...genuine, errMsg: 'a&b' })).toBe(200);
});

it('each notify is confirmed where the options say so, and a forged one never causes a query', async () => {
  const { genuine, post, queries } = await shop('always');
  expect(await post(genuine)).toBe(200);
  expect(queries()).toBe(1);
  expect(await post({ ...genuine, amount: '6' })).toBe(401);
  expect(queries()).toBe(2);
  const response = await post({ ...genuine, mchNo: 'M2' });
  expect(response).toBe(401);
  expect(queries()).toBe(2);
});

it('A11 a notify counts although the gateway writes the currency in another case than its query', async () => {
  const { genuine, post } = await shop('always');
  expect(await post({ ...genuine, currency: 'CNY' })).toBe(200);
});

it('A3 what no query tells is the notify’s, unless its signature is ambiguous', async () => {
  const { genuine, post } = await shop('always');
  const fees = { mchFeeRate: '0.0060', mchFeeAmount: '60', channelUser: '2088', storeId: '1001' };
  expect(await post({ ...genuine, ...fees })).toBe(200);
  expect(await post({ ...genuine, ...fees, errMsg: 'a&b' })).toBe(200);
  expect(received).toMatchObject([
    { mchFeeRate: '0.0060', mchFeeAmount: 60, channelUser: '2088', extra: { storeId: '1001' } },
    { extra: {}, reqTime: 1716888889000 },
  ]);
  for (const field of ['mchFeeRate', 'mchFeeAmount', 'channelUser']) expect(received[1]).not.toHaveProperty(field);
});

it.each([
  ['currency', 'usd'],
  ['payOrderId', 'P1'],
  ['amount', '6'],
  ['state', '3'],
])('A11 the log names the field that differs: %s', async (field, value) => {
  const { genuine, post } = await shop('always');
  logged.length = 0;
  expect(await post({ ...genuine, [field]: value })).toBe(401);
  const line = logged.find((text) => text.includes('(not-confirmed)'));
  expect(line).toContain(`${field} is ${value}, not `);
});

it('A11 a notify that is not confirmed is logged with what differs', async () => {
  const { genuine, post } = await shop('always');
  expect(await post({ ...genuine, amount: '6', state: '3' })).toBe(401);
  expect(logged.join('\n')).toContain(
    "the gateway's query does not confirm its data for O1: amount is 6, not 5; state is 3, not 2",
  );
});

it('a paid notify counts although the order was refunded since', async () => {
  const { sandbox, genuine, post } = await shop('always');
  await sandbox.refund('O1');
  expect(await post(genuine)).toBe(200);
  expect(received).toMatchObject([{ state: 2 }]);
});

it.each(['fail', 'close'] as const)(
  'a payment after the order’s end (%s) counts, which the query never tells, unless its signature is ambiguous',
  async (end) => {
    const { genuine, post, queries } = await shop('always', end);
    expect(await post({ ...genuine, errMsg: 'a&b' })).toBe(401);
    expect(await post({ ...genuine, amount: '6' })).toBe(401);
    expect(received).toEqual([]);
    expect(await post(genuine)).toBe(200);
    expect(queries()).toBe(3);
    const gatewayState = end === 'fail' ? 3 : 6;
    expect(received).toMatchObject([{ mchOrderNo: 'O1', amount: 5, state: 2, gatewayState }]);
  },
);

it.each(['suspicious', 'always'] as const)(
  'A16 a late payment counts without ifCode, channelOrderNo and successTime: %s',
  async (confirmNotify) => {
    const { genuine, post } = await shop(confirmNotify, 'close');
    const { ifCode: _, successTime: __, ...late } = genuine;
    expect(await post(late)).toBe(200);
    expect(received).toMatchObject([{ mchOrderNo: 'O1', state: 2 }]);
    expect(received[0]!.successTime).toBeUndefined();
    // Only a query tells what the gateway says; a signature alone does not.
    expect(received[0]!.gatewayState).toBe(confirmNotify === 'always' ? 6 : undefined);
  },
);

it('A16 nothing is told of the gateway’s state where it agrees, or where the order was refunded since', async () => {
  const { sandbox, genuine, post } = await shop('always');
  expect(await post(genuine)).toBe(200);
  await sandbox.refund('O1');
  expect(await post(genuine)).toBe(200);
  expect(received.map(({ state, gatewayState }) => ({ state, gatewayState }))).toEqual([
    { state: 2, gatewayState: undefined },
    { state: 2, gatewayState: undefined },
  ]);
});
