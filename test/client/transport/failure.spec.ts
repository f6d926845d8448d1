import { describe, expect, it } from '@jest/globals';
import { AxiosError, type TransitionalOptions } from 'axios';
import { errors } from 'undici';
import { failureOf, timeoutError, withSent, type ResponseTimeouts } from '../../../lib/client/transport/failure.js';
import { requestConfig } from './support/held-dispatcher.js';

const REQUEST = { method: 'POST' };
const CLEAR = { clarifyTimeoutError: true } as TransitionalOptions;

const config = requestConfig();
const failure = (error: Error, timeouts: ResponseTimeouts = {}) =>
  failureOf(error, timeouts, { config, request: REQUEST });

describe('a request', () => {
  const failed = (code?: string) => new AxiosError('broken', code);

  it('that was started may have been sent', () => {
    expect(withSent(failed('ECONNRESET'), true).requestSent).toBe(true);
    expect(withSent(failed(), true).requestSent).toBe(true);
  });

  it('that was not started was not sent', () => {
    expect(withSent(failed('ECONNRESET'), false).requestSent).toBe(false);
  });

  it('whose TLS handshake failed was not sent, even if undici had started to write it', () => {
    expect(withSent(failed('CERT_HAS_EXPIRED'), true).requestSent).toBe(false);
  });

  it('keeps its error', () => {
    const error = failed();
    expect(withSent(error, true)).toBe(error);
  });
});

describe('an error of undici', () => {
  it.each([
    ['the connection timeout', new errors.ConnectTimeoutError('too slow'), 'ETIMEDOUT'],
    ['a lost connection', new errors.SocketError('other side closed'), 'ECONNRESET'],
    ['the network’s own error', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['an error without a code', new Error('broken'), undefined],
  ])('becomes one of axios: %s', (_what, error, code) => {
    const converted = failure(error);
    expect(converted).toBeInstanceOf(AxiosError);
    expect(converted.message).toBe(error.message);
    expect(converted.code).toBe(code);
    expect(converted.config).toBe(config);
    expect(converted.request).toBe(REQUEST);
    expect(converted).not.toHaveProperty('timeoutMs');
  });

  it.each([
    ['no response', new errors.HeadersTimeoutError(), 20],
    ['no further part of the response', new errors.BodyTimeoutError(), 30],
  ])('names the timeout of the options after which there was %s', (_what, error, timeoutMs) => {
    const converted = failure(error, { headersTimeoutMs: 20, bodyTimeoutMs: 30 });
    expect(converted).toBeInstanceOf(AxiosError);
    expect(converted).toMatchObject({ message: error.message, code: 'ECONNABORTED', timeoutMs });
    expect(converted.config).toBe(config);
    expect(converted.request).toBe(REQUEST);
  });

  it('has the code that the application prefers for timeouts', () => {
    const clear = requestConfig({ transitional: CLEAR });
    const timeouts = { headersTimeoutMs: 20 };
    const converted = failureOf(new errors.HeadersTimeoutError(), timeouts, { config: clear, request: REQUEST });
    expect(converted).toMatchObject({ code: 'ETIMEDOUT', timeoutMs: 20 });
  });

  it.each([
    ['headers', new errors.HeadersTimeoutError(), { bodyTimeoutMs: 30 }, 'UND_ERR_HEADERS_TIMEOUT'],
    ['body', new errors.BodyTimeoutError(), { headersTimeoutMs: 20 }, 'UND_ERR_BODY_TIMEOUT'],
  ])('keeps its code if the options set no timeout of the %s', (_what, error, timeouts, code) => {
    expect(failure(error, timeouts).code).toBe(code);
    expect(failure(error, timeouts)).not.toHaveProperty('timeoutMs');
  });
});

describe('the timeout of a whole request', () => {
  it.each([
    ['says how long it was', {}, 'timeout of 50ms exceeded', 'ECONNABORTED'],
    ['has the application’s own message', { timeoutErrorMessage: 'too slow' }, 'too slow', 'ECONNABORTED'],
    ['has the code that the application prefers', { transitional: CLEAR }, 'timeout of 50ms exceeded', 'ETIMEDOUT'],
    ['has the usual code otherwise', { transitional: {} }, 'timeout of 50ms exceeded', 'ECONNABORTED'],
  ])('%s', (_what, changes, message, code) => {
    const own = requestConfig(changes);
    const error = timeoutError(50, own, REQUEST);
    expect(error).toBeInstanceOf(AxiosError);
    expect(error).toMatchObject({ message, code, timeoutMs: 50 });
    expect(error.config).toBe(own);
    expect(error.request).toBe(REQUEST);
  });
});
