import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { MERCHANT, MerchantClient, orderParams } from './support/merchant-client.js';

/** An object as the official code wrote it. */
const hashOrdered = (
  JSON.parse(readFileSync(new URL('../fixtures/signature-vectors.json', import.meta.url), 'utf8')) as {
    vectors: { name: string; entries: { javaString: string }[] }[];
  }
).vectors.find((vector) => vector.name === 'nested-fastjson-hashmap') ?? { entries: [] };

const OTHER = { mchNo: 'M2', appId: 'A2', secret: 'OTHERKEY0123456789' };

let sandbox: Pass2PaySandbox;
let client: MerchantClient;

beforeAll(async () => {
  sandbox = await Pass2PaySandbox.start({
    merchants: [
      { ...MERCHANT, wayCodes: ['ALI_QR', 'ALI_WAP'] },
      OTHER,
      { mchNo: 'M3', appId: 'A3', secret: 'k3', disabled: true },
      { mchNo: 'M4', appId: 'A4', secret: 'k4', appDisabled: true },
    ],
  });
});
beforeEach(() => {
  client = new MerchantClient(sandbox);
});
afterAll(() => sandbox.stop());

const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('requests that the gateway refuses', () => {
  it('answers HTTP 200 with code, msg and traceId alone', async () => {
    const response = await client.post('/api/pay/query', {
      ...client.signed({ mchOrderNo: 'x' }),
      sign: '0'.repeat(32),
    });
    expect(response.status).toBe(200);
    expect(Object.keys(response.json).toSorted()).toEqual(['code', 'msg', 'traceId']);
    expect(response.json).toMatchObject({ code: 9999, msg: '验签失败' });
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  });

  it.each(['{', '[]', '"x"', '{"a":}'])('a body that is no JSON object: %s', async (body) => {
    const { json } = await client.send('/api/pay/cashierOrder', { method: 'POST', headers: JSON_TYPE, body });
    expect(json).toMatchObject({ code: 11, msg: '参数有误[转换异常]' });
  });

  it.each(['"abc"', '{"a":1}', '"99999999999999999999"', '1e400'])(
    'an amount that cannot be cast: %s',
    async (literal) => {
      const body = `{"amount":${literal}}`;
      const { json } = await client.send('/api/pay/cashierOrder', { method: 'POST', headers: JSON_TYPE, body });
      expect(json).toMatchObject({ code: 10, msg: '系统异常[parseLong error, field : amount]' });
    },
  );

  it.each([
    ['mchNo', '商户号不能为空'],
    ['appId', '商户应用ID不能为空'],
    ['version', '版本号不能为空'],
    ['signType', '签名类型不能为空'],
    ['reqTime', '时间戳不能为空'],
    ['sign', '签名值不能为空'],
    ['mchOrderNo', '商户订单号不能为空'],
    ['wayCode', '支付方式不能为空'],
    ['amount', '支付金额不能为空'],
    ['currency', '货币代码不能为空'],
    ['subject', '商品标题不能为空'],
    ['body', '商品描述信息不能为空'],
  ])('a unifiedOrder without %s, before it looks at the signature', async (field, words) => {
    const complete = { ...orderParams(), wayCode: 'ALI_QR', subject: '商品', body: '0' };
    const params = { ...client.signed(complete), sign: 'wrong' };
    const { json } = await client.post('/api/pay/unifiedOrder', { ...params, [field]: ' \t' });
    expect(json).toMatchObject({ code: field === 'amount' ? 10 : 9999 });
    if (field !== 'amount') expect(json.msg).toBe(words);
    expect((await client.post('/api/pay/unifiedOrder', { ...params, [field]: null })).json.msg).toBe(words);
    expect((await client.post('/api/pay/unifiedOrder', { ...params, [field]: undefined })).json.msg).toBe(words);
  });

  it.each([0, -5, '0', '0.9'])('an amount of %p', async (amount) => {
    expect((await client.cashierOrder({ amount })).json).toMatchObject({ code: 9999, msg: '支付金额不能为空' });
    expect((await client.transferOrder({ amount })).json).toMatchObject({ code: 9999, msg: '转账金额不能小于1分' });
  });

  it('a divisionMode beyond 2', async () => {
    expect((await client.unifiedOrder({ divisionMode: 3 })).json.msg).toBe('分账模式设置值有误');
  });

  it.each([
    ['entryType', '入账方式不能为空'],
    ['accountNo', '收款账号不能为空'],
    ['custNo', '客户编号不能为空'],
    ['clientIp', '客户端IP不能为空'],
  ])('a transfer without %s', async (field, words) => {
    expect((await client.transferOrder({ [field]: undefined })).json).toMatchObject({ code: 9999, msg: words });
  });

  it.each([
    [{ mchNo: 'M9', appId: 'A1' }, '商户或商户应用不存在'],
    [{ mchNo: 'M1', appId: 'A9' }, '商户或商户应用不存在'],
    [{ mchNo: 'M3', appId: 'A3' }, '商户信息不存在或商户状态不可用'],
    [{ mchNo: 'M4', appId: 'A4' }, '商户应用不存在或应用状态不可用'],
    [{ mchNo: 'M1', appId: 'A2' }, '商户或商户应用不存在'],
    [{ mchNo: 'm1', appId: 'A1' }, '参数appId与商户号不匹配'],
  ])('merchant and app %j', async (ids, words) => {
    expect((await client.cashierOrder(ids)).json).toMatchObject({ code: 9999, msg: words });
  });

  it('a signature by another secret, and takes the right one in lower case', async () => {
    const stranger = new MerchantClient(sandbox, { ...MERCHANT, secret: OTHER.secret });
    expect((await stranger.query({ mchOrderNo: 'x' })).json.msg).toBe('验签失败');
    const params = client.signed({ mchOrderNo: 'x' });
    const lower = await client.post('/api/pay/query', { ...params, sign: params.sign.toLowerCase() });
    expect(lower.json.msg).toBe('订单不存在');
  });

  it.each(['cashierOrder', 'unifiedOrder', 'cryptoOrder', 'transferOrder'] as const)(
    '%s of version 1.0, after the signature',
    async (endpoint) => {
      for (const version of ['1.0', '1.0.0']) {
        const { json } = await client[endpoint]({ mchOrderNo: `version-${endpoint}`, version });
        expect(json.code).toBe(9999);
        expect(json.msg).toContain('1.1');
      }
      expect((await client[endpoint]({ mchOrderNo: `version-${endpoint}`, version: '1.1' })).json.code).toBe(0);
    },
  );

  it.each([
    ['cashierOrder', 'custNo', '客户编号不能为空'],
    ['cashierOrder', 'registerTime', '客户注册时间不能为空'],
    ['unifiedOrder', 'custNo', '客户编号不能为空'],
    ['unifiedOrder', 'registerTime', '客户注册时间不能为空'],
    ['unifiedOrder', 'clientIp', '客户端IP不能为空'],
    ['cryptoOrder', 'custNo', '客户编号不能为空'],
    ['cryptoOrder', 'registerTime', '客户注册时间不能为空'],
    ['cryptoOrder', 'clientIp', '客户端IP不能为空'],
    ['cryptoOrder', 'chain', '链不能为空'],
  ] as const)('%s without %s', async (endpoint, field, words) => {
    const params = { mchOrderNo: 'never', [field]: undefined };
    expect((await client[endpoint](params)).json).toMatchObject({ code: 9999, msg: words });
    expect(sandbox.order('never')).toBeUndefined();
  });

  it('ways of paying', async () => {
    expect((await client.unifiedOrder({ wayCode: 'ALI_XX' })).json.msg).toBe('不支持的支付方式');
    expect((await client.unifiedOrder({ wayCode: 'WX_H5' })).json.msg).toBe('商户应用不支持该支付方式');
    expect((await client.cashierOrder({ wayCode: 'ALI_XX' })).json.msg).toBe('不支持的支付方式');
  });

  it('a repeated mchOrderNo, whatever the endpoint, but not another merchant’s', async () => {
    expect((await client.cashierOrder({ mchOrderNo: 'twice' })).json.code).toBe(0);
    expect((await client.cashierOrder({ mchOrderNo: 'twice' })).json).toMatchObject({
      code: 9999,
      msg: '商户订单[twice]已存在',
    });
    expect((await client.unifiedOrder({ mchOrderNo: 'twice' })).json.msg).toBe('商户订单[twice]已存在');
    const other = new MerchantClient(sandbox, OTHER);
    expect((await other.cashierOrder({ mchOrderNo: 'twice' })).json.code).toBe(0);
    expect((await client.transferOrder({ mchOrderNo: 'twice' })).json.code).toBe(0);
    expect((await client.transferOrder({ mchOrderNo: 'twice' })).json.msg).toBe('商户订单[twice]已存在');
  });

  it.each(['ftp://shop/x', 'HTTP://shop/x', '//shop/x', 'shop'])('notifyUrl %s', async (notifyUrl) => {
    const words = '异步通知地址协议仅支持http:// 或 https:// !';
    expect((await client.cashierOrder({ mchOrderNo: 'scheme', notifyUrl })).json.msg).toBe(words);
    expect((await client.transferOrder({ mchOrderNo: 'scheme', notifyUrl })).json.msg).toBe(words);
  });

  it('the wayCode before the repeated number, and that before the URL', async () => {
    await client.unifiedOrder({ mchOrderNo: 'order-of-checks' });
    const all = { mchOrderNo: 'order-of-checks', notifyUrl: 'ftp://x' };
    expect((await client.unifiedOrder({ ...all, wayCode: 'ALI_XX' })).json.msg).toBe('不支持的支付方式');
    expect((await client.unifiedOrder(all)).json.msg).toBe('商户订单[order-of-checks]已存在');
  });

  it('texts that its database does not take', async () => {
    expect((await client.cashierOrder({ mchOrderNo: 'x'.repeat(65) })).json).toMatchObject({
      code: 9999,
      msg: '系统异常',
    });
    expect((await client.cashierOrder({ mchOrderNo: 'long-ext', extParam: 'x'.repeat(129) })).json.msg).toBe(
      '系统异常',
    );
    expect((await client.cashierOrder({ mchOrderNo: 'fit-ext', extParam: '🧧'.repeat(128) })).json.code).toBe(0);
    expect((await client.cashierOrder({ mchOrderNo: 'usdt', currency: 'USDT' })).json.msg).toBe('系统异常');
  });

  it('queries without a number, and for what it does not know', async () => {
    expect((await client.query({})).json.msg).toBe('mchOrderNo 和 payOrderId不能同时为空');
    expect((await client.query({ mchOrderNo: '' })).json.msg).toBe('mchOrderNo 和 payOrderId不能同时为空');
    expect((await client.query({ mchOrderNo: 'nobody' })).json).toMatchObject({ code: 9999, msg: '订单不存在' });
    expect((await client.transferQuery({})).json.msg).toBe('mchOrderNo 和 transferId不能同时为空');
    expect((await client.transferQuery({ transferId: 'T1' })).json.msg).toBe('订单不存在');
  });

  it('wrong paths and methods, as Spring does', async () => {
    const missing = await client.send('/api/pay/close', { method: 'POST' });
    expect(missing.status).toBe(404);
    expect(JSON.parse(missing.text)).toEqual({
      timestamp: expect.any(String),
      status: 404,
      error: 'Not Found',
      path: '/api/pay/close',
    });
    const wrong = await client.send('/api/pay/cashierOrder');
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('POST');
    expect(JSON.parse(wrong.text)).toMatchObject({
      status: 405,
      error: 'Method Not Allowed',
      path: '/api/pay/cashierOrder',
    });
  });
});

describe('ways of sending a request', () => {
  it('takes a form, of repeated names the last', async () => {
    const params = client.signed({ ...orderParams(), mchOrderNo: 'form', custNo: 'C 1&=+' });
    const body = new URLSearchParams({ mchOrderNo: 'first' });
    for (const [name, value] of Object.entries(params)) body.append(name, `${value as string | number}`);
    const { json } = await client.send('/api/pay/cashierOrder', { method: 'POST', body });
    expect(json.code).toBe(0);
    expect(sandbox.order('form')?.request).toMatchObject({ custNo: 'C 1&=+', amount: 10031 });
  });

  it('takes a query by GET, and reads no JSON from one', async () => {
    await client.cashierOrder({ mchOrderNo: 'by-get' });
    const params = client.signed({ mchOrderNo: 'by-get', version: '1.0', reqTime: '1' });
    const query = new URLSearchParams(params as Record<string, string>);
    const { json } = await client.send(`/api/pay/query?${query.toString()}`, { headers: JSON_TYPE });
    expect(json.data).toMatchObject({ mchOrderNo: 'by-get' });
  });

  it('takes no slash too many', async () => {
    for (const path of ['//api/pay/query', '/api/pay/query/']) {
      expect((await client.post(path, client.signed({ mchOrderNo: 'nobody' }))).status).toBe(404);
    }
  });

  it('makes an object of bracketed form names', async () => {
    const extra = '{"payDataType":"codeImgUrl"}';
    const params = client.signed({
      ...orderParams(),
      mchOrderNo: 'brackets',
      wayCode: 'ALI_QR',
      subject: 's',
      body: '0',
      clientIp: '1.1.1.1',
      channelExtra: extra,
    });
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(params)) {
      if (name !== 'channelExtra') body.append(name, `${value as string | number}`);
    }
    body.append('channelExtra[payDataType]', 'codeImgUrl');
    const { json } = await client.send('/api/pay/unifiedOrder', { method: 'POST', body });
    expect(json.data).toMatchObject({ payDataType: 'codeImgUrl' });
  });

  it('signs an object of several members in hash order, not as sent', async () => {
    const sent = { subAppId: 'v', payDataType: 'v', buyerUserId: 'v', openid: 'v', authCode: 'v', entryPageType: 'v' };
    const params = { ...orderParams(), mchOrderNo: 'hash', channelExtra: sent };
    const { sign: _sign, ...unsigned } = client.signed(params);
    expect((await client.cashierOrder(params)).json.msg).toBe('验签失败');
    const inHashOrder = hashOrdered.entries[0]?.javaString;
    const signature = sign({ ...unsigned, channelExtra: inHashOrder }, MERCHANT.secret);
    const { json } = await client.post('/api/pay/cashierOrder', { ...unsigned, sign: signature });
    expect(json.code).toBe(0);
  });
});
