import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Pass2PaySandbox, type SandboxOptions, SandboxStateError } from '../../sandbox/index.js';
import { collated } from '../../sandbox/gateway/orders/collation.js';
import { MERCHANT, MerchantClient, type Response } from './support/merchant-client.js';
import { NotifyReceiver, saying, timedOut } from './support/notify-receiver.js';

let sandbox: Pass2PaySandbox;
let client: MerchantClient;
let receiver: NotifyReceiver;

async function start(options: SandboxOptions = {}): Promise<void> {
  sandbox = await Pass2PaySandbox.start({
    dialect: 'platform',
    merchants: [MERCHANT],
    clock: 'stepped',
    notifyTimeoutMs: 60_000,
    ...options,
  });
  client = new MerchantClient(sandbox);
}

beforeEach(async () => {
  receiver = await NotifyReceiver.start();
  await start();
});
afterEach(async () => {
  await sandbox.stop();
  await receiver.stop();
});

type Params = Record<string, string | number>;

/** Without custNo and registerTime, which the platform does not know. */
function unifiedOrder(params: Params = {}): Promise<Response> {
  const order = { mchOrderNo: 'O1', wayCode: 'ALI_QR', amount: 100, currency: 'cny', subject: 's', body: 'b' };
  return client.post('/api/pay/unifiedOrder', client.signed({ ...order, notifyUrl: receiver.url, ...params }));
}

function refundOrder(params: Params = {}): Promise<Response> {
  const refund = { mchOrderNo: 'O1', mchRefundNo: 'R1', refundAmount: 30, currency: 'cny', refundReason: 'r' };
  return client.post('/api/refund/refundOrder', client.signed({ ...refund, notifyUrl: receiver.url, ...params }));
}

function announced(): string[] {
  return receiver.received.map(({ body }) => {
    const params = new URLSearchParams(body);
    return `${params.get('mchRefundNo') ?? params.get('mchOrderNo')} ${params.get('state')}`;
  });
}

describe('what the platform announces', () => {
  it('is success alone: neither failure nor closing', async () => {
    for (const mchOrderNo of ['paid', 'failed', 'closed', 'expired']) await unifiedOrder({ mchOrderNo });
    await sandbox.fail('failed');
    await sandbox.close('closed');
    await sandbox.pay('paid');
    await sandbox.advance(7_260_000);
    expect(sandbox.order('expired')).toMatchObject({ state: 6, expired: true });
    expect(announced()).toEqual(['paid 2']);
  });

  it('closes an order at the full minute after its time is up', async () => {
    await sandbox.advance(60_000 - (sandbox.now() % 60_000) + 12_000);
    await unifiedOrder({ expiredTime: 5 });
    await sandbox.advance(47_999);
    expect(sandbox.order('O1')?.state).toBe(1);
    await sandbox.advance(1);
    expect(sandbox.order('O1')?.state).toBe(6);
  });

  it.each([
    ['activemq', [0, 30_000, 90_000, 180_000, 300_000, 450_000]],
    ['rocketmq', [0, 30_000, 90_000, 210_000, 330_000, 510_000]],
  ] as const)('is repeated as by %s', async (notifySchedule, offsets) => {
    await sandbox.stop();
    await start({ notifySchedule });
    receiver.reply(saying('no'));
    await unifiedOrder();
    const paidAt = sandbox.now();
    await sandbox.pay('O1');
    await sandbox.advance(600_000);
    expect(sandbox.notifyAttempts('O1').map(({ at }) => at - paidAt)).toEqual(offsets);
  });

  it('is tried at 0, 50 and 131 s when the receiver hangs: a time-out takes 20 s', async () => {
    receiver.reply(timedOut);
    await unifiedOrder();
    const paidAt = sandbox.now();
    await sandbox.pay('O1');
    await sandbox.advance(130_000);
    expect(sandbox.notifyAttempts('O1').map(({ at }) => at - paidAt)).toEqual([0, 50_000, 130_000]);
  });
});

describe('a payment by the payer’s code that succeeds at once', () => {
  const BAR = { wayCode: 'ALI_BAR', channelExtra: '{"authCode":"281234567890123456"}' };

  it('is announced after the answer', async () => {
    sandbox.inject({ kind: 'upstream', result: 'paid' });
    expect((await unifiedOrder(BAR)).json.data).toMatchObject({ orderState: 2, payDataType: 'none', payData: '' });
    await receiver.heard(1);
    expect(announced()).toEqual(['O1 2']);
  });

  it('is announced before the answer where that is asked for', async () => {
    const order: string[] = [];
    receiver.reply((response) => {
      order.push('notify');
      response.end('success');
    });
    sandbox.inject({ kind: 'upstream', result: 'paid', notify: 'before' });
    await unifiedOrder(BAR).then(() => order.push('answer'));
    expect(order).toEqual(['notify', 'answer']);
  });

  it('is one that waits where the channel says nothing of it', async () => {
    expect((await unifiedOrder(BAR)).json.data).toMatchObject({ orderState: 1 });
  });
});

describe('a channel that fails', () => {
  it.each([
    ['declined', { errCode: '0', errMsg: 'SUCCESS' }],
    ['refused', { errCode: '9999', errMsg: '上游拒绝' }],
    ['broken', {}],
  ] as const)('%s: code 0 and state 3, and the payer can pay it all the same', async (result, error) => {
    sandbox.inject({ kind: 'upstream', result });
    const response = await unifiedOrder();
    const { payOrderId, mchOrderNo, ...data } = response.json.data ?? {};
    expect(data).toEqual({ orderState: 3, ...error });
    expect([payOrderId, mchOrderNo]).toEqual([expect.stringMatching(/^P\d{19}$/), 'O1']);
    expect(client.verifies(response)).toBe(true);
    await sandbox.payAfterClose('O1');
    await sandbox.notifySettled('O1');
    expect(announced()).toEqual(['O1 2']);
    expect((await client.query({ mchOrderNo: 'O1' })).json.data).toMatchObject({ state: 3 });
  });
});

describe('refunds', () => {
  beforeEach(async () => {
    await unifiedOrder();
    await sandbox.pay('O1');
  });

  it('one at a time, partial and full, each announced', async () => {
    const created = await refundOrder();
    expect(created.json.data).toMatchObject({ mchRefundNo: 'R1', payAmount: 100, refundAmount: 30, state: 1 });
    expect(client.verifies(created)).toBe(true);
    expect((await refundOrder({ mchRefundNo: 'R2' })).json.msg).toBe('支付订单具有在途退款申请，请稍后再试');
    await sandbox.succeedRefund('R1');
    expect(sandbox.order('O1')).toMatchObject({ state: 2, refundedAmount: 30 });
    expect((await refundOrder({ mchRefundNo: 'r1 ' })).json.msg).toBe('商户退款订单号[r1 ]已存在');
    await refundOrder({ mchRefundNo: 'R2', refundAmount: 70 });
    await sandbox.succeedRefund('R2');
    expect(sandbox.order('O1')).toMatchObject({ state: 5, refundedAmount: 100 });
    await sandbox.notifySettled('R2');
    await sandbox.notifySettled('R1');
    expect(announced()).toEqual(['O1 2', 'R1 2', 'R2 2']);
  });

  it('that fail leave the order as it was', async () => {
    await refundOrder();
    await sandbox.failRefund('R1');
    await sandbox.notifySettled('R1');
    expect(sandbox.order('O1')).toMatchObject({ state: 2 });
    expect(sandbox.refundOf('R1')).toMatchObject({ state: 3, errMsg: 'The channel declined' });
    await expect(sandbox.succeedRefund('R1')).rejects.toThrow(SandboxStateError);
    expect((await refundOrder({ mchRefundNo: 'R2', refundAmount: 100 })).json.code).toBe(0);
    expect(announced()).toEqual(['O1 2', 'R1 3']);
  });

  it('that the channel refuses stay in progress, with its reason', async () => {
    sandbox.inject({ kind: 'upstream', result: 'refused', endpoint: 'refundOrder' });
    expect((await refundOrder()).json.data).toMatchObject({ state: 1, errCode: '9999', errMsg: '上游拒绝' });
    expect((await refundOrder({ mchRefundNo: 'R2' })).json.msg).toBe('支付订单具有在途退款申请，请稍后再试');
  });

  it('by the operator are not announced', async () => {
    await sandbox.refund('O1');
    expect((await refundOrder()).json.msg).toBe('订单状态不正确， 无法完成退款');
    expect(announced()).toEqual(['O1 2']);
  });

  it('can be seen and settled over HTTP', async () => {
    await refundOrder();
    const list = (await (await fetch(`${sandbox.url}/sandbox/refunds`)).json()) as { mchRefundNo: string }[];
    expect(list.map(({ mchRefundNo }) => mchRefundNo)).toEqual(['R1']);
    const settled = await fetch(`${sandbox.url}/sandbox/refunds/R1/succeed`, { method: 'POST' });
    expect(await settled.json()).toMatchObject({ state: 2 });
    expect((await fetch(`${sandbox.url}/refunds/R1?mchNo=M1`)).status).toBe(200);
  });
});

describe('ways of paying', () => {
  it.each([
    ['ali_qr', '系统异常'],
    ['ALI_QR ', '系统异常'],
    ['qr_cashier', '不支持的支付方式'],
    ['auto_bar', '不支持的支付方式'],
  ])('%p is not what the gateway calls it', async (wayCode, msg) => {
    expect((await unifiedOrder({ wayCode })).json).toMatchObject({ code: 9999, msg });
    expect(sandbox.orders()).toEqual([]);
  });
});

describe('what has no channel here', () => {
  it.each([
    [
      'division/receiver/bind',
      { ifCode: 'plspay', receiverGroupId: 1, accType: 0, accNo: 'a', relationType: 'r', divisionProfit: '1' },
      '商户分账账号组不存在，请检查或进入商户平台进行创建操作',
    ],
    [
      'division/receiver/bind',
      { ifCode: 'nopay', receiverGroupId: 1, accType: 0, accNo: 'a', relationType: 'r', divisionProfit: '1' },
      '商户应用的支付配置不存在或已关闭',
    ],
    ['division/exec', { mchOrderNo: 'none', useSysAutoDivisionReceivers: 0 }, '订单不存在'],
    ['channelUserId/jump', { ifCode: 'AUTO', redirectUrl: 'http://a.example' }, '不支持的客户端'],
  ])('%s is refused', async (path, params, msg) => {
    expect((await client.post(`/api/${path}`, client.signed(params))).json).toMatchObject({ code: 9999, msg });
  });
});

describe('order numbers', () => {
  it('are compared without case and trailing spaces, whatever they are', async () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(3), (number, spaces) => {
        const other = `${number.toUpperCase().toLowerCase()}${' '.repeat(spaces)}`;
        expect(collated(other)).toBe(collated(number.toUpperCase().toLowerCase()));
        expect(collated(collated(number))).toBe(collated(number));
      }),
    );
    await unifiedOrder({ mchOrderNo: 'abc-1' });
    expect((await unifiedOrder({ mchOrderNo: 'ABC-1 ' })).json.msg).toBe('商户订单[ABC-1 ]已存在');
    expect((await client.query({ mchOrderNo: 'ABC-1' })).json.data).toMatchObject({ mchOrderNo: 'abc-1' });
    expect((await client.query({ mchOrderNo: 'abc-1\t' })).json.msg).toBe('订单不存在');
  });
});

describe('the same requests to Pass2Pay', () => {
  it.each(['pay/close', 'refund/refundOrder', 'refund/query', 'division/exec', 'channelUserId/jump'])(
    '%s is not there',
    async (path) => {
      await sandbox.stop();
      await start({ dialect: 'pass2pay' });
      expect((await client.post(`/api/${path}`, client.signed({ mchOrderNo: 'O1' }))).status).toBe(404);
    },
  );
});
