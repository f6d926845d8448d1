import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sign } from '../../lib/protocol/signature/sign.js';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { MERCHANT } from '../support/test-merchant.js';
import { compare, reportFolder } from './support/comparison.js';
import { GatewayProxy, type ProxiedAnswer, type ProxiedRequest } from './support/gateway-proxy.js';

const { mchNo, appId, secrets } = MERCHANT;
const folder = reportFolder();

interface Envelope {
  code?: number;
  msg?: string;
  data?: Record<string, string | number>;
  sign?: string;
  traceId?: string;
}

interface Lie {
  /** What is said to differ, and nothing else. */
  what: string;
  /** In the report's words. */
  expected: unknown;
  actual: unknown;
  /** Undefined where this answer is left as it is. */
  tell: (json: Envelope, answer: ProxiedAnswer, request: ProxiedRequest) => Partial<ProxiedAnswer> | undefined;
  create?: boolean;
}

const saying = (json: Envelope): Partial<ProxiedAnswer> => ({ body: JSON.stringify(json) });
const withData = (json: Envelope, data: Record<string, string | number>, secret: string = secrets) =>
  saying({ ...json, data, sign: sign(data, secret) });
const ofQuery = ({ target }: ProxiedRequest): boolean => target === '/api/pay/query';

const LIES: readonly (readonly [string, Lie])[] = [
  [
    'answers a refusal with another status',
    {
      what: 'status',
      expected: '200',
      actual: '400',
      tell: ({ code }) => (code === 11 ? { status: 400 } : undefined),
    },
  ],
  [
    'answers as another content type',
    {
      what: 'contentType',
      expected: 'application/json;charset=utf-8',
      actual: 'text/plain;charset=utf-8',
      tell: ({ msg }) => (msg === '验签失败' ? { contentType: 'text/plain;charset=UTF-8' } : undefined),
    },
  ],
  [
    'gives another code',
    {
      what: 'code',
      expected: '10',
      actual: '9999',
      tell: (json) => (json.code === 10 ? saying({ ...json, code: 9999 }) : undefined),
    },
  ],
  [
    'says it in words that differ by one character',
    {
      what: 'msg',
      expected: '订单不存在',
      actual: '订单不存在。',
      tell: (json) => (json.msg === '订单不存在' ? saying({ ...json, msg: '订单不存在。' }) : undefined),
    },
  ],
  [
    'lacks a member',
    {
      what: 'data members',
      expected: expect.stringMatching(/\bpayDataType\b/),
      actual: expect.not.stringMatching(/\bpayDataType\b/),
      create: true,
      tell: (json) => {
        const { payDataType, ...data } = json.data ?? {};
        return payDataType === undefined ? undefined : withData(json, data);
      },
    },
  ],
  [
    'has one more member',
    {
      what: 'members',
      expected: 'code, msg',
      actual: 'code, msg, success',
      tell: ({ traceId, ...json }) =>
        json.msg === '验签失败' ? saying({ ...json, success: false, traceId } as Envelope) : undefined,
    },
  ],
  [
    'has its members in another order',
    {
      what: 'members',
      expected: 'code, msg',
      actual: 'msg, code',
      tell: ({ code, msg, traceId }) => (code === 11 ? saying({ msg, code, traceId }) : undefined),
    },
  ],
  [
    'gives another amount',
    {
      what: 'data.amount',
      expected: '1',
      actual: '100',
      create: true,
      tell: (json) => (json.data?.['amount'] === 1 ? withData(json, { ...json.data, amount: 100 }) : undefined),
    },
  ],
  [
    'gives another state',
    {
      what: 'data.orderState',
      expected: expect.stringMatching(/^[01]$/),
      actual: '2',
      create: true,
      tell: (json) =>
        json.data?.['orderState'] === undefined ? undefined : withData(json, { ...json.data, orderState: 2 }),
    },
  ],
  [
    'signs with another secret',
    {
      what: 'sign',
      expected: 'verifies',
      actual: 'does not verify',
      create: true,
      tell: (json) => (json.data ? withData(json, json.data, 'another secret') : undefined),
    },
  ],
  [
    'accepts a wrong signature',
    {
      what: 'msg',
      expected: '验签失败',
      actual: '订单不存在',
      tell: (json, _answer, request) =>
        json.msg === '验签失败' && ofQuery(request) ? saying({ ...json, msg: '订单不存在' }) : undefined,
    },
  ],
  [
    'refuses a signature in lower case',
    {
      what: 'msg',
      expected: '订单不存在',
      actual: '验签失败',
      tell: (json, _answer, { body }) =>
        /"sign":"(?=\d*[a-f])[\da-f]{32}"/.test(body) ? saying({ ...json, msg: '验签失败' }) : undefined,
    },
  ],
];

describe('of a gateway that', () => {
  let sandbox: Pass2PaySandbox;
  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start({ merchants: [{ mchNo, appId, secret: secrets }] });
  });
  afterAll(() => sandbox.stop());

  it.each(LIES)('%s, every lie is found, and nothing else', async (name, { what, expected, actual, create, tell }) => {
    const proxy = await GatewayProxy.start(sandbox.url, async (request, forward) => {
      const answer = await forward();
      const lie = answer.body === '' ? undefined : tell(JSON.parse(answer.body) as Envelope, answer, request);
      return lie && { ...answer, ...lie };
    });
    const run = await compare({ baseUrl: proxy.url, report: join(folder, name) }, ...(create ? ['--create'] : []));
    await proxy.stop();
    expect(proxy.lies).toBeGreaterThan(0);
    expect(run.code).toBe(1);
    expect(run.counts).toMatchObject({ differ: proxy.lies, unanswered: 0, notSent: 0 });
    expect(run.differences).toHaveLength(proxy.lies);
    for (const difference of run.differences) expect(difference).toMatchObject({ what, expected, actual });
  });
});
