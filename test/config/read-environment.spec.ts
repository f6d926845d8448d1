import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readEnvironment } from '../../lib/config/read-environment.js';
import { CODE_ONLY_OPTIONS, VARIABLES, variableName } from '../../lib/config/variables.js';
import { Pass2PayConfigError } from '../../lib/errors/pass2pay.errors.js';
import { OPTION_NAMES, resolveOptions, type Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { MERCHANT } from '../support/test-merchant.js';

const folder = mkdtempSync(join(tmpdir(), 'pass2pay-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function file(content: string): string {
  const path = join(folder, `secret-${++files}`);
  writeFileSync(path, content);
  return path;
}

const NEEDED = {
  PASS2PAY_BASE_URL: 'https://api.example',
  PASS2PAY_MCH_NO: MERCHANT.mchNo,
  PASS2PAY_APP_ID: MERCHANT.appId,
  PASS2PAY_SECRET: MERCHANT.secrets,
};

type Variables = Readonly<Record<string, string | undefined>>;

function read(variables: Variables, { prefix = 'PASS2PAY_', needsMerchant = true } = {}): Pass2PayOptions {
  return readEnvironment(variables, { prefix, needsMerchant });
}

/** The lines of the error that says what is wrong. */
function issues(variables: Variables, more?: { prefix?: string; needsMerchant?: boolean }): string[] {
  try {
    read(variables, more);
  } catch (error) {
    if (error instanceof Pass2PayConfigError) return error.issues.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe('the options of the environment', () => {
  it('are those that the variables give, and no others', () => {
    expect(read(NEEDED)).toEqual({
      baseUrl: 'https://api.example',
      merchants: [{ ...MERCHANT, secrets: [MERCHANT.secrets] }],
    });
  });

  it('are taken by the module, whichever variables are given', () => {
    const options = read({
      ...NEEDED,
      PASS2PAY_NOTIFY_URL: 'https://shop.example/pay/notify',
      PASS2PAY_RETURN_URL: 'https://shop.example/thanks',
      PASS2PAY_TRANSFER_NOTIFY_URL: 'https://shop.example/pay/transfer',
      PASS2PAY_CURRENCY: 'USD',
      PASS2PAY_TIMEOUT_MS: '2500',
      PASS2PAY_RETRIES: '0',
      PASS2PAY_CIRCUIT_BREAKER_FAILURES: '3',
      PASS2PAY_REQUESTS_PER_MINUTE: 'cashierOrder=60, query=120',
      PASS2PAY_VERSIONS: 'cashierOrder=1.2',
      PASS2PAY_OUTCOMES_LEASE_MS: '60000',
      PASS2PAY_RECONCILE_ENABLED: 'false',
      PASS2PAY_RECONCILE_PER_MINUTE: '10',
      PASS2PAY_CONFIRM_NOTIFY: 'always',
      PASS2PAY_ALLOWED_NOTIFY_ADDRESSES: '203.0.113.0/24, 2001:db8::7',
      PASS2PAY_ALLOW_RESERVED_FIELDS: 'true',
    });
    expect(resolveOptions(options)).toMatchObject({
      notifyUrl: 'https://shop.example/pay/notify',
      returnUrl: 'https://shop.example/thanks',
      transferNotifyUrl: 'https://shop.example/pay/transfer',
      currency: 'usd',
      timeoutMs: 2500,
      retries: 0,
      circuitBreaker: { failures: 3, halfOpenAfterMs: 10_000 },
      requestsPerMinute: { cashierOrder: 60, query: 120 },
      versions: { cashierOrder: '1.2' },
      outcomes: { leaseMs: 60_000, busyWaitMs: 15_000 },
      reconcile: { enabled: false, perMinute: 10, everyMs: 60_000 },
      confirmNotify: 'always',
      allowedNotifyAddresses: ['203.0.113.0/24', '2001:db8::7'],
      allowReservedFields: true,
    });
  });

  it('are every option of the module but for those that are given in code', () => {
    const inEnvironment = VARIABLES.map(({ option }) => option.split('.', 1)[0]);
    const all = new Set([...inEnvironment, ...CODE_ONLY_OPTIONS, 'merchants']);
    expect([...OPTION_NAMES].filter((name) => !all.has(name))).toEqual([]);
    expect(inEnvironment.filter((name) => !OPTION_NAMES.has(name!))).toEqual([]);
  });

  it('take an empty variable for one that is not set', () => {
    expect(read({ ...NEEDED, PASS2PAY_RETURN_URL: '', PASS2PAY_TIMEOUT_MS: '' })).toEqual(read(NEEDED));
  });

  it('have a prefix of their own where one is given', () => {
    const renamed = Object.fromEntries(
      Object.entries(NEEDED).map(([name, value]) => [name.replace('PAY_', 'PAY_EU_'), value]),
    );
    expect(read(renamed, { prefix: 'PASS2PAY_EU_' })).toEqual(read(NEEDED));
    expect(issues(NEEDED, { prefix: 'PASS2PAY_EU_' })[0]).toMatch(/^PASS2PAY_EU_MCH_NO is required/);
  });
});

describe('the merchants of the environment', () => {
  const { PASS2PAY_SECRET: _, ...withoutSecret } = NEEDED;

  it.each([
    ['a secret', 'abcdefghijklmnop', ['abcdefghijklmnop']],
    ['a trailing newline', 'abcdefghijklmnop\n', ['abcdefghijklmnop']],
    ['a newline of Windows', 'abcdefghijklmnop\r\n', ['abcdefghijklmnop']],
    ['several secrets', 'abcdefghijklmnop\nponmlkjihgfedcba\n', ['abcdefghijklmnop', 'ponmlkjihgfedcba']],
  ])('read a file with %s', (_what, content, secrets) => {
    const { merchants } = read({ ...withoutSecret, PASS2PAY_SECRET_FILE: file(content) });
    expect(merchants).toEqual([{ ...MERCHANT, secrets }]);
  });

  it('have several secrets, separated by commas, in a variable', () => {
    const { merchants } = read({ ...NEEDED, PASS2PAY_SECRET: 'abcdefghijklmnop,ponmlkjihgfedcba' });
    expect(merchants![0]!.secrets).toEqual(['abcdefghijklmnop', 'ponmlkjihgfedcba']);
  });

  const apps = [
    { mchNo: 'M1', appId: 'A1', secrets: 'abcdefghijklmnop' },
    { mchNo: 'M2', appId: 'A2', secrets: ['abcdefghijklmnop', 'ponmlkjihgfedcba'] },
  ];

  it.each([
    ['a variable', () => ({ PASS2PAY_MERCHANTS: JSON.stringify(apps) })],
    ['a file', () => ({ PASS2PAY_MERCHANTS_FILE: file(JSON.stringify(apps)) })],
  ])('are several in %s with JSON', (_where, variables) => {
    expect(read({ PASS2PAY_BASE_URL: 'https://api.example', ...variables() }).merchants).toEqual(apps);
  });

  it('may be missing where a resolver finds them', () => {
    const base = { PASS2PAY_BASE_URL: 'https://api.example' };
    expect(read(base, { needsMerchant: false })).toEqual({ baseUrl: 'https://api.example' });
    expect(issues({ ...base, PASS2PAY_APP_ID: 'A1' }, { needsMerchant: false })).toHaveLength(2);
  });

  it('do not show their secrets when the options are printed', () => {
    const options = read({ PASS2PAY_BASE_URL: 'https://api.example', PASS2PAY_MERCHANTS: JSON.stringify(apps) });
    expect(inspect(options, { depth: 9 }) + JSON.stringify(options)).not.toMatch(/abcdefgh|ponmlk/);
  });
});

describe('wrong variables', () => {
  it('are all named in one error, each with its remedy', () => {
    expect(
      issues({
        PASS2PAY_BASE_URL: 'http://api.example',
        PASS2PAY_MCH_NO: 'M 1',
        PASS2PAY_SECRET: 'short',
        PASS2PAY_NOTIFY_URL: 'https://shop.example/notify?x=1',
        PASS2PAY_TIMEOUT_MS: '10s',
        PASS2PAY_CIRCUIT_BREAKER_FAILURES: '0',
        PASS2PAY_REQUESTS_PER_MINUTE: 'cashier=60',
        PASS2PAY_VERSIONS: '1.1',
        PASS2PAY_RECONCILE_EVERY_MS: '1',
        PASS2PAY_RECONCILE_ENABLED: 'no',
        PASS2PAY_CONFIRM_NOTIFY: 'sometimes',
      }),
    ).toEqual([
      'PASS2PAY_NOTIFY_URL contains "?", which breaks the notify\'s signature; put such values into the path',
      'PASS2PAY_TIMEOUT_MS must be a whole number of milliseconds, 1 to 600000',
      'PASS2PAY_CIRCUIT_BREAKER_FAILURES is invalid: circuitBreaker must be { failures, halfOpenAfterMs }: a whole number of failures, 1 to 1000, and of milliseconds, 1 to 600000',
      'PASS2PAY_REQUESTS_PER_MINUTE has the unknown member cashier; known are cashierOrder, unifiedOrder, cryptoOrder, query, transferOrder, transferQuery',
      'PASS2PAY_RECONCILE_ENABLED must be true or false',
      'PASS2PAY_RECONCILE_EVERY_MS must be a whole number, 10 to 86400000',
      "PASS2PAY_CONFIRM_NOTIFY must be 'suspicious' or 'always'",
      'PASS2PAY_VERSIONS must be a list like cashierOrder=1.1,query=1.0',
      'PASS2PAY_MCH_NO must be a string of up to 30 letters and digits, as shown on the management page',
      'PASS2PAY_APP_ID is required: the app id from the management page',
      "PASS2PAY_SECRET contains a secret of 5 characters; an app's secret has at least 16",
      'PASS2PAY_BASE_URL is plain http to another host, so orders could be read and changed in transit; use https, or set PASS2PAY_ALLOW_INSECURE_HTTP',
    ]);
  });

  it('are named where nothing is set at all', () => {
    expect(issues({}).map((message) => message.split(' ', 1)[0])).toEqual([
      'PASS2PAY_MCH_NO',
      'PASS2PAY_APP_ID',
      'PASS2PAY_SECRET',
      'PASS2PAY_BASE_URL',
    ]);
  });

  it.each<[string, Variables, RegExp]>([
    [
      'the secret twice',
      { PASS2PAY_SECRET_FILE: '/none' },
      /^PASS2PAY_SECRET_FILE is set together with PASS2PAY_SECRET;/,
    ],
    [
      'one app and several',
      { PASS2PAY_MERCHANTS_FILE: '/none' },
      /^PASS2PAY_MERCHANTS_FILE is set together with PASS2PAY_MCH_NO, PASS2PAY_APP_ID, PASS2PAY_SECRET;/,
    ],
  ])('are told where they contradict: %s', (_what, more, message) => {
    expect(issues({ ...NEEDED, ...more })).toEqual([expect.stringMatching(message)]);
  });

  it.each<[string, () => string, RegExp]>([
    ['is not there', () => join(folder, 'none'), /^PASS2PAY_SECRET_FILE names a file that cannot be read \(ENOENT\);/],
    ['is a folder', () => folder, /^PASS2PAY_SECRET_FILE names a file that cannot be read \(EISDIR\);/],
    ['is empty', () => file('\n'), /^PASS2PAY_SECRET_FILE contains a secret of 0 characters/],
    ['has a blank line', () => file('abcdefghijklmnop\n\nponmlkjihgfedcba'), /contains a secret of 0 characters/],
    ['has a byte order mark', () => file('\ufeffabcdefghijklmnop'), /leading or trailing white space/],
    ['has a NUL in its name', () => 'a\0b', /cannot be read/],
  ])('tell of a secret’s file that %s', (_what, path, message) => {
    const { PASS2PAY_SECRET: _, ...rest } = NEEDED;
    expect(issues({ ...rest, PASS2PAY_SECRET_FILE: path() })).toEqual([expect.stringMatching(message)]);
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '[{"secrets": "abcdefghijklmnop"', /^PASS2PAY_MERCHANTS must be a JSON array/],
    ['no list', '{"mchNo":"M1"}', /^PASS2PAY_MERCHANTS must be a JSON array/],
    ['an empty list', '[]', /with at least one$/],
    ['a list of texts', '["M1"]', /^PASS2PAY_MERCHANTS must be a JSON array/],
    [
      'an app without its id',
      '[{"mchNo":"M1","appId":"A1","secrets":"abcdefghijklmnop"},{"mchNo":"M1","secrets":"abcdefghijklmnop"}]',
      /^PASS2PAY_MERCHANTS is invalid: merchants\[1\]\.appId is required/,
    ],
    [
      'a member that is not known',
      '[{"mchNo":"M1","appId":"A1","secret":"x","secrets":"abcdefghijklmnop"}]',
      /merchants\[0\]\.secret is unknown/,
    ],
    [
      'an app twice',
      '[{"mchNo":"M1","appId":"A1","secrets":"abcdefghijklmnop"},{"mchNo":"M1","appId":"A1","secrets":"abcdefghijklmnop"}]',
      /merchants\[1\] repeats M1\/A1/,
    ],
  ])('tell of merchants that are %s', (_what, json, message) => {
    const variables = { PASS2PAY_BASE_URL: 'https://api.example', PASS2PAY_MERCHANTS: json };
    expect(issues(variables)).toEqual([expect.stringMatching(message)]);
  });
});

describe('whatever the environment holds', () => {
  const names = [
    ...VARIABLES.map(({ option }) => variableName(option, 'PASS2PAY_')),
    ...['MCH_NO', 'APP_ID', 'SECRET', 'MERCHANTS'].map((name) => `PASS2PAY_${name}`),
  ];
  const anyValue = fc.oneof(
    fc.string(),
    fc.constantFrom('true', 'false', '5', 'cny', 'https://api.example', 'cashierOrder=5', 'always', '0123456789abcdef'),
    fc.json(),
  );

  it('it is read as options that the module takes, or every issue names a variable', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), anyValue), (variables) => {
        try {
          resolveOptions(read(variables));
        } catch (error) {
          expect(error).toBeInstanceOf(Pass2PayConfigError);
          const found = (error as Pass2PayConfigError).issues;
          expect(found.length).toBeGreaterThan(0);
          for (const { field, message } of found) {
            expect(names).toContain(field);
            expect(message.startsWith(`${field} `)).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('no error and no printed option shows a secret', () => {
    const secret = fc.string({ minLength: 1, maxLength: 40 }).map((text) => `§7Qx${text}`);
    const place = fc.constantFrom<(text: string) => Variables>(
      (text) => ({ PASS2PAY_SECRET: text }),
      (text) => ({ PASS2PAY_SECRET_FILE: text }),
      (text) => ({ PASS2PAY_SECRET_FILE: file(text) }),
      (text) => ({ PASS2PAY_MERCHANTS: text }),
      (text) => ({ PASS2PAY_MERCHANTS: JSON.stringify([{ mchNo: 'M1', appId: 'A1', secrets: [text] }]) }),
      (text) => ({ PASS2PAY_MERCHANTS_FILE: file(`[{"mchNo":"M1","secrets":"${text}"`) }),
    );
    fc.assert(
      fc.property(secret, place, fc.boolean(), (text, put, isWhole) => {
        const { PASS2PAY_SECRET: _, ...rest } = NEEDED;
        let shown: string;
        try {
          shown = inspect(read({ ...(isWhole ? rest : {}), ...put(text) }), { depth: 9 });
        } catch (error) {
          shown = inspect(error, { depth: 9, showHidden: true });
        }
        expect(shown).not.toContain('§7Qx');
      }),
    );
  });
});
