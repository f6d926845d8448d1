import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Pass2PayConfigError, type ValidationIssue } from '../lib/errors/pass2pay.errors.js';
import { resolveOptions, type Pass2PayOptions } from '../lib/pass2pay.options.js';

const SECRET = 'TESTKEY0123456789abcdefABCDEF';
const merchant = { mchNo: 'M1621873433953', appId: '60cc09bce4b0f1c0b83761c9', secrets: SECRET };
const PEM = '-----BEGIN CERTIFICATE-----';
const minimal = { baseUrl: 'https://api.example', merchants: [merchant] };

const resolve = (given: unknown, instance?: string) => resolveOptions(given as Pass2PayOptions, instance);

function errorOf(given: unknown, instance?: string): Pass2PayConfigError | undefined {
  try {
    resolve(given, instance);
    return undefined;
  } catch (error) {
    if (error instanceof Pass2PayConfigError) return error;
    throw error;
  }
}
/** With another member of its own, whatever that is named. */
function withOwn(object: object, member: object): object {
  return Object.fromEntries([...Object.entries(object), ...Object.entries(member)]);
}

const issuesOf = (given: unknown): readonly ValidationIssue[] => errorOf(given)?.issues ?? [];

describe('the options', () => {
  it('have the documented defaults', () => {
    expect(resolve(minimal)).toEqual({
      ...minimal,
      currency: 'cny',
      timeoutMs: 10_000,
      requestFormat: 'json',
      versions: {},
      retries: 2,
      maxRetryDelayMs: 5000,
      circuitBreaker: { failures: 5, halfOpenAfterMs: 10_000 },
      merchantCache: { max: 1_000, ttlMs: 60_000 },
      outcomes: { leaseMs: 30_000, busyWaitMs: 15_000 },
      reconcile: {
        enabled: true,
        afterMs: 540_000,
        everyMs: 60_000,
        maxDelayMs: 3_600_000,
        perMinute: 30,
        batchSize: 500,
        recheckPaidDays: 0,
      },
      maxConcurrent: 64,
      maxQueued: 1000,
      requestsPerMinute: {},
      transferExtParamName: 'extParam',
      transport: {
        adapter: 'undici',
        http2: true,
        connectTimeoutMs: 5_000,
        keepAliveMs: 4_000,
        maxResponseBytes: 1_000_000,
      },
      confirmNotify: 'suspicious',
      adoptUnknownOrders: false,
      limitTimedOutOrders: false,
      keepDays: 30,
      databaseLimits: {
        maxConcurrent: 5,
        connectionTimeoutMs: 3_000,
        lockTimeoutMs: 3_000,
        handlerTimeoutMs: 8_000,
        maxAttempts: 12,
        sweepEveryMs: 10_000,
      },
      databaseTables: {},
      allowReservedFields: false,
      allowInsecureHttp: false,
    });
  });

  it('keep what is given', () => {
    const given = {
      ...minimal,
      notifyUrl: 'https://shop.example/pay/notify',
      returnUrl: 'https://shop.example/thanks?lang=zh',
      currency: 'hkd',
      timeoutMs: 600_000,
      requestFormat: 'form',
      versions: { cashierOrder: '1.0.0', query: '1.1' },
      transferNotifyUrl: 'https://shop.example/pay/transfer-notify',
      retries: 0,
      maxRetryDelayMs: 1,
      merchantCache: { max: 7, ttlMs: 5 },
      outcomes: { leaseMs: 1000, busyWaitMs: 0 },
      reconcile: {
        enabled: false,
        afterMs: 0,
        everyMs: 10,
        maxDelayMs: 10,
        perMinute: 1,
        batchSize: 1,
        recheckPaidDays: 0,
      },
      merchantResolver: { findMerchant: async () => null },
      circuitBreaker: { failures: 1, halfOpenAfterMs: 600_000 },
      maxConcurrent: 1,
      maxQueued: 0,
      requestsPerMinute: { cashierOrder: 60 },
      transferExtParamName: 'extraParam',
      transport: {
        adapter: 'undici',
        http2: false,
        proxy: 'http://u:p@proxy.example:3128',
        connectTimeoutMs: 1,
        headersTimeoutMs: 2,
        bodyTimeoutMs: 3,
        keepAliveMs: 0,
        maxResponseBytes: 1,
        tls: { ca: PEM, cert: PEM, key: Buffer.from(PEM), passphrase: 'x', servername: 'gateway.example' },
      },
      confirmNotify: 'always',
      allowedNotifyAddresses: ['203.0.113.0/24', '2001:db8::7'],
      database: { dialect: 'sqlite', begin: async () => ({}), execute: async () => ({}) },
      databaseLimits: {
        maxConcurrent: 7,
        connectionTimeoutMs: 1,
        lockTimeoutMs: 2,
        handlerTimeoutMs: 3,
        maxAttempts: 4,
        sweepEveryMs: 10,
      },
      databaseTables: { schema: 'pay', prefix: 'p_' },
      adoptUnknownOrders: true,
      limitTimedOutOrders: true,
      keepDays: 2,
      allowReservedFields: true,
      allowInsecureHttp: true,
    };
    expect(resolve(given)).toEqual(given);
  });

  it('take an undefined member of a group as not given', () => {
    const resolved = resolve({
      ...minimal,
      reconcile: { everyMs: undefined },
      outcomes: { leaseMs: undefined },
    });
    expect(resolved.reconcile.everyMs).toBe(60_000);
    expect(resolved.outcomes.leaseMs).toBe(30_000);
  });

  it('take undefined as not given', () => {
    const unset = { notifyUrl: undefined, returnUrl: undefined, currency: undefined, timeoutMs: undefined };
    expect(resolve({ ...minimal, ...unset, versions: undefined, confirmNotify: undefined })).toEqual(resolve(minimal));
  });

  it('have the currency in lower case, as an order has it', () => {
    expect(resolve({ ...minimal, currency: 'CNY' }).currency).toBe('cny');
  });

  it('are frozen through and through, and apart from what was given', () => {
    const secrets = [SECRET, `${SECRET}2`];
    const given = { ...minimal, merchants: [{ ...merchant, secrets }], versions: { query: '1.1' } };
    const options = resolve(given);
    secrets.length = 0;
    given.merchants[0]!.mchNo = 'M2';
    given.merchants.length = 0;
    given.versions.query = '9.9';
    expect(options.merchants).toEqual([{ ...merchant, secrets: [SECRET, `${SECRET}2`] }]);
    expect(options.versions).toEqual({ query: '1.1' });
    for (const part of [options, options.merchants, options.merchants[0], options.merchants[0]!.secrets]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    for (const part of [options.versions, options.requestsPerMinute, options.circuitBreaker]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('are not changed by being checked', () => {
    const given = Object.freeze({ ...minimal, merchants: Object.freeze([Object.freeze({ ...merchant })]) });
    expect(() => resolve(given)).not.toThrow();
  });

  it.each(['__proto__', 'constructor', 'toJSON'])('take no value of a member named %s', (name) => {
    const given: unknown = JSON.parse(`{"${name}":{"baseUrl":"http://evil.example","currency":"usd"}}`);
    const fields = issuesOf(given).map(({ field }) => field);
    // Of the member's own values none counts: both are still missing.
    expect(fields).toEqual(['merchants', 'baseUrl', name]);
  });

  it('can be resolved again', () => {
    expect(resolve(resolve(minimal))).toEqual(resolve(minimal));
  });
});

describe('baseUrl', () => {
  it.each([
    'https://api.example',
    'https://api.example/',
    'https://api.example/gateway/',
    'https://api.example:8443',
    'HTTPS://API.EXAMPLE',
    'http://localhost:8080',
    'http://127.0.0.1:8080',
    'http://127.8.9.10',
    'http://[::1]:8080',
  ])('can be %s', (baseUrl) => {
    expect(resolve({ ...minimal, baseUrl }).baseUrl).toBe(baseUrl);
  });

  it.each([
    'http://api.example',
    'http://10.0.0.1',
    'http://192.168.1.1',
    'http://0.0.0.0',
    'http://[::]',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://notlocalhost',
    'HTTP://api.example',
  ])('is refused where it is %s, unless allowInsecureHttp is set', (baseUrl) => {
    expect(issuesOf({ ...minimal, baseUrl })).toEqual([
      {
        field: 'baseUrl',
        message: expect.stringMatching(/^baseUrl is plain http .*; use https, or set allowInsecureHttp$/),
      },
    ]);
    expect(resolve({ ...minimal, baseUrl, allowInsecureHttp: true }).baseUrl).toBe(baseUrl);
  });

  it.each([
    [undefined, /is required: .*e\.g\. https:/],
    [null, /must be an absolute http or https URL/],
    ['', /must be an absolute http or https URL/],
    [5, /must be an absolute/],
    [new URL('https://api.example'), /must be an absolute/],
    ['api.example', /must be an absolute/],
    ['/api', /must be an absolute/],
    ['//api.example', /must be an absolute/],
    ['https:api.example', /must be an absolute/],
    ['https://', /must be an absolute/],
    ['ftp://api.example', /must be an absolute/],
    ['file:///etc/passwd', /must be an absolute/],
    ['https://api.example ', /without white space/],
    ['https://api.example\n', /without white space/],
    [' https://api.example', /without white space/],
    ['https://api.example?a=b', /not have a query string, a fragment/],
    ['https://api.example?', /not have a query string, a fragment/],
    ['https://api.example#a', /not have a query string, a fragment/],
    ['https://api.example/#', /not have a query string, a fragment/],
    ['https://user@api.example', /or a user name/],
    ['https://user:password@api.example', /or a user name/],
    ['https://:password@api.example', /or a user name/],
  ])('cannot be %p', (baseUrl, words) => {
    const issues = issuesOf({ ...minimal, baseUrl });
    expect(issues).toEqual([{ field: 'baseUrl', message: expect.stringMatching(words) }]);
    expect(issues[0]!.message).not.toContain('password');
  });
});

describe('each other option says what is wrong and what to write', () => {
  it.each<[string, unknown, RegExp]>([
    ['notifyUrl', 'https://shop.example/n?t=1', /contains "\?".*put .* into the path/],
    ['notifyUrl', 'https://shop.example/n#t', /contains "#"/],
    ['notifyUrl', 'shop.example/n', /begins with http/],
    ['notifyUrl', '', /is ""; send a URL that begins with http/],
    ['notifyUrl', null, /is null; send a URL/],
    ['notifyUrl', 'https://shop.example/'.padEnd(129, 'n'), /has 129 characters; send up to 128/],
    ['returnUrl', 'HTTPS://shop.example', /in lower case/],
    ['returnUrl', 5, /is a number; send a URL/],
    ['returnUrl', 'https://shop.example/'.padEnd(129, 'n'), /has 129 characters; send up to 128/],
    ['currency', 'yuan', /is "yuan"; send a three-letter currency code/],
    ['currency', '', /is ""; send a three-letter/],
    ['currency', null, /is null; send a three-letter/],
    ['timeoutMs', '10000', /whole number of milliseconds, 1 to 600000 \(a number, not a string\)/],
    ['transferNotifyUrl', 'https://shop.example/n?t=1', /contains "\?".*put .* into the path/],
    ['retries', -1, /must be a whole number, 0 to 10/],
    ['retries', 11, /must be a whole number, 0 to 10/],
    ['retries', '2', /0 to 10 \(a number, not a string\)/],
    ['maxRetryDelayMs', 0, /whole number of milliseconds, 1 to 600000/],
    ['maxConcurrent', 0, /must be a whole number, 1 to 10000/],
    ['maxConcurrent', Number.POSITIVE_INFINITY, /must be a whole number, 1 to 10000/],
    ['maxQueued', -1, /must be a whole number, 0 to 1000000/],
    ['circuitBreaker', false, /must be \{ failures, halfOpenAfterMs \}/],
    ['circuitBreaker', {}, /must be \{ failures, halfOpenAfterMs \}/],
    ['circuitBreaker', { failures: 0, halfOpenAfterMs: 1 }, /a whole number of failures, 1 to 1000/],
    ['circuitBreaker', { failures: 5, halfOpenAfterMs: 1, foo: 1 }, /must be \{ failures, halfOpenAfterMs \}/],
    ['requestsPerMinute', 60, /must be an object, e\.g\. \{ cashierOrder: 60 \}/],
    ['requestsPerMinute', { cashier: 60 }, /has the unknown member cashier; known are cashierOrder/],
    ['requestsPerMinute', { toString: 60 }, /has the unknown member toString; known are cashierOrder/],
    ['requestsPerMinute', { query: '60' }, /must set query to a whole number from 1 to 1000000/],
    ['requestsPerMinute', { query: 0 }, /must set query to a whole number from 1 to 1000000/],
    ['transferExtParamName', 'ext', /must be 'extParam' or 'extraParam'/],
    ['timeoutMs', 0, /1 to 600000/],
    ['timeoutMs', -1, /1 to 600000/],
    ['timeoutMs', 1.5, /whole number/],
    ['timeoutMs', 600_001, /1 to 600000/],
    ['timeoutMs', Number.NaN, /whole number/],
    ['timeoutMs', Number.POSITIVE_INFINITY, /whole number/],
    ['timeoutMs', null, /whole number/],
    ['requestFormat', 'xml', /must be 'json' or 'form'/],
    ['requestFormat', 'JSON', /must be 'json' or 'form'/],
    ['requestFormat', null, /must be 'json' or 'form'/],
    ['allowedNotifyAddresses', [], /at least one IP address or CIDR block/],
    ['allowedNotifyAddresses', '203.0.113.0/24', /must be a list/],
    ['allowedNotifyAddresses', ['203.0.113.0/24', '203.0.113.0/33'], /has "203.0.113.0\/33" as element 2; use an IP/],
    ['allowedNotifyAddresses', ['gateway.example'], /has "gateway.example" as element 1; use an IP address/],
    ['allowedNotifyAddresses', [7], /a value that is not a string as element 1/],
    ['confirmNotify', 'never', /must be 'suspicious' or 'always'/],
    ['confirmNotify', true, /must be 'suspicious' or 'always'/],
    ['confirmNotify', false, /must be 'suspicious' or 'always'/],
    ...['allowReservedFields', 'allowInsecureHttp'].flatMap((flag) =>
      ['true', 'false', '', 1, 0, null].map((value): [string, unknown, RegExp] => [
        flag,
        value,
        /must be true or false \(a boolean, not a string\)/,
      ]),
    ),
    ['versions', '1.1', /must be an object, e\.g\. \{ cashierOrder: '1\.1' \}/],
    ['versions', null, /must be an object/],
    ['versions', ['1.1'], /must be an object/],
    ['versions', { cashier: '1.1' }, /has the unknown member cashier; known are cashierOrder, .*query/],
    ['versions', { toString: '1.1' }, /has the unknown member toString; known are cashierOrder/],
    ['versions', { constructor: '1.1' }, /has the unknown member constructor; known are/],
    ['versions', { query: 1.1 }, /must set query to a string such as '1\.1'/],
    ['versions', { query: '1' }, /must set query to a string/],
    ['versions', { query: '' }, /must set query to a string/],
    ['versions', { query: 'v1.1' }, /must set query to a string/],
    ['merchants', undefined, /is required: an array of \{ mchNo, appId, secrets \}/],
    ['merchants', null, /must be an array of \{ mchNo, appId, secrets \}/],
    ['merchants', merchant, /must be an array of/],
    ['merchants', 'M1', /must be an array of/],
    ['merchants', [], /is empty; pass at least one \{ mchNo, appId, secrets \}/],
    ['merchants', [merchant, null], /element 1 must be an object/],
    ['merchants', ['M1'], /element 0 must be an object/],
    ['merchants', [[merchant]], /element 0 must be an object/],
  ])('%s: %j', (field, value, words) => {
    expect(issuesOf({ ...minimal, [field]: value })).toEqual([
      { field, message: expect.stringMatching(new RegExp(`^${field} .*${words.source}`)) },
    ]);
  });

  const inherited = [...Object.getOwnPropertyNames(Object.prototype), 'toJSON'];
  it.each(['baseURL', 'base_url', 'secret', 'name', 'isGlobal', ...inherited])(
    'an option named %s is not known',
    (name) => {
      const given: unknown = Object.fromEntries([...Object.entries(minimal), [name, 'x']]);
      expect(issuesOf(given)).toEqual([
        { field: name, message: expect.stringMatching(`^${name} is unknown(; check| in the options; )`) },
      ]);
    },
  );

  describe.each([
    ['merchants[0]', (member: object) => ({ ...minimal, merchants: [withOwn(merchant, member)] })],
    ['transport', (member: object) => ({ ...minimal, transport: withOwn({ http2: false }, member) })],
  ])('of %s', (path, optionsWith) => {
    it.each(inherited)('a member named %s is not known', (name) => {
      const given = optionsWith(JSON.parse(`{"${name}":"x"}`) as object);
      expect(issuesOf(given)).toEqual([
        { field: `${path}.${name}`, message: `${path}.${name} is unknown; check its spelling or leave it out` },
      ]);
    });
  });

  it.each([
    ['versions', 'known are'],
    ['requestsPerMinute', 'known are'],
    ['circuitBreaker', 'must be { failures, halfOpenAfterMs }'],
    ['merchantCache', 'must be { max, ttlMs }'],
    ['outcomes', 'known are'],
    ['reconcile', 'known are'],
  ])('of %s, too', (group, words) => {
    for (const name of inherited) {
      const given: unknown = { ...minimal, [group]: JSON.parse(`{"${name}":1}`) };
      expect(issuesOf(given)).toEqual([{ field: group, message: expect.stringContaining(words) }]);
    }
  });

  it.each(['mchNo', 'appId', 'sign'])('does not say that %s is filled in: it is a merchant’s', (name) => {
    expect(issuesOf({ ...minimal, [name]: 'x' })).toEqual([
      { field: name, message: expect.stringMatching(`^${name} is unknown`) },
    ]);
  });

  it.each([[undefined], [null], ['https://api.example'], [5], [[]], [[minimal]], [() => minimal]])(
    '%p are no options',
    (given) => {
      expect(issuesOf(given)).toEqual([{ field: '', message: 'no options; return them from the factory' }]);
    },
  );
});

describe('database', () => {
  const database = { dialect: 'sqlite', begin: async () => ({}), execute: async () => ({}) };
  const other = Object.fromEntries(
    ['add', 'start', 'close', 'recall', 'claim', 'renew', 'complete', 'release'].map((name) => [name, async () => {}]),
  );

  it.each(['inbox', 'outcomeQueue'])('does what %s would do, so both at once are refused', (field) => {
    const given = { ...minimal, [field]: other };
    expect(() => resolve(given)).not.toThrow();
    expect(() => resolve({ ...given, database })).toThrow(new RegExp(`- ${field} is not needed with database`));
  });
});

describe('adoptUnknownOrders', () => {
  it('needs a database', () => {
    expect(() => resolve({ ...minimal, adoptUnknownOrders: true })).toThrow(/adoptUnknownOrders requires database/);
    expect(resolve({ ...minimal, adoptUnknownOrders: false }).adoptUnknownOrders).toBe(false);
  });

  it('must be a boolean', () => {
    expect(() => resolve({ ...minimal, adoptUnknownOrders: 'true' })).toThrow(/must be true or false/);
  });
});

describe('limitTimedOutOrders and keepDays', () => {
  const database = { dialect: 'sqlite', begin: async () => ({}), execute: async () => ({}) };

  it('are about the tables: only those can be counted', () => {
    expect(() => resolve({ ...minimal, limitTimedOutOrders: true })).toThrow(/limitTimedOutOrders requires database/);
    expect(resolve({ ...minimal, database, limitTimedOutOrders: true, keepDays: 3_650 })).toMatchObject({
      limitTimedOutOrders: true,
      keepDays: 3_650,
    });
  });

  it('keep for two days at least, or for ever', () => {
    expect(resolve({ ...minimal, database, keepDays: false }).keepDays).toBe(false);
    for (const keepDays of [0, 1, 2.5, 3_651, '30', true]) {
      expect(() => resolve({ ...minimal, database, keepDays })).toThrow(
        /keepDays must be a whole number of days, 2 to 3650.*, or false to erase nothing by age/,
      );
    }
  });
});

describe('merchantOrders.pending', () => {
  it('is needed without a database only, whose table knows the orders', () => {
    const merchantOrders = { find: async () => null };
    expect(() => resolve({ ...minimal, merchantOrders })).toThrow(/merchantOrders must have the method pending/);
    const database = { dialect: 'sqlite', begin: async () => undefined, execute: async () => undefined };
    expect(resolve({ ...minimal, merchantOrders, database }).merchantOrders).toBe(merchantOrders);
  });
});

describe('reconcile.recheckPaidDays', () => {
  it('needs a database', () => {
    expect(() => resolve({ ...minimal, reconcile: { recheckPaidDays: 1 } })).toThrow(
      /reconcile\.recheckPaidDays requires database/,
    );
    expect(resolve({ ...minimal, reconcile: { recheckPaidDays: 0 } }).reconcile.recheckPaidDays).toBe(0);
  });
});

describe('merchants', () => {
  const long = (length: number) => 'k'.repeat(length);

  it.each<[string, unknown]>([
    ['secrets', long(16)],
    ['secrets', [long(16)]],
    ['secrets', [long(16), long(17), long(200)]],
    ['secrets', 'with a space, 密码 and & signs'],
    ['mchNo', 'm'.repeat(30)],
    ['appId', 'a'.repeat(24)],
    ['appId', 'a'],
  ])('can have %s %j', (field, value) => {
    expect(resolve({ ...minimal, merchants: [{ ...merchant, [field]: value }] }).merchants[0]).toHaveProperty(
      field,
      value,
    );
  });

  it.each<[string, unknown, RegExp]>([
    ['mchNo', undefined, /is required: the merchant number/],
    ['mchNo', '', /must be a string of up to 30/],
    ['mchNo', null, /must be a string of up to 30/],
    ['mchNo', 1621873433953, /must be a string of up to 30/],
    ['mchNo', 'm'.repeat(31), /must be a string of up to 30/],
    ['mchNo', 'M1&state=2', /must be a string of up to 30 letters and digits/],
    ['mchNo', 'M1 ', /must be a string of up to 30/],
    ['mchNo', 'M1\n', /must be a string of up to 30/],
    ['appId', undefined, /is required: the app id/],
    ['appId', 'a'.repeat(25), /must be a string of up to 24/],
    ['appId', {}, /must be a string of up to 24/],
    ['secrets', undefined, /is required: the app's secret/],
    ['secrets', null, /must be a string, or an array of strings/],
    ['secrets', '', /contains a secret of 0 characters; an app's secret has at least 16/],
    ['secrets', long(15), /contains a secret of 15 characters; .* at least 16/],
    ['secrets', [], /is empty; pass at least one secret/],
    ['secrets', [SECRET, ''], /contains a secret of 0 characters/],
    ['secrets', [SECRET, undefined], /must be a string, or an array of strings/],
    ['secrets', [[SECRET]], /must be a string, or an array of strings/],
    ['secrets', { current: SECRET }, /must be a string, or an array of strings/],
    ['secrets', `${SECRET}\n`, /leading or trailing white space; check how it is read/],
    ['secrets', ` ${SECRET}`, /leading or trailing white space/],
    ['secrets', ' '.repeat(16), /leading or trailing white space/],
    ['secrets', [SECRET, SECRET], /contains the same secret twice; list each secret once/],
    ['secret', SECRET, /is unknown; check its spelling/],
  ])('cannot have %s %j', (field, value, words) => {
    const issues = issuesOf({ ...minimal, merchants: [merchant, { ...merchant, appId: 'a2', [field]: value }] });
    expect(issues).toEqual([
      {
        field: `merchants[1].${field}`,
        message: expect.stringMatching(new RegExp(`^merchants\\[1\\]\\.${field} .*${words.source}`)),
      },
    ]);
  });

  it('are each named once', () => {
    const other = { ...merchant, secrets: long(16) };
    expect(issuesOf({ ...minimal, merchants: [merchant, { ...merchant, appId: 'a2' }, other] })).toEqual([
      {
        field: 'merchants[2]',
        message: `merchants[2] repeats ${merchant.mchNo}/${merchant.appId}; list each app once, with all its secrets`,
      },
    ]);
    expect(issuesOf({ ...minimal, merchants: [merchant, { ...merchant, mchNo: 'M2' }] })).toEqual([]);
  });

  it('without numbers are not said to be named again', () => {
    const fields = issuesOf({ ...minimal, merchants: [{}, {}] }).map(({ field }) => field);
    expect(fields).toEqual(
      [0, 1].flatMap((i) => ['mchNo', 'appId', 'secrets'].map((name) => `merchants[${i}].${name}`)),
    );
  });
});

describe('the error', () => {
  it('lists every issue at once, a line each, and names the instance', () => {
    const error = errorOf(
      {
        baseUrl: 'api.example',
        merchants: [{ mchNo: 'M1', appId: 'a1', secrets: 'short' }],
        notifyUrl: 'https://shop.example/n?a',
        currency: 'yuan',
        timeoutMs: '5',
        allowInsecureHttp: 'true',
        foo: 1,
      },
      'eu',
    );
    expect(error).toMatchObject({ code: 'PASS2PAY_CONFIG', retryable: false, name: 'Pass2PayConfigError' });
    const [title, ...lines] = error!.message.split('\n');
    expect(title).toBe('Invalid Pass2PayModule "eu" options:');
    expect(lines).toEqual(error!.issues.map(({ message }) => `  - ${message}`));
    expect(error!.issues.map(({ field }) => field).toSorted()).toEqual(
      ['allowInsecureHttp', 'baseUrl', 'currency', 'foo', 'merchants[0].secrets', 'notifyUrl', 'timeoutMs'].toSorted(),
    );
  });

  it('never shows a secret', () => {
    const secret = fc.stringMatching(/^ ?QZ[A-Za-z0-9+/]{4,40} ?$/);
    const secrets = fc.oneof(
      secret,
      fc.array(fc.oneof(secret, fc.constant(5)), { minLength: 1, maxLength: 3 }),
      secret.map((value) => [value, value]),
      secret.map((value) => ({ value })),
    );
    fc.assert(
      fc.property(secrets, (given) => {
        const error = errorOf({
          ...minimal,
          merchants: [{ ...merchant, secrets: given, mchNo: '' }, merchant, merchant],
        })!;
        const shown = `${inspect(error, { depth: 9 })}${JSON.stringify(error)}`;
        expect(shown).not.toContain('QZ');
        expect(shown).not.toContain(SECRET);
      }),
      { numRuns: 300 },
    );
  });

  it('is all that comes of any options', () => {
    const known = [
      'baseUrl',
      'merchants',
      'notifyUrl',
      'currency',
      'timeoutMs',
      'versions',
      'confirmNotify',
      'allowInsecureHttp',
    ];
    const any = fc.anything({ withNullPrototype: true, maxDepth: 3 });
    const options = fc.record(Object.fromEntries(known.map((name) => [name, any])), { requiredKeys: [] });
    const merchants = fc.array(fc.record({ mchNo: any, appId: any, secrets: any }, { requiredKeys: [] }));
    fc.assert(
      fc.property(fc.oneof(any, options, fc.record({ merchants })), (given) => {
        expect(errorOf(given)?.issues.length).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the options of the transport', () => {
  it.each([
    ['no object', 'proxy', 'transport', /must be an object/],
    ['another name', { proxies: 'x' }, 'transport.proxies', /unknown/],
    ['an unknown adapter', { adapter: 'fetch' }, 'transport.adapter', /'undici' or 'axios'/],
    ['a text for a flag', { http2: 'true' }, 'transport.http2', /boolean/],
    ['a proxy without a scheme', { proxy: 'proxy.example:3128' }, 'transport.proxy', /http or https URL of a proxy/],
    ['a SOCKS proxy', { proxy: 'socks5://proxy.example' }, 'transport.proxy', /http or https URL/],
    ['a time of nothing', { connectTimeoutMs: 0 }, 'transport.connectTimeoutMs', /1 to 600000/],
    ['a time as text', { bodyTimeoutMs: '5' }, 'transport.bodyTimeoutMs', /whole number of milliseconds/],
    ['a negative time', { keepAliveMs: -1 }, 'transport.keepAliveMs', /0 to 600000/],
    ['an endless answer', { maxResponseBytes: Infinity }, 'transport.maxResponseBytes', /whole number of bytes/],
    ['certificates unchecked', { tls: { rejectUnauthorized: false } }, 'transport.tls', /always checked.*as ca/],
    ['certificates checked, said outright', { tls: { rejectUnauthorized: true } }, 'transport.tls', /always checked/],
    ['what TLS does not know', { tls: { pfx: 'x' } }, 'transport.tls', /has the unknown member pfx; known are ca/],
    ['a path for a certificate', { tls: { ca: '/etc/ssl/ca.pem' } }, 'transport.tls', /set ca to a PEM/],
    ['a certificate without its key', { tls: { cert: PEM } }, 'transport.tls', /one of cert and key/],
    [
      'what axios would pass over',
      { adapter: 'axios', proxy: false },
      'transport.proxy',
      /not supported with axios's own/,
    ],
  ])('refuse %s', (_what, transport, field, message) => {
    expect(issuesOf({ ...minimal, transport })).toEqual([{ field, message: expect.stringMatching(message) }]);
  });

  it('tell several issues at once', () => {
    const transport = { adapter: 'x', http2: 1, proxy: 'x' };
    expect(issuesOf({ ...minimal, transport }).map(({ field }) => field)).toEqual([
      'transport.adapter',
      'transport.http2',
      'transport.proxy',
    ]);
  });

  it('are shown without a key, a passphrase, or the password of a proxy', () => {
    const tls = { cert: PEM, key: `${PEM} of a private key`, passphrase: 'the passphrase' };
    const { transport } = resolve({ ...minimal, transport: { proxy: 'http://me:the-password@proxy.example', tls } });
    for (const shown of [inspect(transport), inspect({ transport }, { depth: 9 }), JSON.stringify({ transport })]) {
      expect(shown).toContain('proxy.example');
      expect(shown).not.toMatch(/the-password|the passphrase|private key/);
    }
  });

  it('are frozen', () => {
    const { transport } = resolve({ ...minimal, transport: { tls: { servername: 'x' } } });
    expect(Object.isFrozen(transport) && Object.isFrozen(transport.tls)).toBe(true);
  });
});
