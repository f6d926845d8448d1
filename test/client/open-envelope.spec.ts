import { describe, expect, it } from '@jest/globals';
import { openEnvelope } from '../../lib/client/open-envelope.js';
import {
  Pass2PayApiError,
  Pass2PayConnectionError,
  Pass2PayError,
  Pass2PaySignatureError,
} from '../../lib/errors/pass2pay.errors.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { MERCHANT } from '../support/test-merchant.js';
import { thrownBy } from './support/failure-of.js';

const ORDER = { mchOrderNo: 'O1' };
const TRACE = '0123456789abcdef0123456789abcdef';
const QUERY_FIRST = 'may have processed the request: query the order before you repeat or replace it.';

interface Changes {
  status?: number;
  secrets?: readonly string[];
  request?: Record<string, string>;
  order?: { mchOrderNo?: string; readOnly?: boolean };
}

function open(
  response: object | string,
  { status = 200, secrets = [MERCHANT.secrets], request = {}, order = ORDER }: Changes = {},
) {
  const text = typeof response === 'string' ? response : JSON.stringify(response);
  return openEnvelope({ text, status }, secrets, { request, order });
}

const failure = (response: object | string, changes?: Changes) =>
  thrownBy(Pass2PayError, () => open(response, changes));

function signed(data: Record<string, string | number>, secret: string = MERCHANT.secrets) {
  return { code: 0, msg: 'SUCCESS', data, sign: sign(data, secret) };
}

describe('a response with a valid signature', () => {
  it('gives its data, and which secret signed it', () => {
    expect(open(signed({ a: '1' }))).toStrictEqual({ data: { a: '1' }, secretIndex: 0 });
    const secrets = ['another', MERCHANT.secrets];
    expect(open(signed({ a: '1' }), { secrets })).toStrictEqual({ data: { a: '1' }, secretIndex: 1 });
  });

  it('gives the request ID of the gateway', () => {
    expect(open({ ...signed({ a: '1' }), traceId: TRACE })).toHaveProperty('traceId', TRACE);
  });
});

describe('a text that is not a JSON object', () => {
  it.each([
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['<html></html>', 'is not a JSON object: HTML or XML'],
    [' \n<?xml?>', 'is not a JSON object: HTML or XML'],
    ['[]', 'is not a JSON object: 2 characters'],
    ['busy <now>', 'is not a JSON object: 10 characters'],
  ])('%p may mean that the order exists', (text, what) => {
    const error = failure(text, { status: 202 });
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_BAD_RESPONSE',
      message: `The gateway's response ${what} (HTTP status 202). It ${QUERY_FIRST}`,
      requestSent: true,
      mayHaveActed: true,
      retryable: true,
      httpStatus: 202,
      mchOrderNo: 'O1',
    });
  });

  it('is explained by its cause, without the payer’s data', () => {
    const { cause } = failure('{"name": Bob}', { request: { userName: 'Bob' } });
    expect(cause).toBeInstanceOf(SyntaxError);
    expect((cause as Error).message).not.toBe('');
    expect((cause as Error).message).not.toContain('Bob');
    expect(failure('[]').cause).toMatchObject({ message: 'not a JSON object' });
  });
});

describe('an object without a numeric code', () => {
  it('is unusable, and the order may exist', () => {
    const error = failure({ code: 'zero', traceId: TRACE }, { status: 201 });
    expect(error).toMatchObject({
      code: 'PASS2PAY_BAD_RESPONSE',
      message: `The gateway's response has no numeric code (HTTP status 201). It ${QUERY_FIRST}`,
      httpStatus: 201,
      mchOrderNo: 'O1',
      traceId: TRACE,
      mayHaveActed: true,
    });
  });
});

describe('a refusal', () => {
  it('has the gateway’s code and message, what to do, and the request ID', () => {
    const error = failure({ code: 9999, msg: '不支持的支付方式', traceId: TRACE });
    expect(error).toBeInstanceOf(Pass2PayApiError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_API',
      gatewayCode: 9999,
      gatewayMessage: '不支持的支付方式',
      explanation: 'The gateway does not know this payment method: check wayCode.',
      mchOrderNo: 'O1',
      traceId: TRACE,
    });
  });

  it('shows neither in its message nor in its request ID what the gateway repeats of the payer', () => {
    const request = { userName: 'Bob' };
    const error = failure({ code: 9999, msg: 'unknown Bob', traceId: 'for Bob' }, { request });
    expect(error).toMatchObject({ gatewayMessage: 'unknown ***', traceId: 'for ***' });
    expect(error.message).not.toContain('Bob');
  });

  it('has no request ID if the gateway sends none', () => {
    expect(failure({ code: 9999, msg: 'no' }).traceId).toBeUndefined();
  });
});

describe('a success without a valid signature', () => {
  it.each([
    [
      'data',
      { code: 0, traceId: TRACE },
      `The gateway reported success without data, which is not signed. It ${QUERY_FIRST}`,
    ],
    [
      'a signature',
      { code: 0, data: { a: '1' }, traceId: TRACE },
      `The gateway's response has no signature. It was discarded. The gateway ${QUERY_FIRST}`,
    ],
    [
      'a matching signature',
      { ...signed({ a: '1' }, 'another'), traceId: TRACE },
      `The gateway's response has an invalid signature; check that baseUrl is the gateway and that the secret is the app’s current one. It was discarded. The gateway ${QUERY_FIRST}`,
    ],
    [
      'a signature that can be verified',
      { code: 0, data: { list: { a: '1' } }, sign: 'x', traceId: TRACE },
      `The gateway's response has a signature that cannot be verified, because list is an object whose signed text is not known. It was discarded. The gateway ${QUERY_FIRST}`,
    ],
  ])('is discarded: without %s', (_what, response, message) => {
    const error = failure(response);
    expect(error).toBeInstanceOf(Pass2PaySignatureError);
    expect(error).toMatchObject({ message, mchOrderNo: 'O1', traceId: TRACE });
  });

  it('of a query asks for nothing but another query', () => {
    expect(failure({ code: 0 }, { order: { readOnly: true } }).message).toBe(
      'The gateway reported success without data, which is not signed. The query changes nothing and is safe to repeat.',
    );
  });
});
