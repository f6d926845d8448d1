import { describe, expect, it } from '@jest/globals';
import { clientOptions, ClientOptions } from '../../lib/client/client.options.js';
import { readRoom } from '../../lib/validation/options-room.js';

const BASE_URL = 'https://api.example';
const KNOWN = 'known are cashierOrder, unifiedOrder, cryptoOrder, query, transferOrder, transferQuery';
const BREAKER =
  'circuitBreaker must be { failures, halfOpenAfterMs }: a whole number of failures, 1 to 1000, and of milliseconds, 1 to 600000';

const messagesOf = (given: object) =>
  readRoom(clientOptions, { baseUrl: BASE_URL, ...given }).issues.map(({ message }) => message);
const resolve = (given: Partial<ClientOptions> = {}) =>
  clientOptions.resolve(Object.assign(new ClientOptions(), { baseUrl: BASE_URL, ...given }));

describe('client options', () => {
  it.each<[string, object]>([
    ['the gateway’s URL alone', {}],
    [
      'the smallest values',
      {
        timeoutMs: 1,
        retries: 0,
        maxRetryDelayMs: 1,
        circuitBreaker: { failures: 1, halfOpenAfterMs: 1 },
        maxConcurrent: 1,
        maxQueued: 0,
        requestsPerMinute: { query: 1 },
        requestFormat: 'json',
        versions: {},
      },
    ],
    [
      'the largest values',
      {
        timeoutMs: 600_000,
        retries: 10,
        maxRetryDelayMs: 600_000,
        circuitBreaker: { failures: 1_000, halfOpenAfterMs: 600_000 },
        maxConcurrent: 10_000,
        maxQueued: 1_000_000,
        requestsPerMinute: { query: 1_000_000, cashierOrder: 60 },
        requestFormat: 'form',
        versions: { query: '1.0', cashierOrder: '10.20.30' },
      },
    ],
  ])('accept %s', (_what, given) => {
    expect(messagesOf(given)).toStrictEqual([]);
  });

  it.each<[object, string]>([
    [{ currency: 'yuan' }, 'currency is "yuan"; send a three-letter currency code, e.g. cny'],
    [{ timeoutMs: 0 }, 'timeoutMs must be a whole number of milliseconds, 1 to 600000'],
    [{ timeoutMs: 600_001 }, 'timeoutMs must be a whole number of milliseconds, 1 to 600000'],
    [{ retries: -1 }, 'retries must be a whole number, 0 to 10'],
    [{ retries: 11 }, 'retries must be a whole number, 0 to 10'],
    [{ maxRetryDelayMs: 0 }, 'maxRetryDelayMs must be a whole number of milliseconds, 1 to 600000'],
    [{ maxRetryDelayMs: 600_001 }, 'maxRetryDelayMs must be a whole number of milliseconds, 1 to 600000'],
    [{ maxConcurrent: 0 }, 'maxConcurrent must be a whole number, 1 to 10000'],
    [{ maxConcurrent: 10_001 }, 'maxConcurrent must be a whole number, 1 to 10000'],
    [{ maxQueued: -1 }, 'maxQueued must be a whole number, 0 to 1000000'],
    [{ maxQueued: 1_000_001 }, 'maxQueued must be a whole number, 0 to 1000000'],
    [{ requestFormat: 'xml' }, "requestFormat must be 'json' or 'form'"],
    [{ allowInsecureHttp: 'yes' }, 'allowInsecureHttp must be true or false (a boolean, not a string)'],
    [{ transport: 5 }, "transport must be an object, e.g. { proxy: 'http://proxy.example:3128' }"],
    [{ transport: { http2: 1 } }, 'transport.http2 must be true or false (a boolean, not a string)'],
    [{ circuitBreaker: null }, BREAKER],
    [{ circuitBreaker: [5, 10_000] }, BREAKER],
    [{ circuitBreaker: { failures: 0, halfOpenAfterMs: 1 } }, BREAKER],
    [{ circuitBreaker: { failures: 1_001, halfOpenAfterMs: 1 } }, BREAKER],
    [{ circuitBreaker: { failures: 1, halfOpenAfterMs: 0 } }, BREAKER],
    [{ circuitBreaker: { failures: 1, halfOpenAfterMs: 600_001 } }, BREAKER],
    [{ circuitBreaker: { failures: 1, halfOpenAfterMs: 1, halfOpenAfter: 1 } }, BREAKER],
    [{ requestsPerMinute: 60 }, 'requestsPerMinute must be an object, e.g. { cashierOrder: 60 }'],
    [{ requestsPerMinute: { query: 60, cashier: 60 } }, `requestsPerMinute has the unknown member cashier; ${KNOWN}`],
    [{ requestsPerMinute: { toString: 60 } }, `requestsPerMinute has the unknown member toString; ${KNOWN}`],
    [{ requestsPerMinute: { query: 0 } }, 'requestsPerMinute must set query to a whole number from 1 to 1000000'],
    [
      { requestsPerMinute: { query: 1, cashierOrder: 1_000_001 } },
      'requestsPerMinute must set cashierOrder to a whole number from 1 to 1000000',
    ],
    [{ versions: '1.1' }, "versions must be an object, e.g. { cashierOrder: '1.1' }"],
    [{ versions: { query: '1.0', cashier: '1.1' } }, `versions has the unknown member cashier; ${KNOWN}`],
    [{ versions: { toString: '1.1' } }, `versions has the unknown member toString; ${KNOWN}`],
    ...[1.1, '1', '1.', 'v1.1', '1.1b', '1.0.0.0'].map((version): [object, string] => [
      { versions: { query: version } },
      "versions must set query to a string such as '1.1'",
    ]),
  ])('refuse %j', (given, message) => {
    expect(messagesOf(given)).toStrictEqual([message]);
  });

  it('have defaults that suit one process with one merchant', () => {
    expect(resolve()).toMatchObject({
      currency: 'cny',
      timeoutMs: 10_000,
      retries: 2,
      maxRetryDelayMs: 5_000,
      circuitBreaker: { failures: 5, halfOpenAfterMs: 10_000 },
      maxConcurrent: 64,
      maxQueued: 1_000,
      requestFormat: 'json',
      allowInsecureHttp: false,
      transport: { adapter: 'undici', connectTimeoutMs: 5_000 },
    });
    expect(resolve().requestsPerMinute).toStrictEqual({});
    expect(resolve().versions).toStrictEqual({});
  });

  it('convert the currency to lower case', () => {
    expect(resolve({ currency: 'USD' }).currency).toBe('usd');
  });

  it('do not change after they are resolved', () => {
    const given = {
      versions: { query: '1.2' },
      requestsPerMinute: { query: 60 },
      circuitBreaker: { failures: 1, halfOpenAfterMs: 2 },
      transport: { http2: false },
    };
    const resolved = resolve(given);
    Object.assign(given.versions, { query: '9.9' });
    Object.assign(given.requestsPerMinute, { query: 9 });
    Object.assign(given.circuitBreaker, { failures: 9 });
    Object.assign(given.transport, { http2: true });
    expect(resolved).toMatchObject({
      versions: { query: '1.2' },
      requestsPerMinute: { query: 60 },
      circuitBreaker: { failures: 1, halfOpenAfterMs: 2 },
      transport: { http2: false },
    });
    const { versions, requestsPerMinute, circuitBreaker, transport } = resolved;
    expect([versions, requestsPerMinute, circuitBreaker, transport].map(Object.isFrozen)).toEqual(Array(4).fill(true));
  });
});

describe('baseUrl', () => {
  it.each([
    'https://api.example/gateway/',
    'HTTPS://API.EXAMPLE',
    'http://localhost:8080',
    'http://127.0.0.1:8080',
    'http://127.18.9.10',
    'http://[::1]:8080',
  ])('may be %s', (baseUrl) => {
    expect(messagesOf({ baseUrl })).toStrictEqual([]);
  });

  it('is required', () => {
    expect(messagesOf({ baseUrl: undefined })).toStrictEqual([
      'baseUrl is required: the gateway’s URL, e.g. https://api.example',
    ]);
  });

  it.each([
    5,
    new URL('https://api.example'),
    'api.example',
    'ftp://api.example',
    'https://',
    'https://api.example:99999',
    ' https://api.example',
    'https://api.example ',
    'http://shop example',
  ])('must be an absolute URL, not %p', (baseUrl) => {
    expect(messagesOf({ baseUrl })).toStrictEqual([
      'baseUrl must be an absolute http or https URL without white space, e.g. https://api.example',
    ]);
  });

  it.each([
    'https://api.example?a=b',
    'https://api.example/#a',
    'https://user@api.example',
    'https://:password@api.example',
    'http://user@api.example',
  ])('must not carry more than a path: %s', (baseUrl) => {
    expect(messagesOf({ baseUrl })).toStrictEqual(['baseUrl must not have a query string, a fragment or a user name']);
  });

  it.each([
    'http://api.example',
    'HTTP://api.example',
    'http://10.0.0.1',
    'http://notlocalhost',
    'http://localhost.evil.example',
  ])('must not expose orders on plain http, as %s would, unless that is allowed', (baseUrl) => {
    expect(readRoom(clientOptions, { baseUrl }).issues).toStrictEqual([
      {
        field: 'baseUrl',
        message:
          'baseUrl is plain http to another host, so orders could be read and changed in transit; use https, or set allowInsecureHttp',
      },
    ]);
    expect(messagesOf({ baseUrl, allowInsecureHttp: true })).toStrictEqual([]);
  });
});
