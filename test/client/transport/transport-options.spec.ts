import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import {
  isHttpUrl,
  resolveTransport,
  shownTransport,
  transportIssues,
  type TransportOptions,
} from '../../../lib/client/transport/transport-options.js';

const PEM = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----';

const messagesOf = (given: unknown) => transportIssues(given).map(({ message }) => message);

describe('the transport options', () => {
  it('have these defaults', () => {
    expect({ ...resolveTransport(undefined) }).toStrictEqual({
      adapter: 'undici',
      http2: true,
      connectTimeoutMs: 5_000,
      keepAliveMs: 4_000,
      maxResponseBytes: 1_000_000,
    });
  });

  it('keep what is set, and the default of what is undefined', () => {
    const given = { adapter: 'axios', http2: false, keepAliveMs: undefined } as const;
    expect(resolveTransport(given)).toMatchObject({ adapter: 'axios', http2: false, keepAliveMs: 4_000 });
  });

  it('cannot be changed afterwards, not even through the given TLS object', () => {
    const tls = { servername: 'a.test' };
    const options = resolveTransport({ tls });
    tls.servername = 'b.test';
    expect(options.tls).toStrictEqual({ servername: 'a.test' });
    expect(Object.isFrozen(options)).toBe(true);
    expect(Object.isFrozen(options.tls)).toBe(true);
  });

  it('have no issues without any member, or if they are no object, which the module reports itself', () => {
    expect(transportIssues({})).toStrictEqual([]);
    expect(transportIssues('undici')).toStrictEqual([]);
    expect(transportIssues(undefined)).toStrictEqual([]);
  });

  it.each<TransportOptions>([
    { adapter: 'undici', http2: false },
    { connectTimeoutMs: 1, headersTimeoutMs: 1, bodyTimeoutMs: 1, keepAliveMs: 0, maxResponseBytes: 1 },
    { connectTimeoutMs: 600_000, headersTimeoutMs: 600_000, bodyTimeoutMs: 600_000 },
    { keepAliveMs: 600_000, maxResponseBytes: 100_000_000 },
    { adapter: 'axios', maxResponseBytes: 5 },
  ])('may be %j', (given) => {
    expect(transportIssues(given)).toStrictEqual([]);
  });

  it.each([
    ['adapter', 'fetch', "must be 'undici' or 'axios'"],
    ['http2', 'true', 'must be true or false (a boolean, not a string)'],
    ['connectTimeoutMs', 0, 'must be a whole number of milliseconds, 1 to 600000'],
    ['connectTimeoutMs', 600_001, 'must be a whole number of milliseconds, 1 to 600000'],
    ['headersTimeoutMs', 0, 'must be a whole number of milliseconds, 1 to 600000'],
    ['headersTimeoutMs', 600_001, 'must be a whole number of milliseconds, 1 to 600000'],
    ['bodyTimeoutMs', 0, 'must be a whole number of milliseconds, 1 to 600000'],
    ['bodyTimeoutMs', 600_001, 'must be a whole number of milliseconds, 1 to 600000'],
    ['keepAliveMs', -1, 'must be a whole number of milliseconds, 0 to 600000'],
    ['keepAliveMs', 600_001, 'must be a whole number of milliseconds, 0 to 600000'],
    ['maxResponseBytes', 0, 'must be a whole number of bytes, 1 to 100000000'],
    ['maxResponseBytes', 100_000_001, 'must be a whole number of bytes, 1 to 100000000'],
    ['retries', 3, 'is unknown; check its spelling or leave it out'],
  ])('are refused with %s of %p, by name', (name, value, what) => {
    expect(transportIssues({ [name]: value })).toStrictEqual([
      { field: `transport.${name}`, message: `transport.${name} ${what}` },
    ]);
  });
});

describe('with axios’s own adapter', () => {
  it.each(
    Object.entries({
      http2: true,
      proxy: false,
      connectTimeoutMs: 5,
      headersTimeoutMs: 5,
      bodyTimeoutMs: 5,
      keepAliveMs: 5,
      tls: {},
    }),
  )('the option %s is refused, because it would be ignored', (name, value) => {
    expect(transportIssues({ adapter: 'axios', [name]: value })).toStrictEqual([
      {
        field: `transport.${name}`,
        message: `transport.${name} is not supported with axios's own adapter; leave it out, and configure GatewayClient.axios.defaults instead`,
      },
    ]);
    expect(transportIssues({ adapter: 'undici', [name]: value })).toStrictEqual([]);
    expect(transportIssues({ [name]: value })).toStrictEqual([]);
  });

  it('an option that is undefined is not set', () => {
    expect(transportIssues({ adapter: 'axios', http2: undefined })).toStrictEqual([]);
  });
});

describe('the proxy', () => {
  it.each([false, 'http://proxy.example:3128', 'https://me:secret@proxy.example'])('may be %p', (proxy) => {
    expect(transportIssues({ proxy })).toStrictEqual([]);
  });

  it.each([true, 3128, 'proxy.example:3128', 'socks5://proxy.example', new URL('http://proxy.example')])(
    'must not be %p',
    (proxy) => {
      expect(messagesOf({ proxy })).toStrictEqual([
        'transport.proxy must be the http or https URL of a proxy, e.g. http://proxy.example:3128, or false for none',
      ]);
    },
  );
});

it.each([
  ['http://a', true],
  ['HTTPS://a/b', true],
  ['ftp://a', false],
  ['xhttp://a', false],
  ['http://', false],
  ['http://a b', false],
  ['http://a\n', false],
  ['http://[', false],
])('%p as an http or https URL: %p', (text, isUrl) => {
  expect(isHttpUrl(text)).toBe(isUrl);
});

describe('the TLS settings', () => {
  it.each([
    {},
    { ca: PEM },
    { ca: Buffer.from(PEM) },
    { ca: [PEM, Buffer.from(PEM)] },
    { ca: [] },
    { cert: PEM, key: Buffer.from(PEM), passphrase: 'p', servername: 'gateway.test' },
    { ca: undefined, cert: undefined, key: undefined, passphrase: undefined, servername: undefined },
  ])('may be %p', (tls) => {
    expect(transportIssues({ tls })).toStrictEqual([]);
  });

  it.each([
    ['text', PEM, 'must be an object with the members ca, cert, key, passphrase, servername'],
    ['an array', [PEM], 'must be an object with the members ca, cert, key, passphrase, servername'],
    ['another member', { pfx: 'x' }, 'has the unknown member pfx; known are ca, cert, key, passphrase, servername'],
    ['a certificate without a key', { cert: PEM }, 'has only one of cert and key; set both or neither'],
    ['a key without a certificate', { key: PEM }, 'has only one of cert and key; set both or neither'],
    ['the path of a file', { ca: '/etc/ca.pem' }, 'must set ca to a PEM string or Buffer'],
    ['a wrong authority beside a right one', { ca: [PEM, 1] }, 'must set ca to a PEM string or Buffer'],
    ['DER', { cert: Buffer.from([48, 130]), key: PEM }, 'must set cert to a PEM string or Buffer'],
    ['a key as an array', { cert: PEM, key: [PEM] }, 'must set key to a PEM string or Buffer'],
    ['PEM’s beginning as an array', { ca: [['-----BEGIN ']] }, 'must set ca to a PEM string or Buffer'],
    ['an empty passphrase', { passphrase: '' }, 'must set passphrase to a string'],
    ['a server name that is a number', { servername: 5 }, 'must set servername to a string'],
  ])('are refused with %s', (_what, tls, message) => {
    expect(transportIssues({ tls })).toStrictEqual([{ field: 'transport.tls', message: `transport.tls ${message}` }]);
  });

  it('cannot switch off the check of the certificate', () => {
    expect(messagesOf({ tls: { rejectUnauthorized: false } })).toStrictEqual([
      'transport.tls must not contain rejectUnauthorized: the gateway’s certificate is always checked, because orders could be changed in transit otherwise; for a private authority, set its certificate as ca',
    ]);
  });
});

describe('printed options', () => {
  const options = resolveTransport({
    http2: false,
    proxy: 'http://me:p@ss@proxy.example:3128/x',
    tls: { cert: PEM, key: `${PEM}secret` },
  });
  const shown = {
    adapter: 'undici',
    http2: false,
    connectTimeoutMs: 5_000,
    keepAliveMs: 4_000,
    maxResponseBytes: 1_000_000,
    tls: ['cert', 'key'],
    proxy: 'http://***@proxy.example:3128/x',
  };

  it('have no key and no password, in JSON and on the console', () => {
    expect(JSON.parse(JSON.stringify(options))).toStrictEqual(shown);
    expect(inspect(options)).toBe(inspect(shown));
  });

  it('show that there is no proxy, and nothing that is not set', () => {
    expect(shownTransport({ proxy: false })).toStrictEqual({ proxy: false });
    expect(shownTransport({ proxy: 'http://proxy.example' })).toStrictEqual({ proxy: 'http://proxy.example' });
    expect(shownTransport({ http2: true })).toStrictEqual({ http2: true });
  });
});
