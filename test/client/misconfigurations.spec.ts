import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pass2PayApiError } from '../../lib/errors/pass2pay.errors.js';
import { Pass2PayClient } from '../../lib/pass2pay-client/pass2pay-client.js';
import { explain } from '../../lib/protocol/gateway-messages.js';
import { startServer, type FakeServer } from '../support/fake-server.js';
import { TRANSCRIPTS } from './support/exchanges.js';
import { MERCHANT } from '../support/test-merchant.js';

/** Words that say that nothing was stored, and what the explanation must name. */
const BEFORE_STORING: readonly [string, RegExp][] = [
  ['商户应用参数未配置', /channel of this payment method is not configured/],
  ['特约商户参数未配置', /is not configured/],
  ['服务商参数未配置', /is not configured/],
  ['无此支付通道接口', /wayCode/],
  ['接口不支持该支付方式', /wayCode/],
  ['获取商户应用信息失败', /mchNo and appId/],
  ['应用未开通此接口配置!', /ifCode/],
  ['无此转账通道接口', /ifCode/],
  ['该接口不支持该入账方式', /entryType/],
  ['分账模式设置值有误', /divisionMode/],
  ['转账金额不能小于1分', /at least 1 minor unit/],
  ['接口版本过低，请升级到1.1', /versions/],
  ['同步通知地址协议仅支持http:// 或 https:// !', /returnUrl/],
  ['异步通知地址协议仅支持http:// 或 https:// !', /notifyUrl/],
  ['条码为空', /authCode/],
  ['不支持的条码', /authCode/],
];

/** Words of a channel's own check: an order may have been stored before. */
const BY_CHANNEL: readonly [string, RegExp][] = [
  ['[openid]不可为空', /channelExtra/],
  ['[buyerUserId]不可为空', /channelExtra/],
  ['用户支付条码[authCode]不可为空', /channelExtra/],
];

let gateway: FakeServer;
let client: Pass2PayClient;
let words = '';

beforeAll(async () => {
  gateway = await startServer(({ path }, response) => {
    const msg = path.endsWith('query') ? '订单不存在' : words;
    response.end(JSON.stringify({ code: 9999, msg }));
  });
  client = new Pass2PayClient({ baseUrl: gateway.url, merchants: [{ ...MERCHANT }], retries: 2 });
});
afterAll(async () => {
  await client.close();
  await gateway.close();
});

const COMMON = { mchOrderNo: 'O1', amount: 100, custNo: 'C1', clientIp: '210.73.10.148' };
const CREATES: Record<string, () => Promise<unknown>> = {
  unifiedOrder: () => client.payments.createOrder({ ...COMMON, registerTime: 1622016572190, wayCode: 'ALI_QR' }),
  transferOrder: () => client.transfers.createTransfer({ ...COMMON, accountNo: '6222020200112233445' }),
};

describe.each(Object.entries(CREATES))('B8: a %s that is refused', (_endpoint, create) => {
  const refusal = async (message: string) => {
    words = message;
    const before = gateway.requests.length;
    const error = (await create().catch((thrown: unknown) => thrown)) as Pass2PayApiError;
    return { error, requests: gateway.requests.length - before };
  };

  it.each(BEFORE_STORING)('with %s costs no query, and the error says what to do', async (message, named) => {
    const { error, requests } = await refusal(message);
    expect(error).toBeInstanceOf(Pass2PayApiError);
    expect(error).toMatchObject({ gatewayMessage: message, explanation: expect.stringMatching(named) });
    expect(requests).toBe(1);
  });

  it.each(BY_CHANNEL)('with %s is looked for once, and is refused where it does not exist', async (message, named) => {
    const { error, requests } = await refusal(message);
    expect(error).toBeInstanceOf(Pass2PayApiError);
    expect(error).toMatchObject({ gatewayMessage: message, explanation: expect.stringMatching(named) });
    expect(requests).toBe(2);
  });
});

it('B8: all refusals of the recorded server are explained', () => {
  const recorded = TRANSCRIPTS.flatMap(({ answer }) => {
    const { msg, code } = JSON.parse(answer.body || '{}') as { msg?: string; code?: number };
    return code === undefined || code === 0 ? [] : [msg!];
  });
  expect(recorded.length).toBeGreaterThan(200);
  const unexplained = new Set(recorded.filter((msg) => explain(msg).explanation.includes('not documented')));
  expect([...unexplained]).toEqual([]);
});
