import { describe, expect, it } from '@jest/globals';
import { sign } from '../../lib/protocol/signature/sign.js';
import { compareResponses, type ReceivedResponse } from '../../sandbox/command/compare/compare-responses.js';
import { MERCHANT } from '../support/test-merchant.js';

const secret = MERCHANT.secrets;

const answer = (body: object): ReceivedResponse => ({
  status: 200,
  contentType: 'application/json;charset=UTF-8',
  body: JSON.stringify(body),
});
const signed = (data: Record<string, string | number>): ReceivedResponse =>
  answer({ code: 0, data, msg: 'SUCCESS', sign: sign(data, secret) });

describe('two answers are alike', () => {
  it.each([
    [
      'with ids and times of their own',
      { payOrderId: 'P1795063328371040258', createdAt: 1716888888000 },
      { payOrderId: 'P1795063328371040999', createdAt: 1716888999000 },
    ],
    ['with numbers of their channels', { channelOrderNo: 'SBX1' }, { channelOrderNo: '2024' }],
    ['with pages of their own', { payData: 'http://127.0.0.1/a' }, { payData: 'https://pay.example/b' }],
  ])('%s', (_what, one, other) => {
    expect(compareResponses(signed(one), signed(other), { secret })).toEqual([]);
  });

  it('with traceIds of their own, wherever these stand', () => {
    const one = answer({ code: 9999, msg: '验签失败', traceId: 'a' });
    const other = answer({ code: 9999, traceId: 'b', msg: '验签失败' });
    expect(compareResponses(one, other, { secret })).toEqual([]);
  });

  it('where one names another of several missing fields', () => {
    const [one, other] = ['商户号不能为空', '时间戳不能为空'].map((msg) => answer({ code: 9999, msg })) as [
      ReceivedResponse,
      ReceivedResponse,
    ];
    const interchangeable = new Set(['商户号不能为空', '时间戳不能为空']);
    expect(compareResponses(one, other, { secret, interchangeable })).toEqual([]);
    expect(compareResponses(one, other, { secret })).toHaveLength(1);
  });

  it('where a member depends on who asks, which must be there', () => {
    const [one, other] = [signed({ clientIp: '127.0.0.1', state: 1 }), signed({ clientIp: '8.8.8.8', state: 1 })];
    const unknowable = new Set(['clientIp']);
    expect(compareResponses(one, other, { secret, unknowable })).toEqual([]);
    expect(compareResponses(one, other, { secret })).toHaveLength(1);
    expect(compareResponses(one, signed({ state: 1 }), { secret, unknowable })).toHaveLength(1);
  });
});

describe('two answers differ', () => {
  it('where only one has a traceId', () => {
    const one = answer({ code: 9999, msg: '验签失败', traceId: 'a' });
    const other = answer({ code: 9999, msg: '验签失败' });
    expect(compareResponses(one, other, { secret })).toEqual([{ what: 'traceId', expected: 'there', actual: 'none' }]);
  });

  it('where data is no object in one', () => {
    expect(compareResponses(answer({ data: {} }), answer({ data: null }), { secret })).toEqual([
      { what: 'data', expected: 'an object', actual: 'null' },
    ]);
  });
});
