import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { sign } from '../../lib/protocol/signature/sign.js';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { MERCHANT } from '../support/test-merchant.js';
import { compare, type ComparisonRun, reportFolder } from './support/comparison.js';
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
  expected: RegExp;
  actual: RegExp;
  /** Undefined where this answer is left as it is. */
  tell: (json: Envelope, answer: ProxiedAnswer, request: ProxiedRequest) => Partial<ProxiedAnswer> | undefined;
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
      expected: /^200$/,
      actual: /^400$/,
      tell: ({ code }) => (code === 11 ? { status: 400 } : undefined),
    },
  ],
  [
    'answers as another content type',
    {
      what: 'contentType',
      expected: /^application\/json;charset=utf-8$/,
      actual: /^text\/plain;charset=utf-8$/,
      tell: ({ msg }) => (msg === '验签失败' ? { contentType: 'text/plain;charset=UTF-8' } : undefined),
    },
  ],
  [
    'gives another code',
    {
      what: 'code',
      expected: /^10$/,
      actual: /^9999$/,
      tell: (json) => (json.code === 10 ? saying({ ...json, code: 9999 }) : undefined),
    },
  ],
  [
    'says it in words that differ by one character',
    {
      what: 'msg',
      expected: /^订单不存在$/,
      actual: /^订单不存在。$/,
      tell: (json) => (json.msg === '订单不存在' ? saying({ ...json, msg: '订单不存在。' }) : undefined),
    },
  ],
  [
    'lacks a member',
    {
      what: 'data members',
      expected: /\bpayDataType\b/,
      actual: /^(?!.*\bpayDataType\b)/,
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
      expected: /^code, msg$/,
      actual: /^code, msg, success$/,
      tell: ({ traceId, ...json }) =>
        json.msg === '验签失败' ? saying({ ...json, success: false, traceId } as Envelope) : undefined,
    },
  ],
  [
    'has its members in another order',
    {
      what: 'members',
      expected: /^code, msg$/,
      actual: /^msg, code$/,
      tell: ({ code, msg, traceId }) => (code === 11 ? saying({ msg, code, traceId }) : undefined),
    },
  ],
  [
    'gives another amount',
    {
      what: 'data.amount',
      expected: /^1$/,
      actual: /^100$/,
      tell: (json) => (json.data?.['amount'] === 1 ? withData(json, { ...json.data, amount: 100 }) : undefined),
    },
  ],
  [
    'gives another state',
    {
      what: 'data.orderState',
      expected: /^[01]$/,
      actual: /^2$/,
      tell: (json) =>
        json.data?.['orderState'] === undefined ? undefined : withData(json, { ...json.data, orderState: 2 }),
    },
  ],
  [
    'signs with another secret',
    {
      what: 'sign',
      expected: /^verifies$/,
      actual: /^does not verify$/,
      tell: (json) => (json.data ? withData(json, json.data, 'another secret') : undefined),
    },
  ],
  [
    'accepts a wrong signature',
    {
      what: 'msg',
      expected: /^验签失败$/,
      actual: /^订单不存在$/,
      tell: (json, _answer, request) =>
        json.msg === '验签失败' && ofQuery(request) ? saying({ ...json, msg: '订单不存在' }) : undefined,
    },
  ],
  [
    'refuses a signature in lower case',
    {
      what: 'msg',
      expected: /^订单不存在$/,
      actual: /^验签失败$/,
      tell: (json, _answer, { body }) =>
        /"sign":"(?=\d*[a-f])[\da-f]{32}"/.test(body) ? saying({ ...json, msg: '验签失败' }) : undefined,
    },
  ],
];

describe('of a gateway that', () => {
  /** How often each lie was told in one run: of those that an answer allows, the one that was told least. */
  const told = new Map<Lie, number>(LIES.map(([, lie]) => [lie, 0]));
  let run: ComparisonRun;

  beforeAll(async () => {
    const sandbox = await Pass2PaySandbox.start({ merchants: [{ mchNo, appId, secret: secrets }] });
    const proxy = await GatewayProxy.start(sandbox.url, async (request, forward) => {
      const answer = await forward();
      if (answer.body === '') return undefined;
      const json = JSON.parse(answer.body) as Envelope;
      for (const lie of [...told.keys()].toSorted((one, other) => told.get(one)! - told.get(other)!)) {
        const changed = lie.tell(json, answer, request);
        if (changed === undefined) continue;
        told.set(lie, told.get(lie)! + 1);
        return { ...answer, ...changed };
      }
      return undefined;
    });
    run = await compare({ baseUrl: proxy.url, report: join(folder, 'lies') }, '--create');
    await proxy.stop();
    await sandbox.stop();
  });

  it.each(LIES)('%s, every lie is found', (_name, lie) => {
    const found = run.differences.filter(
      ({ what, expected, actual }) => what === lie.what && lie.expected.test(expected) && lie.actual.test(actual),
    );
    expect(told.get(lie)).toBeGreaterThan(0);
    expect(found).toHaveLength(told.get(lie)!);
  });

  it('lies so, nothing else is found', () => {
    const lies = [...told.values()].reduce((sum, count) => sum + count, 0);
    expect(run).toMatchObject({ code: 1, counts: { differ: lies, unanswered: 0, notSent: 0 } });
    expect(run.differences).toHaveLength(lies);
  });
});
