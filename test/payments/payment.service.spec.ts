import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { OrderState } from '../../lib/protocol/order-state.js';
import { PAY_DATA_TYPES } from '../../lib/protocol/pay-data-type.js';
import type { Pass2PayValidationError } from '../../lib/errors/pass2pay.errors.js';
import { Pass2PayClient } from '../../lib/pass2pay-client/pass2pay-client.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { Chain, type CreateCryptoOrderDto } from '../../lib/payments/create-crypto-order.dto.js';
import type { CreatePaymentOrderDto } from '../../lib/payments/create-payment-order.dto.js';
import type { CreatedPayment } from '../../lib/payments/created-payment.dto.js';
import { PaymentService } from '../../lib/payments/payment.service.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { startServer } from '../support/fake-server.js';

const MERCHANT = { mchNo: DEFAULT_MERCHANT.mchNo, appId: DEFAULT_MERCHANT.appId, secrets: DEFAULT_MERCHANT.secret };

const PAYER = { registerTime: 1622016572190, custNo: 'C200492312', clientIp: '210.73.10.148' };

const { clientIp: _clientIp, ...PAYER_ONLY } = PAYER;

const ORDER = { mchOrderNo: 'O1', amount: 10031, wayCode: 'ALI_QR', ...PAYER };

const CRYPTO_ORDER = {
  mchOrderNo: 'O1',
  amount: 10031,
  currency: 'USDT',
  chain: Chain.Tron,
  subject: '商品',
  body: '0',
  ...PAYER,
} as const;

/** What every kind of order may have. */
const MORE = {
  userName: '张三',
  notifyUrl: 'https://www.yourserver.com/notify.htm',
  returnUrl: 'https://www.yourserver.com/return.htm',
  expiredTime: 3600,
  extParam: '134586944573118714',
};

/** Every parameter that the pages document, with its example. */
const WHOLE_ORDER = {
  ...ORDER,
  ...MORE,
  currency: 'cny',
  subject: '商品',
  body: '0',
  mbrTel: '13812341234',
  idNo: '320681198603213312',
  channelExtra: '{"payDataType":"codeImgUrl"}',
};
const WHOLE_CRYPTO_ORDER = { ...CRYPTO_ORDER, ...MORE };

const FILLED_IN = ['mchNo', 'appId', 'reqTime', 'version', 'signType', 'sign'];

/** The one way to make each kind of order. */
const KINDS = {
  unifiedOrder: {
    least: ORDER,
    whole: WHOLE_ORDER,
    create: (service: PaymentService, order: object) => service.createOrder(order as CreatePaymentOrderDto),
  },
  cryptoOrder: {
    least: CRYPTO_ORDER,
    whole: WHOLE_CRYPTO_ORDER,
    create: (service: PaymentService, order: object) => service.createCryptoOrder(order as CreateCryptoOrderDto),
  },
};
const KIND_NAMES = ['unifiedOrder', 'cryptoOrder'] as const;

/** The date stands still, in the shop as in the sandbox. */
const NOW = Date.UTC(2024, 5, 1);
const date = FakeTimers.install({ now: NOW, toFake: ['Date'] });

let sandbox: Pass2PaySandbox;
const open: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  sandbox = await Pass2PaySandbox.start();
});
afterEach(async () => {
  for (const closing of open.splice(0).toReversed()) await closing.close();
});
afterAll(async () => {
  await sandbox.stop();
  date.uninstall();
});

async function shop(options: Partial<Pass2PayOptions> = {}) {
  const client = new Pass2PayClient({ baseUrl: sandbox.url, merchants: [MERCHANT], retries: 0, ...options });
  open.push(client);
  return client;
}

/** A shop at a gateway that answers every create with this data as it stands on the wire. */
async function shopAnswered(data: object | string, signed?: Record<string, string>): Promise<PaymentService> {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  const signature = sign(signed ?? (data as Record<string, string>), MERCHANT.secrets);
  const server = await startServer((_request, response) => {
    response.end(`{"code":0,"msg":"SUCCESS","data":${text},"sign":"${signature}","traceId":"t1"}`);
  });
  open.push(server);
  return (await shop({ baseUrl: server.url })).payments;
}

const lastSent = () => JSON.parse(sandbox.requests.at(-1)!.body) as Record<string, unknown>;

const issuesOf = async (call: Promise<unknown>) =>
  call.then(
    () => [],
    (error: Pass2PayValidationError) => error.issues,
  );

describe.each(KIND_NAMES)('%s', (kind) => {
  const { least, whole, create } = KINDS[kind];

  it.each(['json', 'form'] as const)('sends every documented parameter, as %s, and no other', async (requestFormat) => {
    const { payments } = await shop({ requestFormat });
    const order = { ...whole, mchOrderNo: `${kind}-${requestFormat}` };
    const made = await create(payments, order);
    const { body, contentType, endpoint } = sandbox.requests.at(-1)!;
    const sent = requestFormat === 'json' ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
    expect(endpoint).toBe(kind);
    expect(contentType).toContain(requestFormat);
    expect(Object.keys(sent as object).toSorted()).toEqual([...Object.keys(whole), ...FILLED_IN].toSorted());
    for (const [name, value] of Object.entries(order))
      expect([name, String(sent[name])]).toEqual([name, String(value)]);
    expect(sent.version).toBe('1.1');
    expect(sandbox.order(order.mchOrderNo)).toMatchObject({
      payOrderId: made.payOrderId,
      endpoint: kind,
      amount: 10031,
    });
  });

  it('comes back from a query as it went out', async () => {
    const { payments, cashier } = await shop();
    const order = { ...whole, mchOrderNo: `${kind}-asked` };
    const { payOrderId } = await create(payments, order);
    const { mchOrderNo, amount, currency, clientIp, subject, body, extParam } = order;
    const asked = { payOrderId, mchOrderNo, amount, currency, clientIp, subject, body, extParam };
    expect(await cashier.queryOrder({ mchOrderNo })).toMatchObject({ ...asked, state: OrderState.Paying });
    expect(await cashier.queryOrder({ payOrderId })).toMatchObject(asked);
  });

  it('gives out every field of the answer', async () => {
    const mchOrderNo = `${kind}-answer`;
    const made = await create((await shop()).payments, { ...least, mchOrderNo });
    const stored = sandbox.order(mchOrderNo)!;
    expect({ ...made }).toEqual({
      mchOrderNo,
      payOrderId: stored.payOrderId,
      state: OrderState.Paying,
      payDataType: stored.payDataType,
      payData: stored.payData,
      expiresAt: new Date(NOW + 7_200_000),
      recovered: false,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('says when an order expires that asks for a time, a shorter one than a cashier order may have too', async () => {
    const { payments } = await shop();
    const { expiresAt } = await create(payments, { ...least, mchOrderNo: `${kind}-expires`, expiredTime: 60 });
    expect(expiresAt).toEqual(new Date(NOW + 60_000));
    expect(sandbox.order(`${kind}-expires`)!.expiresAt).toBe(NOW + 60_000);
  });

  it('fills in notifyUrl and returnUrl from the options where the order has none', async () => {
    const urls = { notifyUrl: 'https://shop.example/notify', returnUrl: 'https://shop.example/thanks' };
    const { payments } = await shop(urls);
    await create(payments, { ...least, mchOrderNo: `${kind}-urls` });
    expect(lastSent()).toMatchObject(urls);
    const own = { notifyUrl: 'https://shop.example/own', returnUrl: 'https://shop.example/back?order=1#top' };
    await create(payments, { ...least, mchOrderNo: `${kind}-own-urls`, ...own });
    expect(lastSent()).toMatchObject(own);
  });

  const RESPONSE = { payOrderId: 'P1', mchOrderNo: 'O1', orderState: 1 };

  it.each(
    PAY_DATA_TYPES.flatMap((type) => [
      [type, type],
      [type.toLowerCase(), type],
      [type.toUpperCase(), type],
      [type.slice(0, 1).toUpperCase() + type.slice(1), type],
    ]),
  )('reads the payDataType %s as %s', async (answered, payDataType) => {
    const data = { ...RESPONSE, payDataType: answered, payData: 'https://pay.example/1' };
    const made = await create(await shopAnswered(data), least);
    expect(made).toMatchObject({ payDataType, payData: 'https://pay.example/1', state: OrderState.Paying });
  });

  it('takes an empty payData for none', async () => {
    const made = await create(await shopAnswered({ ...RESPONSE, payDataType: 'none', payData: '' }), least);
    expect(made).toMatchObject({ payDataType: 'none' });
    expect(made).not.toHaveProperty('payData');
  });

  it('tells of an order that failed at once, which is no error', async () => {
    const data = { ...RESPONSE, orderState: 3, errCode: 'ACQ.PAYMENT_AUTH_CODE_INVALID', errMsg: '支付授权码无效' };
    const made = await create(await shopAnswered(data), least);
    expect(made).toMatchObject({
      state: OrderState.Failed,
      errCode: 'ACQ.PAYMENT_AUTH_CODE_INVALID',
      errMsg: '支付授权码无效',
      recovered: false,
      traceId: 't1',
    });
    expect(made.payDataType).toBeUndefined();
  });

  it.each([
    ['another order', { ...RESPONSE, mchOrderNo: 'O2' }],
    ['no number', { ...RESPONSE, payOrderId: '' }],
    ['no state', { payOrderId: 'P1', mchOrderNo: 'O1' }],
    ['a state that is not documented', { ...RESPONSE, orderState: 7 }],
    ['payOrderInfo that is no object', { ...RESPONSE, payOrderInfo: 'x' }],
  ])('does not take an answer with %s, however well it is signed', async (_what, data) => {
    await expect(create(await shopAnswered(data), least)).rejects.toMatchObject({
      code: 'PASS2PAY_OUTCOME_UNKNOWN',
      mchOrderNo: 'O1',
      cause: { code: 'PASS2PAY_BAD_RESPONSE', traceId: 't1' },
    });
  });

  it('needs every required parameter, and names all that are missing', async () => {
    const required = Object.keys(least).toSorted();
    const issues = await issuesOf(create((await shop()).payments, {}));
    expect(issues.map(({ field }) => field).toSorted()).toEqual(required);
    for (const { field, message } of issues) expect(message).toMatch(new RegExp(`^${field} is required: `));
  });

  it.each([
    ['mchOrderNo', 'A&B', /"&"/],
    ['mchOrderNo', 'A B', /white space/],
    ['mchOrderNo', 20160427, /send it as a string/],
    ['mchOrderNo', 'x'.repeat(65), /65 characters; send up to 64/],
    ['amount', 0, /is 0; send 1 to 2147483647/],
    ['amount', -1, /is -1; send 1 to 2147483647/],
    ['amount', 1.5, /is 1\.5, not an integer; .*send minor units/],
    ['amount', 2147483648, /is 2147483648; send 1 to 2147483647/],
    ['amount', '100', /is the string "100"; send a number/],
    ['amount', Number.NaN, /is NaN/],
    ['registerTime', 1622016572, /is in seconds/],
    ['registerTime', 'yesterday', /13-digit milliseconds/],
    ['custNo', 42, /is a number; send a string/],
    ['custNo', 'x'.repeat(65), /send up to 64/],
    ['clientIp', '2001:db8::1', /is an IPv6 address, and the gateway accepts only IPv4 addresses/],
    ['clientIp', '::1', /is an IPv6 address/],
    ['clientIp', '::ffff:0:210.73.10.148', /is an IPv6 address/],
    ['clientIp', '::ffff:210.73.10.999', /must be an IPv4 address/],
    ['clientIp', '210.73.10', /must be an IPv4 address/],
    ['subject', 'A&B', /"&"/],
    ['body', 'A&B', /"&"/],
    ['userName', ' ', /is blank/],
    ['notifyUrl', 'https://shop.example/n?a=1', /contains "\?"/],
    ['notifyUrl', 'https://shop.example/n#a', /contains "#"/],
    ['notifyUrl', 'HTTPS://shop.example/n', /lower case/],
    ['notifyUrl', `https://shop.example/${'n'.repeat(120)}`, /send up to 128/],
    ['returnUrl', 'shop.example', /begins with http/],
    ['expiredTime', 0, /positive whole number of seconds/],
    ['expiredTime', 1.5, /positive whole number of seconds/],
    ['expiredTime', '3600', /positive whole number of seconds/],
    ['extParam', 'A&B', /"&"/],
    ['extParam', 'x'.repeat(129), /send up to 128/],
    ['divisionMode', 0, /is unknown/],
    ['mchNo', 'M1', /is set by the module/],
    ['sign', 'x', /is set by the module/],
  ])('refuses %s as %p itself, and names the field', async (field, value, message) => {
    const sent = sandbox.requests.length;
    const issues = await issuesOf(create((await shop()).payments, { ...least, [field]: value }));
    expect(issues).toEqual([{ field, message: expect.stringMatching(message) }]);
    expect(issues[0]!.message.startsWith(field)).toBe(true);
    expect(sandbox.requests).toHaveLength(sent);
  });

  it.each([
    '::ffff:210.73.10.148',
    '::FFFF:210.73.10.148',
    '0:0:0:0:0:ffff:210.73.10.148',
    '::ffff:d249:a94',
    '210.73.10.148',
  ])('B5: sends the clientIp %s as the IPv4 address that it is', async (clientIp) => {
    await create((await shop()).payments, { ...least, mchOrderNo: `${kind}-${sandbox.requests.length}`, clientIp });
    expect(lastSent()).toMatchObject({ clientIp: '210.73.10.148' });
  });

  it.each([1, 2147483647])('takes the amount %i', async (amount) => {
    const mchOrderNo = `${kind}-amount-${amount}`;
    await create((await shop()).payments, { ...least, mchOrderNo, amount });
    expect(sandbox.order(mchOrderNo)).toMatchObject({ amount });
  });

  it('leaves the caller’s object as it was', async () => {
    const order = { ...least, mchOrderNo: `${kind}-untouched` };
    const given = structuredClone(order);
    await create((await shop({ notifyUrl: 'https://shop.example/notify' })).payments, order);
    expect(order).toEqual(given);
  });

  it('is refused in the gateway’s own words, beside which stand English ones', async () => {
    const { payments } = await shop({ merchants: [{ ...MERCHANT, secrets: 'another secret 0123456789' }] });
    const sent = sandbox.requests.length;
    await expect(create(payments, { ...least, mchOrderNo: `${kind}-refused` })).rejects.toMatchObject({
      code: 'PASS2PAY_API',
      gatewayCode: 9999,
      gatewayMessage: '验签失败',
      explanation: expect.stringContaining('check that the secret'),
      mchOrderNo: `${kind}-refused`,
      traceId: expect.any(String),
    });
    // It was refused before anything was stored: there is nothing to look for.
    expect(sandbox.requests).toHaveLength(sent + 1);
  });
});

describe('PaymentService.createOrder', () => {
  it('sends the documented fixed subject and body, and the currency of the options', async () => {
    await (await shop()).payments.createOrder({ ...ORDER, mchOrderNo: 'fixed' });
    expect(lastSent()).toMatchObject({ subject: '商品', body: '0', currency: 'cny' });
    await (await shop({ currency: 'USD' })).payments.createOrder({ ...ORDER, mchOrderNo: 'usd', subject: 'Tea' });
    expect(lastSent()).toMatchObject({ subject: 'Tea', currency: 'usd' });
    await (await shop()).payments.createOrder({ ...ORDER, mchOrderNo: 'own', currency: 'CNY', body: 'Tea' });
    expect(lastSent()).toMatchObject({ body: 'Tea', currency: 'cny' });
  });

  it.each([
    ['ALI_QR', undefined, 'codeUrl', /^http.*\/cashier\?/],
    ['ALI_QR', 'codeImgUrl', 'codeImgUrl', /code\.svg$/],
    ['ALI_WAP', undefined, 'payUrl', /^http.*\/cashier\?/],
    ['ALI_WAP', 'codeImgUrl', 'codeImgUrl', /code\.svg$/],
    ['ALI_WAP', 'form', 'form', /^<form/],
    ['ALI_APP', undefined, 'aliapp', /^\{"alipayTradeNo"/],
    ['AUTO_POS', undefined, 'none', undefined],
  ])('gets from %s with channelExtra %p the payDataType %s', async (wayCode, wanted, payDataType, payData) => {
    const mchOrderNo = `${wayCode}-${wanted}`;
    const extra = wanted === undefined ? {} : { channelExtra: { payDataType: wanted } };
    const made = await (await shop()).payments.createOrder({ ...ORDER, mchOrderNo, wayCode, ...extra });
    expect(made.payDataType).toBe(payDataType);
    if (payData === undefined) expect(made.payData).toBeUndefined();
    else expect(made.payData).toMatch(payData);
  });

  it('serialises channelExtra once, and takes its text as it is', async () => {
    const { payments } = await shop();
    await payments.createOrder({ ...ORDER, mchOrderNo: 'extra-object', channelExtra: { b: 1, a: { c: '商' } } });
    expect(lastSent()).toMatchObject({ channelExtra: '{"b":1,"a":{"c":"商"}}' });
    await payments.createOrder({ ...ORDER, mchOrderNo: 'extra-text', channelExtra: '{ "b" : 1 }' });
    expect(lastSent()).toMatchObject({ channelExtra: '{ "b" : 1 }' });
  });

  it('gives out payOrderInfo, whose compact text in the wire’s order is what was signed', async () => {
    const info = '{"tradeNo":"2021","buyer":{"id":"20880","level":1.0},"amount":0.30,"tags":["b","a"]}';
    const members = { payOrderId: 'P1', mchOrderNo: 'O1', orderState: '2', payDataType: 'none' };
    const data = `{"payOrderId":"P1","mchOrderNo":"O1","orderState":2,"payDataType":"none","payOrderInfo":${info}}`;
    const made = await (await shopAnswered(data, { ...members, payOrderInfo: info })).createOrder(ORDER);
    expect(made).toMatchObject({
      state: OrderState.Success,
      payOrderInfo: { tradeNo: '2021', buyer: { id: '20880', level: 1 }, amount: 0.3, tags: ['b', 'a'] },
    });
    // White space and escapes on the wire are not what was signed.
    const spaced = data.replace('"buyer":{', '"buyer" : {\n').replace('2021', '\\u0032021');
    const again = await (await shopAnswered(spaced, { ...members, payOrderInfo: info })).createOrder(ORDER);
    expect(again.payOrderInfo).toEqual(made.payOrderInfo);
  });

  it('does not guess at a payOrderInfo that was signed in another order', async () => {
    const data = '{"payOrderId":"P1","mchOrderNo":"O1","orderState":2,"payOrderInfo":{"a":1,"b":2}}';
    const signed = { payOrderId: 'P1', mchOrderNo: 'O1', orderState: '2', payOrderInfo: '{"b":2,"a":1}' };
    await expect((await shopAnswered(data, signed)).createOrder(ORDER)).rejects.toMatchObject({
      code: 'PASS2PAY_OUTCOME_UNKNOWN',
      cause: { code: 'PASS2PAY_SIGNATURE', message: expect.stringContaining('payOrderInfo is an object') },
    });
  });

  it.each([
    ['wayCode', 'ali_qr', /in capitals/],
    ['wayCode', '', /is required/],
    ['currency', 'yuan', /three-letter/],
    ['subject', 'x'.repeat(65), /send up to 64/],
    ['body', 'x'.repeat(257), /send up to 256/],
    ['mbrTel', 13812341234, /not a phone number/],
    ['idNo', '3206811986', /15 or 18/],
    ['channelExtra', 'codeUrl', /text of a JSON object/],
    ['channelExtra', '[]', /text of a JSON object/],
    ['channelExtra', { text: 'x'.repeat(256) }, /send up to 256/],
    ['chain', '1', /is unknown/],
  ])('refuses %s as %p itself, and names the field', async (field, value, message) => {
    const issues = await issuesOf((await shop()).payments.createOrder({ ...ORDER, [field]: value }));
    expect(issues).toEqual([{ field, message: expect.stringMatching(message) }]);
  });

  it.each([
    ['ALI_TELEPATHY', '不支持的支付方式', /does not know this payment method/],
    ['ALI_BAR', '商户应用不支持该支付方式', /may not use this payment method/],
  ])('leaves to the gateway which payment methods there are: %s', async (wayCode, gatewayMessage, explanation) => {
    const strict = await Pass2PaySandbox.start({ merchants: [{ ...DEFAULT_MERCHANT, wayCodes: ['ALI_QR'] }] });
    open.push({ close: () => strict.stop() });
    const { payments } = await shop({ baseUrl: strict.url });
    await expect(payments.createOrder({ ...ORDER, wayCode })).rejects.toMatchObject({
      code: 'PASS2PAY_API',
      gatewayMessage,
      explanation: expect.stringMatching(explanation),
      message: expect.stringContaining(gatewayMessage),
    });
    expect(strict.orders()).toEqual([]);
  });
});

describe('PaymentService.createCryptoOrder', () => {
  it.each([
    ['Ethereum', '1'],
    ['Tron', '0x2b6653dc'],
    ['BnbSmartChain', '56'],
    ['Polygon', '137'],
  ] as const)('sends %s by the id that the gateway takes, with either coin', async (name, id) => {
    const { payments } = await shop();
    for (const currency of ['USDT', 'USDC'] as const) {
      const mchOrderNo = `${name}-${currency}`;
      await payments.createCryptoOrder({ ...CRYPTO_ORDER, mchOrderNo, currency, chain: Chain[name] });
      expect(lastSent()).toMatchObject({ chain: id, currency, amount: 10031 });
      expect(sandbox.order(mchOrderNo)).toMatchObject({ currency, request: { chain: id } });
    }
  });

  it('takes a coin in small letters', async () => {
    const { payments } = await shop();
    await payments.createCryptoOrder({ ...CRYPTO_ORDER, mchOrderNo: 'small', currency: 'usdc' as 'USDC' });
    expect(lastSent()).toMatchObject({ currency: 'USDC' });
  });

  it.each([
    ['currency', 'BTC', /must be 'USDT' or 'USDC'/],
    ['currency', 'cny', /must be 'USDT' or 'USDC'/],
    ['chain', '2', /must be '1', '0x2b6653dc', '56' or '137'/],
    ['chain', 56, /must be '1', '0x2b6653dc', '56' or '137'/],
    ['subject', '九个字的商品标题啊', /9 characters; send up to 8/],
    ['body', 'x'.repeat(9), /9 characters; send up to 8/],
    ['wayCode', 'ALI_QR', /is unknown/],
    ['mbrTel', '13812341234', /is unknown/],
    ['channelExtra', '{}', /is unknown/],
  ])('refuses %s as %p itself, and names the field', async (field, value, message) => {
    const order = { ...CRYPTO_ORDER, [field]: value } as CreateCryptoOrderDto;
    const issues = await issuesOf((await shop()).payments.createCryptoOrder(order));
    expect(issues).toEqual([{ field, message: expect.stringMatching(message) }]);
  });
});

describe('an order that is found again', () => {
  it('is given out as far as a query tells: without payData', async () => {
    const { payments } = await shop();
    sandbox.inject({ kind: 'reset-after', mchOrderNo: 'found', endpoint: 'unifiedOrder' });
    const found: CreatedPayment = await payments.createOrder({ ...ORDER, mchOrderNo: 'found', expiredTime: 600 });
    const { payOrderId, createdAt } = sandbox.order('found')!;
    expect({ ...found }).toEqual({
      mchOrderNo: 'found',
      payOrderId,
      state: OrderState.Paying,
      expiresAt: new Date(createdAt + 600_000),
      recovered: true,
    });
  });

  it.each([
    ['amount', { amount: 10032 }, 'amount is 10031, not 10032'],
    ['currency', { currency: 'usd' }, 'currency is cny, not usd'],
  ])('is another one where the %s differs', async (what, change, difference) => {
    const mchOrderNo = `other-${what}`;
    const { payments } = await shop();
    await payments.createOrder({ ...ORDER, mchOrderNo });
    await expect(payments.createOrder({ ...ORDER, mchOrderNo, ...change })).rejects.toMatchObject({
      code: 'PASS2PAY_ORDER_CONFLICT',
      mchOrderNo,
      differences: [difference],
      retryable: false,
    });
  });

  it('is another one where another app of the merchant made it', async () => {
    const apps = ['A1', 'A2'].map((appId) => ({ mchNo: 'M1', appId, secret: `secret of ${appId} 0123456789` }));
    const ofMerchant = await Pass2PaySandbox.start({ merchants: apps });
    open.push({ close: () => ofMerchant.stop() });
    const merchants = apps.map(({ secret, ...names }) => ({ ...names, secrets: secret }));
    const { payments } = await shop({ baseUrl: ofMerchant.url, merchants });
    await payments.createOrder(ORDER, { merchant: { appId: 'A1' } });
    await expect(payments.createOrder(ORDER, { merchant: { appId: 'A2' } })).rejects.toMatchObject({
      code: 'PASS2PAY_ORDER_CONFLICT',
      differences: ['appId is A1, not A2'],
    });
    expect(ofMerchant.orders()).toHaveLength(1);
  });

  it('B10: is another one where its number differs in case, which the gateway does not tell apart', async () => {
    const { payments, cashier } = await shop();
    await payments.createOrder({ ...ORDER, mchOrderNo: 'abc-1' });
    const conflict = {
      code: 'PASS2PAY_ORDER_CONFLICT',
      mchOrderNo: 'ABC-1',
      differences: ['its number is abc-1, and the gateway ignores case and trailing spaces in numbers'],
      message: expect.not.stringContaining('may have acted'),
    };
    await expect(payments.createOrder({ ...ORDER, mchOrderNo: 'ABC-1' })).rejects.toMatchObject({
      ...conflict,
      cause: { gatewayMessage: '商户订单[ABC-1]已存在' },
    });
    await expect(cashier.createOrder({ ...PAYER_ONLY, mchOrderNo: 'ABC-1', amount: 1 })).rejects.toMatchObject(
      conflict,
    );
    await expect(payments.queryOrder({ mchOrderNo: 'ABC-1' })).rejects.toMatchObject(conflict);
    await expect(payments.queryOrder({ mchOrderNo: 'abc-1 ' })).rejects.toMatchObject({
      ...conflict,
      mchOrderNo: 'abc-1 ',
    });
    await expect(payments.queryOrder({ mchOrderNo: 'abc-1' })).resolves.toMatchObject({ mchOrderNo: 'abc-1' });
    expect(sandbox.orders().filter(({ mchOrderNo }) => mchOrderNo.toLowerCase() === 'abc-1')).toHaveLength(1);
  });

  it('B10: was not made where the create of another spelling was lost', async () => {
    const { payments } = await shop();
    await payments.createOrder({ ...ORDER, mchOrderNo: 'lost-b' });
    sandbox.inject({ kind: 'reset-before', endpoint: 'unifiedOrder' });
    await expect(payments.createOrder({ ...ORDER, mchOrderNo: 'LOST-B' })).rejects.toMatchObject({
      code: 'PASS2PAY_ORDER_CONFLICT',
      cause: { code: 'PASS2PAY_CONNECTION' },
    });
  });
});
