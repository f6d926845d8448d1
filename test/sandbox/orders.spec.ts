import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { DEFAULT_MERCHANT, Pass2PaySandbox, SandboxStateError, UnknownOrderError } from '../../sandbox/index.js';
import { entered } from './support/entered.js';
import { MERCHANT, MerchantClient } from './support/merchant-client.js';

let sandbox: Pass2PaySandbox;
let client: MerchantClient;

async function start(options: Parameters<typeof Pass2PaySandbox.start>[0] = {}): Promise<void> {
  sandbox = await Pass2PaySandbox.start({ merchants: [MERCHANT], ...options });
  client = new MerchantClient(sandbox);
}

beforeEach(() => start());
afterEach(() => sandbox.stop());

async function stateOf(mchOrderNo: string): Promise<unknown> {
  return (await client.query({ mchOrderNo })).json.data?.['state'];
}

describe('create answers', () => {
  it('cashierOrder: state 0 and a cashier link, signed', async () => {
    const response = await client.cashierOrder({ extParam: '', returnUrl: '' });
    expect(response.json).toEqual({
      code: 0,
      data: {
        mchOrderNo: 'O1',
        orderState: 0,
        payData: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/cashier\?payOrderToken=[0-9a-f]{64}$/),
        payDataType: 'payurl',
        payOrderId: expect.stringMatching(/^P\d{19}$/),
      },
      msg: 'SUCCESS',
      sign: expect.stringMatching(/^[0-9A-F]{32}$/),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(client.verifies(response)).toBe(true);
    expect(response.text).toMatch(/^\{"code":0,"data":\{"mchOrderNo":/);
  });

  it.each([
    ['ALI_QR', undefined, 'codeUrl'],
    ['ALI_QR', 'codeImgUrl', 'codeImgUrl'],
    ['ALI_QR', 'form', 'codeUrl'],
    ['ALI_WAP', undefined, 'payUrl'],
    ['ALI_WAP', 'codeImgUrl', 'codeImgUrl'],
    ['ALI_WAP', 'form', 'form'],
    ['AUTO_POS', undefined, 'none'],
  ])('unifiedOrder %s asking for %s: %s', async (wayCode, wanted, payDataType) => {
    const channelExtra = wanted && JSON.stringify({ payDataType: wanted });
    const response = await client.unifiedOrder({ wayCode, channelExtra });
    expect(response.json.data).toMatchObject({ orderState: 1, payDataType });
    // An empty payData is in the answer and not in its signature.
    if (payDataType === 'none') expect(response.json.data).toHaveProperty('payData', '');
    if (payDataType === 'form') expect(response.json.data?.['payData']).toMatch(/^<form /);
    expect(client.verifies(response)).toBe(true);
  });

  it('unifiedOrder with a channelExtra that is no JSON is refused', async () => {
    expect((await client.unifiedOrder({ channelExtra: 'codeImgUrl' })).json.code).toBe(10);
  });

  it('keeps an amount of 2^63 − 1 exact', async () => {
    const amount = '9223372036854775807';
    expect((await client.unifiedOrder({ amount })).json.code).toBe(0);
    expect((await client.query({ mchOrderNo: 'O1' })).text).toContain(`"amount":${amount},`);
  });

  it('cryptoOrder: state 1 and a payUrl', async () => {
    const response = await client.cryptoOrder();
    expect(response.json.data).toMatchObject({ orderState: 1, payDataType: 'payUrl' });
    expect(client.verifies(response)).toBe(true);
  });

  it('transferOrder', async () => {
    const response = await client.transferOrder({ accountName: '张三', notifyUrl: '' });
    expect(response.json.data).toEqual({
      transferId: expect.stringMatching(/^T\d{19}$/),
      mchOrderNo: 'T1',
      amount: 100,
      accountNo: '6222000011112222',
      accountName: '张三',
      state: 1,
    });
    expect(client.verifies(response)).toBe(true);
  });

  it('ids never repeat', async () => {
    const responses = await Promise.all(
      Array.from({ length: 50 }, (_, n) => client.cashierOrder({ mchOrderNo: `N${n}` })),
    );
    expect(new Set(responses.map(({ json }) => json.data?.['payOrderId'])).size).toBe(50);
  });
});

describe('queries', () => {
  it('tell a cashier order with its payUrl', async () => {
    const { json: created } = await client.cashierOrder({ extParam: 'e', wayCode: 'ALI_WAP', clientIp: '1.2.3.4' });
    const response = await client.query({ mchOrderNo: 'O1' });
    expect(response.json.data).toEqual({
      payOrderId: created.data?.['payOrderId'],
      mchNo: 'M1',
      appId: 'A1',
      mchOrderNo: 'O1',
      wayCode: 'ALI_WAP',
      amount: 10031,
      currency: 'cny',
      state: 0,
      clientIp: '1.2.3.4',
      subject: '商品',
      body: '0',
      payUrl: created.data?.['payData'],
      extParam: 'e',
      createdAt: expect.any(Number),
    });
    expect(client.verifies(response)).toBe(true);
  });

  it('tell no payUrl of other orders', async () => {
    await client.unifiedOrder();
    expect((await client.query({ mchOrderNo: 'O1' })).json.data).not.toHaveProperty('payUrl');
  });

  it('let payOrderId win, and find nothing of another merchant', async () => {
    const other = { mchNo: 'M2', appId: 'A2', secret: 'OTHERKEY0123456789' };
    await sandbox.stop();
    await start({ merchants: [MERCHANT, { ...MERCHANT, appId: 'A1b', secret: 'secret of the other app' }, other] });
    const { json } = await client.cashierOrder();
    await client.cashierOrder({ mchOrderNo: 'O2' });
    const payOrderId = json.data?.['payOrderId'];
    expect((await client.query({ mchOrderNo: 'O2', payOrderId })).json.data?.['mchOrderNo']).toBe('O1');
    expect((await client.query({ mchOrderNo: 'O2', payOrderId: 'P1' })).json.msg).toBe('订单不存在');
    const stranger = new MerchantClient(sandbox, other);
    expect((await stranger.query({ payOrderId })).json.msg).toBe('订单不存在');
    expect((await stranger.query({ mchOrderNo: 'O1' })).json.msg).toBe('订单不存在');
    // Any app of the merchant; the answer is signed with the secret of the one that asked.
    const sibling = new MerchantClient(sandbox, { ...MERCHANT, appId: 'A1b', secret: 'secret of the other app' });
    const response = await sibling.query({ payOrderId });
    expect(response.json.data?.['appId']).toBe('A1');
    expect(sibling.verifies(response)).toBe(true);
  });

  it('tell a transfer by either number', async () => {
    const { json } = await client.transferOrder({ extParam: 'x' });
    const byId = await client.transferQuery({ transferId: json.data?.['transferId'] });
    expect(byId.json.data).toMatchObject({ mchOrderNo: 'T1', state: 1, amount: 100, currency: 'cny', extParam: 'x' });
    expect(client.verifies(byId)).toBe(true);
    expect((await client.transferQuery({ mchOrderNo: 'T1' })).json.data).toEqual(byId.json.data);
  });
});

describe('states', () => {
  it('pay: 0, 1, 2, then only a refund', async () => {
    await client.cashierOrder();
    await sandbox.pay('O1');
    const { json } = await client.query({ mchOrderNo: 'O1' });
    expect(json.data).toMatchObject({ state: 2, successTime: expect.any(Number), channelOrderNo: expect.any(String) });
    expect(sandbox.order('O1')?.history.map(({ state }) => state)).toEqual([0, 1, 2]);
    await expect(sandbox.pay('O1')).rejects.toThrow(SandboxStateError);
    await expect(sandbox.fail('O1')).rejects.toThrow('O1 is in state 2');
    await expect(sandbox.close('O1')).rejects.toThrow(SandboxStateError);
    await expect(sandbox.payAfterClose('O1')).rejects.toThrow(SandboxStateError);
    await sandbox.refund('O1');
    expect(await stateOf('O1')).toBe(5);
    await expect(sandbox.refund('O1')).rejects.toThrow(SandboxStateError);
  });

  it('fail: 1, 3, with a reason', async () => {
    await client.unifiedOrder();
    await sandbox.fail('O1');
    const { json } = await client.query({ mchOrderNo: 'O1' });
    expect(json.data).toMatchObject({ state: 3, errCode: expect.any(String), errMsg: expect.any(String) });
    expect(json.data).not.toHaveProperty('successTime');
    await expect(sandbox.pay('O1')).rejects.toThrow(SandboxStateError);
  });

  it('close, and a payment after it leaves the state', async () => {
    await client.cashierOrder();
    await expect(sandbox.payAfterClose('O1')).rejects.toThrow(SandboxStateError);
    await sandbox.close('O1');
    await sandbox.payAfterClose('O1');
    expect(await stateOf('O1')).toBe(6);
    expect(sandbox.order('O1')?.history.map(({ state }) => state)).toEqual([0, 6]);
  });

  it('transfers: 1 to 2 or 3', async () => {
    await client.transferOrder();
    await client.transferOrder({ mchOrderNo: 'T2' });
    await sandbox.succeedTransfer('T1');
    await sandbox.failTransfer('T2');
    expect(sandbox.transfer('T1')).toMatchObject({ state: 2, successTime: expect.any(Number) });
    expect(sandbox.transfer('T2')).toMatchObject({ state: 3, errMsg: 'The bank declined' });
    await expect(sandbox.failTransfer('T1')).rejects.toThrow(SandboxStateError);
  });

  it('give copies away', async () => {
    await client.cashierOrder();
    const copy = sandbox.order('O1');
    if (copy) copy.state = 2;
    expect(sandbox.order('O1')?.state).toBe(0);
  });
});

describe('expiry', () => {
  it.each([
    ['cashierOrder', undefined, 900],
    ['cashierOrder', 60, 900],
    ['cashierOrder', 3600, 3600],
    ['unifiedOrder', undefined, 7200],
    ['unifiedOrder', 60, 60],
    ['cryptoOrder', undefined, 7200],
  ] as const)('%s with expiredTime %p lives %d s', async (endpoint, expiredTime, seconds) => {
    await client[endpoint]({ expiredTime });
    const order = sandbox.order('O1');
    expect((order?.expiresAt ?? 0) - (order?.createdAt ?? 0)).toBe(seconds * 1000);
  });

  it('closes the order in the end, sooner with notifySpeed', async () => {
    await sandbox.stop();
    const time = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    try {
      await start({ notifySpeed: 20_000 });
      await client.cashierOrder();
      await client.unifiedOrder({ mchOrderNo: 'paid', expiredTime: 900 });
      await sandbox.pay('paid');
      time.tick(44);
      expect(await stateOf('O1')).toBe(0);
      time.tick(1);
      expect(await stateOf('O1')).toBe(6);
      expect(await stateOf('paid')).toBe(2);
    } finally {
      time.uninstall();
    }
  });

  it('waits out a life longer than a timer can count', async () => {
    await sandbox.stop();
    const time = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    try {
      await start();
      await client.unifiedOrder({ expiredTime: 2_000_000_000 });
      time.tick(1_999_999_999_999);
      expect(sandbox.order('O1')?.state).toBe(1);
      time.tick(60_001);
      expect(sandbox.order('O1')?.state).toBe(6);
    } finally {
      time.uninstall();
    }
  });
});

describe('keeping orders', () => {
  it('lets the oldest final order go first, then the oldest', async () => {
    await sandbox.stop();
    await start({ maxOrders: 3 });
    for (const mchOrderNo of ['a', 'b', 'c']) await client.cashierOrder({ mchOrderNo });
    await sandbox.close('b');
    await client.cashierOrder({ mchOrderNo: 'd' });
    expect(sandbox.orders().map(({ mchOrderNo }) => mchOrderNo)).toEqual(['a', 'c', 'd']);
    await client.cashierOrder({ mchOrderNo: 'e' });
    expect(sandbox.orders().map(({ mchOrderNo }) => mchOrderNo)).toEqual(['c', 'd', 'e']);
    expect((await client.query({ mchOrderNo: 'b' })).json.msg).toBe('订单不存在');
    for (const mchOrderNo of ['a', 'b', 'c', 'd']) await client.transferOrder({ mchOrderNo });
    expect(sandbox.transfers().map(({ mchOrderNo }) => mchOrderNo)).toEqual(['b', 'c', 'd']);
  });

  it('names an unknown order and how to see the known ones', async () => {
    await expect(sandbox.pay('nobody')).rejects.toThrow(UnknownOrderError);
    await expect(sandbox.pay('nobody')).rejects.toThrow(/nobody.*sandbox\.orders\(\).*\/sandbox\/orders/);
    await expect(sandbox.failTransfer('nobody')).rejects.toThrow(/nobody.*sandbox\.transfers\(\)/);
    await expect(sandbox.resendNotify('nobody')).rejects.toThrow(UnknownOrderError);
    expect(() => sandbox.notifyAttempts('nobody', 'M1')).toThrow(/nobody of merchant M1/);
    expect(sandbox.order('nobody')).toBeUndefined();
  });

  it('asks for the merchant when two have the number', async () => {
    const other = { mchNo: 'M2', appId: 'A2', secret: 'OTHERKEY0123456789' };
    await sandbox.stop();
    await start({ merchants: [MERCHANT, other] });
    await client.cashierOrder();
    await new MerchantClient(sandbox, other).cashierOrder();
    await expect(sandbox.pay('O1')).rejects.toThrow(/M1 and M2/);
    await sandbox.pay('O1', 'M2');
    expect(sandbox.order('O1', 'M1')?.state).toBe(0);
    expect(sandbox.order('O1', 'M2')?.state).toBe(2);
  });
});

describe('starting', () => {
  it('has a merchant of its own by default', async () => {
    await sandbox.stop();
    sandbox = await Pass2PaySandbox.start();
    expect(sandbox.merchants).toEqual([DEFAULT_MERCHANT]);
    const response = await new MerchantClient(sandbox, DEFAULT_MERCHANT).cashierOrder();
    expect(response.json.code).toBe(0);
  });

  it('lists every wrong option', async () => {
    const starting = Pass2PaySandbox.start({
      port: -1,
      notifySpeed: 0,
      maxOrders: 0.5,
      merchants: [MERCHANT, MERCHANT, { mchNo: '', appId: 'A', secret: '' }],
    });
    await expect(starting).rejects.toThrow(
      /port .*notifySpeed .*maxOrders .*merchants\[1\] repeats .*merchants\[2\]\.mchNo .*merchants\[2\]\.secret /,
    );
    await expect(Pass2PaySandbox.start({ merchants: [] })).rejects.toThrow(/merchants/);
  });

  it('says when the port is taken', async () => {
    const port = Number(new URL(sandbox.url).port);
    await expect(Pass2PaySandbox.start({ port })).rejects.toThrow(/EADDRINUSE/);
  });

  it('stops with requests open', async () => {
    sandbox.inject({ kind: 'lost' });
    const open = client.cashierOrder().catch((error: unknown) => error);
    await entered(sandbox, ({ type }) => type === 'request');
    await sandbox.stop();
    expect(await open).toHaveProperty('name', 'TypeError');
  });
});

describe('recorded requests', () => {
  it('keep what came and what went, the last thousand', async () => {
    await client.cashierOrder();
    await client.send('/api/pay/query?x=1');
    await client.send('/api/nothing', { method: 'POST', body: 'raw' });
    const [first, second, third] = sandbox.requests;
    expect(first).toMatchObject({
      at: expect.any(Number),
      endpoint: 'cashierOrder',
      method: 'POST',
      contentType: 'application/json',
      body: expect.stringContaining('"mchOrderNo":"O1"'),
      response: { status: 200, body: expect.stringContaining('"code":0') },
    });
    expect(second).toMatchObject({ endpoint: 'query', method: 'GET', url: '/api/pay/query?x=1' });
    expect(third).toMatchObject({ endpoint: undefined, body: 'raw', response: { status: 404 } });
    for (let n = 0; n < 20; n++) await Promise.all(Array.from({ length: 50 }, () => client.send('/api/fill')));
    expect(sandbox.requests).toHaveLength(1000);
    expect(sandbox.requests.every(({ url }) => url === '/api/fill')).toBe(true);
  });
});
