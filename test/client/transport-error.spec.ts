import { describe, expect, it } from '@jest/globals';
import { abortedError, neverLeft, transportError } from '../../lib/client/transport-error.js';
import { Pass2PayConnectionError, Pass2PayTimeoutError } from '../../lib/errors/pass2pay.errors.js';

const ORDER = { mchOrderNo: 'O1', traceId: 't1' };
const QUERY_FIRST = 'may have processed the request: query the order before you repeat or replace it.';
const SAFE = 'The query changes nothing and is safe to repeat.';
const NOT_SENT = '; the request was not sent. Check baseUrl, the network and TLS, then retry.';

const failed = (members: object = {}, message = 'broken') => Object.assign(new Error(message), members);

describe('an error proves that its request never left', () => {
  it.each([
    ['if the transport says so', { requestSent: false, syscall: 'read' }],
    ['if the name could not be resolved', { syscall: 'getaddrinfo' }],
    ['if the connection was not made', { syscall: 'connect' }],
    ['if the TLS handshake failed', { code: 'CERT_HAS_EXPIRED' }],
    ['if no address could be connected to', { errors: [{ syscall: 'connect' }, { syscall: 'connect' }] }],
    ['if its cause does', { cause: { cause: { syscall: 'connect' } } }],
    ['if its cause does, and it lists no addresses', { errors: [], cause: { syscall: 'connect' } }],
    ['whatever else is in its members', { requestSent: 'yes', errors: 'none', cause: { syscall: 'connect' } }],
  ])('%s', (_when, error) => {
    expect(neverLeft(error)).toBe(true);
    expect(neverLeft(failed(error))).toBe(true);
  });

  it.each([
    ['if the transport says the contrary', { requestSent: true, syscall: 'connect', code: 'CERT_HAS_EXPIRED' }],
    ['if it failed while reading', { syscall: 'read', code: 'CERT_HAS_EXPIRED', cause: { syscall: 'connect' } }],
    ['if it failed while writing', { syscall: 'write' }],
    ['if the connection was reset', { code: 'ECONNRESET' }],
    ['if one address could be connected to', { errors: [{ syscall: 'connect' }, { syscall: 'read' }] }],
    ['if no address was tried', { errors: [] }],
    ['if its cause proves nothing', { cause: { syscall: 'read' } }],
    ['without any member', {}],
  ])('not %s', (_when, error) => {
    expect(neverLeft(error)).toBe(false);
  });

  it.each([undefined, null, 'connect', 5])('not if it is %p', (thrown) => {
    expect(neverLeft(thrown)).toBe(false);
  });
});

describe('a failed request', () => {
  it('that never left is safe to retry', () => {
    const error = transportError(failed({ code: 'ECONNREFUSED', syscall: 'connect' }), false, ORDER);
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_CONNECTION',
      message: `The gateway could not be reached (ECONNREFUSED)${NOT_SENT}`,
      requestSent: false,
      mayHaveActed: false,
      retryable: true,
      ...ORDER,
    });
  });

  it('that may have left may have created the order', () => {
    const error = transportError(failed({ code: 'ECONNRESET' }), false, ORDER);
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_CONNECTION',
      message: `The connection to the gateway was lost (ECONNRESET). The gateway ${QUERY_FIRST}`,
      requestSent: true,
      mayHaveActed: true,
      ...ORDER,
    });
  });

  it('that never left may follow one that did', () => {
    const error = transportError(failed({ requestSent: false }), true, ORDER);
    expect(error).toMatchObject({
      message: `The connection to the gateway was lost. The gateway ${QUERY_FIRST}`,
      requestSent: true,
      mayHaveActed: true,
    });
  });

  it('of a query is safe to repeat', () => {
    expect(transportError(failed(), false, { readOnly: true })).toMatchObject({
      message: `The connection to the gateway was lost. ${SAFE}`,
      requestSent: true,
      mayHaveActed: false,
    });
  });

  it('that timed out names the timeout', () => {
    const error = transportError(failed({ requestSent: true, timeoutMs: 50, code: 'ECONNABORTED' }), false, ORDER);
    expect(error).toBeInstanceOf(Pass2PayTimeoutError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_TIMEOUT',
      timeoutMs: 50,
      message: `The gateway did not respond within 50 ms. It ${QUERY_FIRST}`,
      cause: { message: 'broken', code: 'ECONNABORTED' },
      ...ORDER,
    });
  });

  it('that timed out before it left is not a timeout of the gateway', () => {
    const timedOut = failed({ requestSent: false, timeoutMs: 50 });
    expect(transportError(timedOut, false, ORDER)).toMatchObject({ code: 'PASS2PAY_CONNECTION', requestSent: false });
    expect(transportError(timedOut, true, ORDER)).toMatchObject({ code: 'PASS2PAY_TIMEOUT', timeoutMs: 50 });
  });

  it('keeps only the message and the code of its cause, because the rest holds the request', () => {
    const { cause } = transportError(failed({ code: 'ECONNRESET', config: { data: 'payer' } }), false, ORDER);
    expect(cause).toBeInstanceOf(Error);
    expect({ ...(cause as object) }).toStrictEqual({ code: 'ECONNRESET' });
    expect(cause).toHaveProperty('message', 'broken');
  });

  it('shows no code that is not text', () => {
    const error = transportError(failed({ code: 5 }), false, ORDER);
    expect(error.message).toContain('was lost. The gateway');
    expect({ ...(error.cause as object) }).toStrictEqual({});
  });

  it.each([
    ['x', 'string'],
    [undefined, 'undefined'],
    [null, 'object'],
  ])('may fail with %p, which an interceptor threw', (thrown, type) => {
    expect(transportError(thrown, false, ORDER)).toMatchObject({
      code: 'PASS2PAY_CONNECTION',
      requestSent: true,
      cause: { message: `an interceptor threw a ${type}` },
    });
  });
});

describe('a call that its signal aborted', () => {
  it.each([
    ['after its request was sent', true, ORDER, `The gateway ${QUERY_FIRST}`],
    ['before its request was sent', false, ORDER, 'The request was not sent.'],
    ['while it queried', true, { readOnly: true }, SAFE],
  ])('%s', (_when, requestSent, about, remedy) => {
    const reason = new Error('the shop closed');
    const error = abortedError(AbortSignal.abort(reason), requestSent, about);
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_ABORTED',
      message: `The call was aborted by its signal. ${remedy}`,
      requestSent,
      retryable: false,
      ...('mchOrderNo' in about && ORDER),
    });
    expect(error.cause).toBe(reason);
  });
});
