import crypto from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PAYMENT_NOTIFY_FIELDS } from '../../../lib/protocol/notify/notify-fields.js';
import { diagnoseSignature } from '../../../lib/protocol/diagnosis/diagnose-signature.js';

/** A message's signature is hashed by one call of `hash`; all else by hash and HMAC objects, fed by one call each. */
const hash = jest.spyOn(crypto, 'hash');
const updates = [crypto.createHash('md5'), crypto.createHmac('md5', 'key')].map((object) =>
  jest.spyOn(Object.getPrototypeOf(object) as typeof object, 'update'),
);
const hashed = () => [
  ...hash.mock.calls.map(([, text]) => (text as string).length),
  ...updates.flatMap((update) => update.mock.calls.map(([text]) => (text as string | Buffer).length)),
];
const forget = () => {
  for (const mock of [hash, ...updates]) mock.mockClear();
};

const SECRETS = Array.from({ length: 3 }, (_, i) => `secret number ${i} 0123456789`);
const OTHERS = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`app-${i}`, `other secret ${i} 0123456789`]));
/** `verify` hashes with each live secret, and the secrets are looked at once more. */
const HASHES_OF_VERIFY = 2 * SECRETS.length;

/** What costs most: all that a rewriting can bite on. */
const greedy = (length: number) => `{"b":"1 + 1 & %41 你","c":["/",1.0],"d":2}`.padEnd(length);

const NOTIFY = Object.fromEntries([...PAYMENT_NOTIFY_FIELDS].map((name, i) => [name, `17168700001${10 + i}`]));

describe('the work that a forged message causes', () => {
  beforeEach(forget);
  afterAll(() => {
    for (const mock of [hash, ...updates]) mock.mockRestore();
  });

  it.each<[string, Record<string, string>]>([
    ['no parameter', {}],
    ['a notify', NOTIFY],
    [
      'as many parameters as are let in',
      Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`n${i}`, greedy(70)])),
    ],
    ['as many characters as are let in', { a: greedy(900), b: '%2525+ 你'.repeat(200), c: '['.repeat(1000) }],
    ['too much', { a: 'x'.repeat(100_000) }],
  ])('is bounded: %s', (_what, params) => {
    const hints = { knownFields: PAYMENT_NOTIFY_FIELDS, otherSecrets: OTHERS };
    for (const signature of ['0'.repeat(32), '0'.repeat(64)]) {
      forget();
      const { causes } = diagnoseSignature(params, signature, SECRETS, hints);
      expect(causes[0]!.code).toMatch(/^(unknown|too-large|signature-malformed)$/);
      const ofDiagnosis = hashed().slice(HASHES_OF_VERIFY);
      expect(ofDiagnosis.length).toBeLessThanOrEqual(2_000);
      expect(ofDiagnosis.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(1_100_000);
    }
  });

  it('is counted here at all', () => {
    diagnoseSignature(NOTIFY, '0'.repeat(32), SECRETS, { knownFields: PAYMENT_NOTIFY_FIELDS });
    expect(hashed().length).toBeGreaterThan(1_000);
  });

  it('is that of verify alone where the signature cannot be one', () => {
    diagnoseSignature(NOTIFY, 'no hex', SECRETS);
    expect(hashed()).toHaveLength(HASHES_OF_VERIFY);
  });
});
