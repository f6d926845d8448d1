import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import axios, { AxiosHeaders, type AxiosError, type GenericAbortSignal, type InternalAxiosRequestConfig } from 'axios';
import { errors } from 'undici';
import { gzipSync } from 'node:zlib';
import { Attempt } from '../../../lib/client/transport/attempt.js';
import { Exchange } from '../../../lib/client/transport/exchange.js';
import type { ResponseTimeouts, SendingFailure } from '../../../lib/client/transport/failure.js';
import { rejectionOf } from '../support/failure-of.js';
import { HeldController, HeldDispatcher, requestConfig } from './support/held-dispatcher.js';

const SHOWN = { method: 'POST', protocol: 'https:', host: 'gateway.test', path: '/api/pay' };

type Failure = AxiosError & SendingFailure;

let clock: FakeTimers.Clock;

beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  clock.uninstall();
});

function begin(changes: Partial<InternalAxiosRequestConfig> = {}, timeouts: ResponseTimeouts = {}) {
  const config = requestConfig(changes);
  const exchange = new Exchange(config, timeouts);
  const dispatcher = new HeldDispatcher();
  const response = exchange.run(dispatcher);
  const controller = new HeldController();
  const connection = controller.asUndici;
  const start = () => exchange.onRequestStart(connection);
  const respond = (status: number, parts: (string | Buffer)[] = [], headers: Record<string, string> = {}) => {
    exchange.onResponseStart(connection, status, headers);
    for (const part of parts) exchange.onResponseData(connection, Buffer.from(part));
    exchange.onResponseEnd();
  };
  return { config, exchange, dispatcher, response, controller, connection, start, respond };
}

/** A response with these parts. */
async function received(changes: Partial<InternalAxiosRequestConfig>, parts: (string | Buffer)[], encoding?: string) {
  const { response, start, respond } = begin(changes);
  start();
  respond(200, parts, encoding === undefined ? {} : { 'content-encoding': encoding });
  return response;
}

describe('the request', () => {
  const sent = (changes: Partial<InternalAxiosRequestConfig>, timeouts?: ResponseTimeouts) =>
    begin(changes, timeouts).dispatcher.requests[0]!;

  it('has the address, the method, the headers and the body of the configuration, and no timeout of undici', () => {
    const headers = new AxiosHeaders({ 'Content-Type': 'application/json', 'X-List': ['a', 'b'] });
    expect(sent({ url: 'https://gateway.test:8443/api/pay?a=1', headers, data: '{"a":1}' })).toStrictEqual({
      origin: 'https://gateway.test:8443',
      path: '/api/pay?a=1',
      method: 'POST',
      headers: expect.objectContaining({
        'Content-Type': 'application/json',
        'X-List': 'a, b',
        'User-Agent': `axios/${axios.VERSION}`,
      }),
      body: '{"a":1}',
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  });

  it('is a GET without a body if the configuration has neither', () => {
    expect(sent({ method: undefined, data: undefined })).toMatchObject({ method: 'GET', body: null });
  });

  it('has the response timeouts of the options', () => {
    const timeouts = { headersTimeoutMs: 20, bodyTimeoutMs: 30 };
    expect(sent({}, timeouts)).toMatchObject({ headersTimeout: 20, bodyTimeout: 30 });
  });

  it.each([
    ['a base URL', { baseURL: 'https://base.test/root', url: 'pay' }, 'https://base.test', '/root/pay'],
    ['parameters', { url: 'https://a.test/pay', params: { q: 1 } }, 'https://a.test', '/pay?q=1'],
  ])('goes to a URL with %s', (_what, changes, origin, path) => {
    expect(sent(changes)).toMatchObject({ origin, path });
  });

  it('cannot be made without a URL', () => {
    expect(() => new Exchange(requestConfig({ url: undefined }), {})).toThrow('Invalid URL');
  });

  it('keeps the application’s own User-Agent', () => {
    const headers = new AxiosHeaders({ 'User-Agent': 'shop' });
    expect(sent({ headers }).headers).toMatchObject({ 'User-Agent': 'shop' });
  });

  it('parses each URL once', () => {
    const { URL } = globalThis;
    const parse = jest.spyOn(globalThis, 'URL').mockImplementation((url) => new URL(url));
    for (let i = 0; i < 3; i++) sent({ url: 'https://parsed-once.test/pay' });
    const parsed = parse.mock.calls.length;
    parse.mockRestore();
    expect(parsed).toBe(1);
  });
});

describe('the limit of the request body', () => {
  it.each([
    ['text of exactly as many bytes', 'ää', 4],
    ['bytes of exactly as many', Buffer.from('abc'), 3],
    ['no body', undefined, 0],
    ['any body without a limit', 'ää', undefined],
    ['any body if the limit is -1', 'ää', -1],
  ])('allows %s', (_what, data, maxBodyLength) => {
    expect(begin({ data, maxBodyLength }).dispatcher.requests).toHaveLength(1);
  });

  it.each([
    ['text of one byte more', 'ää', 3],
    ['one byte if the limit is 0', 'a', 0],
  ])('refuses %s before anything is sent', async (_what, data, maxBodyLength) => {
    const { response, dispatcher, config } = begin({ data, maxBodyLength });
    const error = await rejectionOf<Failure>(response);
    expect(error).toMatchObject({
      message: 'Request body larger than maxBodyLength limit',
      code: 'ERR_BAD_REQUEST',
      requestSent: false,
    });
    expect(error.config).toBe(config);
    expect(dispatcher.requests).toHaveLength(0);
  });
});

describe('the response', () => {
  it('has what axios’s own adapter gives', async () => {
    const { response, exchange, connection, config, start } = begin();
    start();
    exchange.onResponseStart(connection, 103, { link: 'early' }, 'Early Hints');
    exchange.onResponseStart(connection, 201, { 'x-id': '7' }, 'Created');
    exchange.onResponseData(connection, Buffer.from('{"a":1}'));
    exchange.onResponseEnd();
    const { headers, ...rest } = await response;
    expect(rest).toStrictEqual({ data: '{"a":1}', status: 201, statusText: 'Created', config, request: SHOWN });
    expect(headers).toBeInstanceOf(AxiosHeaders);
    expect({ ...headers }).toStrictEqual({ 'x-id': '7' });
  });

  it('has an empty status text if there is none, as in HTTP/2', async () => {
    expect(await received({}, [])).toMatchObject({ status: 200, statusText: '', data: '' });
  });

  it('joins its parts, even inside a character', async () => {
    const [first, ...others] = Buffer.from('é1');
    expect(await received({}, [Buffer.from([first!]), Buffer.from(others)])).toMatchObject({ data: 'é1' });
  });

  it('drops a leading byte order mark only', async () => {
    expect((await received({}, ['\uFEFF{"a":1}'])).data).toBe('{"a":1}');
    expect((await received({}, ['{"a":1}\uFEFF'])).data).toBe('{"a":1}\uFEFF');
  });

  it('stays bytes if bytes are asked for, and one part is not copied', async () => {
    const { response, exchange, connection, start } = begin({ responseType: 'arraybuffer' });
    const part = Buffer.from('\uFEFFa');
    start();
    exchange.onResponseStart(connection, 200, {});
    exchange.onResponseData(connection, part);
    exchange.onResponseEnd();
    expect((await response).data).toBe(part);
  });

  it('ends the request: later events change nothing', async () => {
    const validateStatus = jest.fn(() => true);
    const { response, exchange, start, respond, controller } = begin({ validateStatus, timeout: 50 });
    start();
    respond(200, ['first']);
    respond(500, ['second']);
    exchange.onResponseError(undefined, new Error('late'));
    clock.tick(50);
    expect(await response).toMatchObject({ status: 200, data: 'first' });
    expect(validateStatus).toHaveBeenCalledTimes(1);
    expect(controller.aborts).toHaveLength(0);
    expect(clock.countTimers()).toBe(0);
  });
});

describe('an encoded response', () => {
  const encoded = gzipSync('{"a":1}');

  it('is decoded, and no longer says that it is encoded', async () => {
    const { data, headers } = await received({}, [encoded], 'gzip');
    expect(data).toBe('{"a":1}');
    expect(headers).not.toHaveProperty('content-encoding');
  });

  it('stays encoded if the configuration says so', async () => {
    const { data, headers } = await received({ decompress: false, responseType: 'arraybuffer' }, [encoded], 'gzip');
    expect(data).toStrictEqual(encoded);
    expect(headers).toHaveProperty('content-encoding', 'gzip');
  });

  it('is not decoded if it is empty or its encoding is unknown', async () => {
    expect((await received({}, [], 'gzip')).data).toBe('');
    expect(await received({}, ['text'], 'zstd')).toMatchObject({
      data: 'text',
      headers: { 'content-encoding': 'zstd' },
    });
  });

  it('fails if it cannot be decoded', async () => {
    const error = await rejectionOf<Failure>(received({}, ['no gzip'], 'gzip'));
    expect(error).toMatchObject({ message: 'incorrect header check', code: 'ERR_BAD_RESPONSE', requestSent: true });
    expect(error).toMatchObject({ request: SHOWN, config: { url: 'https://gateway.test/api/pay' } });
  });

  it('may be as long as the limit when decoded, and no longer', async () => {
    const bomb = gzipSync('x'.repeat(5_000));
    expect((await received({ maxContentLength: 5_000 }, [bomb], 'gzip')).data).toHaveLength(5_000);
    const error = await rejectionOf(received({ maxContentLength: 4_999 }, [bomb], 'gzip'));
    expect(error).toMatchObject({ name: 'RangeError', code: 'ERR_BAD_RESPONSE', requestSent: true });
  });
});

describe('the limit of the response', () => {
  it.each([
    ['exactly as many bytes', 4],
    ['any number without a limit', undefined],
    ['any number if the limit is -1', -1],
  ])('allows %s', async (_what, maxContentLength) => {
    expect((await received({ maxContentLength }, ['ab', 'cd'])).data).toBe('abcd');
  });

  it.each([
    ['one byte more, in all parts together', 3, ['ab', 'cd']],
    ['one byte if the limit is 0', 0, ['a']],
  ])('refuses %s, and ends the request', async (_what, maxContentLength, parts) => {
    const { response, start, respond, controller, config } = begin({ maxContentLength });
    start();
    respond(200, parts);
    const error = await rejectionOf<Failure>(response);
    expect(error).toMatchObject({
      message: `maxContentLength size of ${maxContentLength} exceeded`,
      code: 'ERR_BAD_RESPONSE',
      requestSent: true,
      request: SHOWN,
    });
    expect(error.config).toBe(config);
    expect(controller.aborts).toStrictEqual([error]);
  });
});

describe('the status', () => {
  it.each([
    ['the configuration accepts', (status: number) => status === 503],
    ['is not checked', null],
    ['has no check', undefined],
  ])('that %s is a success', async (_what, validateStatus) => {
    const { response, start, respond } = begin({ validateStatus });
    start();
    respond(503, ['busy']);
    expect(await response).toMatchObject({ status: 503, data: 'busy' });
  });

  it.each([
    [499, 'ERR_BAD_REQUEST'],
    [500, 'ERR_BAD_RESPONSE'],
  ])('%i that the configuration refuses is the error %s, with the response', async (status, code) => {
    const { response, start, respond, config } = begin({ validateStatus: (given) => given < 300 });
    start();
    respond(status, ['no']);
    const error = await rejectionOf<Failure>(response);
    expect(error).toMatchObject({
      message: `Request failed with status code ${status}`,
      code,
      requestSent: true,
      request: SHOWN,
      response: { status, data: 'no' },
    });
    expect(error.config).toBe(config);
    expect(clock.countTimers()).toBe(0);
  });

  it('that the application’s check throws at fails the request', async () => {
    const validateStatus = () => {
      throw new Error('the check failed');
    };
    const { response, start, respond } = begin({ validateStatus });
    start();
    respond(200);
    await expect(response).rejects.toMatchObject({ message: 'the check failed', requestSent: true });
  });
});

describe('a failure', () => {
  it('before undici starts to write proves that nothing was sent', async () => {
    const { response, exchange, config } = begin({ timeout: 50 });
    exchange.onResponseError(undefined, new errors.ConnectTimeoutError('too slow'));
    const error = await rejectionOf<Failure>(response);
    expect(error).toMatchObject({ message: 'too slow', code: 'ETIMEDOUT', requestSent: false, request: SHOWN });
    expect(error.config).toBe(config);
    expect(clock.countTimers()).toBe(0);
  });

  it('after that means that the request may have been sent', async () => {
    const { response, exchange, connection, start } = begin();
    start();
    exchange.onResponseError(connection, new errors.SocketError('other side closed'));
    await expect(response).rejects.toMatchObject({ code: 'ECONNRESET', requestSent: true });
  });

  it('names the timeout of undici that ended the request', async () => {
    const { response, exchange, connection, start } = begin({}, { headersTimeoutMs: 20 });
    start();
    exchange.onResponseError(connection, new errors.HeadersTimeoutError());
    await expect(response).rejects.toMatchObject({ timeoutMs: 20, requestSent: true });
  });
});

describe('the timeout', () => {
  it('ends a request that was not started, which then never starts', async () => {
    const { response, start, controller } = begin({ timeout: 50 });
    clock.tick(49);
    expect(clock.countTimers()).toBe(1);
    clock.tick(1);
    const error = await rejectionOf<Failure>(response);
    expect(error).toMatchObject({
      message: 'timeout of 50ms exceeded',
      code: 'ECONNABORTED',
      timeoutMs: 50,
      requestSent: false,
      request: SHOWN,
    });
    expect(controller.aborts).toHaveLength(0);
    start();
    expect(controller.aborts.map(({ message }) => message)).toStrictEqual([
      'The request was aborted before it was sent.',
    ]);
  });

  it('ends a request in flight, which may have been sent', async () => {
    const { response, start, controller } = begin({ timeout: 50 });
    start();
    clock.tick(50);
    const error = await rejectionOf<Failure>(response);
    expect(error).toMatchObject({ timeoutMs: 50, requestSent: true });
    expect(controller.aborts).toStrictEqual([error]);
  });

  it.each([0, undefined])('is off if it is %s', (timeout) => {
    begin({ timeout });
    expect(clock.countTimers()).toBe(0);
  });
});

describe('a request that undici starts twice', () => {
  it('is stopped the second time, because a create must not be sent twice', async () => {
    const { response, exchange, controller, start } = begin({ timeout: 50 });
    const second = new HeldController();
    start();
    expect(controller.aborts).toHaveLength(0);
    exchange.onRequestStart(second.asUndici);
    const message = 'The connection was lost, and the request may have been sent.';
    expect(second.aborts.map((reason) => reason.message)).toStrictEqual([message]);
    exchange.onResponseError(second.asUndici, second.aborts[0]!);
    await expect(response).rejects.toMatchObject({ message, requestSent: true });
  });
});

describe('a signal', () => {
  it.each([
    ['before it is written: nothing was sent', false],
    ['in flight: it may have been sent', true],
  ])('cancels the request %s', async (_what, isStarted) => {
    const stop = new AbortController();
    const { response, start, controller, config } = begin({ signal: stop.signal, timeout: 50 });
    if (isStarted) start();
    stop.abort();
    const error = await rejectionOf<Failure>(response);
    expect(error).toMatchObject({ message: 'canceled', code: 'ERR_CANCELED', requestSent: isStarted, request: SHOWN });
    expect(error.config).toBe(config);
    expect(axios.isCancel(error)).toBe(true);
    expect(controller.aborts).toStrictEqual(isStarted ? [error] : []);
    expect(clock.countTimers()).toBe(0);
  });

  it('is no longer listened to when the request is over', async () => {
    const { signal } = new AbortController();
    const [add, remove] = [jest.spyOn(signal, 'addEventListener'), jest.spyOn(signal, 'removeEventListener')];
    const { response, exchange, start, respond } = begin({ signal });
    start();
    respond(200);
    exchange.onResponseError(undefined, new Error('late'));
    await response;
    expect(add).toHaveBeenCalledTimes(1);
    expect(remove).toHaveBeenCalledTimes(1);
    expect(remove.mock.calls[0]).toStrictEqual(add.mock.calls[0]);
  });

  it('may have no events', async () => {
    const signal: GenericAbortSignal = { aborted: false };
    expect(await received({ signal }, ['a'])).toMatchObject({ data: 'a' });
  });
});

describe('the end of the attempt', () => {
  it('cancels its request, once', async () => {
    const attempt = new Attempt();
    const { response, start, controller } = begin(attempt.mark({}));
    start();
    attempt.end();
    attempt.end();
    await expect(response).rejects.toMatchObject({ code: 'ERR_CANCELED', requestSent: true });
    expect(controller.aborts).toHaveLength(1);
  });
});
