import { describe, expect, it } from '@jest/globals';
import { MerchantDirectory } from '../../lib/merchants/merchant-directory.js';
import { secretsOf, type MerchantRef } from '../../lib/merchants/merchant.js';

const SECRET = 'a secret of one app 0123';
const app = (mchNo: string, appId: string) => ({ mchNo, appId, secrets: SECRET });
const [one, two, otherOne] = [app('M1', 'a1'), app('M1', 'a2'), app('M2', 'a1')];
const directory = new MerchantDirectory([one, two, otherOne]);

describe('the app that a call is made for', () => {
  it('is the only one, where none is named', async () => {
    expect(await new MerchantDirectory([one]).resolveForCall()).toBe(one);
  });

  it('is the one named by its appId, or by its mchNo too where that is not enough', async () => {
    expect(await directory.resolveForCall({ appId: 'a2' })).toBe(two);
    expect(await directory.resolveForCall({ mchNo: 'M1', appId: 'a1' })).toBe(one);
    expect(await directory.resolveForCall({ mchNo: 'M2', appId: 'a1' })).toBe(otherOne);
  });

  it.each<[string, MerchantRef | undefined, RegExp]>([
    [
      'none is named',
      undefined,
      /^merchant is required because 3 are configured; call with \{ merchant: \{ appId \} \}$/,
    ],
    ['it is not configured', { appId: 'a3' }, /^merchant a3 is not configured; add it to the module's merchants$/],
    ['it is another merchant’s', { mchNo: 'M2', appId: 'a2' }, /^merchant M2\/a2 is not configured/],
    ['several fit', { appId: 'a1' }, /^merchant a1 matches 2 of the configured merchants; pass its mchNo too$/],
    ['the appId is missing', { mchNo: 'M1' } as MerchantRef, /^merchant\.appId is required; pass the app/],
    ['the appId is undefined', { appId: undefined } as unknown as MerchantRef, /^merchant\.appId is required/],
    ['the case differs', { appId: 'A2' }, /is not configured/],
  ])('is not clear where %s', async (_what, ref, words) => {
    await expect(directory.resolveForCall(ref)).rejects.toMatchObject({
      code: 'PASS2PAY_VALIDATION',
      issues: [{ field: 'merchant', message: expect.stringMatching(words) }],
    });
    await expect(directory.resolveForCall(ref)).rejects.not.toThrow(SECRET);
  });

  it('is not the only one where another is named', async () => {
    await expect(new MerchantDirectory([one]).resolveForCall({ appId: 'a2' })).rejects.toThrow(/a2 is not configured/);
    await expect(new MerchantDirectory([one]).resolveForCall({ mchNo: 'M2', appId: 'a1' })).rejects.toThrow(
      /not configured/,
    );
  });
});

describe('the app that a notify is about', () => {
  it.each([
    ['M1', 'a1', one],
    ['M1', 'a2', two],
    ['M2', 'a1', otherOne],
    ['M2', 'a2', undefined],
    ['M3', 'a1', undefined],
    ['', '', undefined],
    ['__proto__', 'constructor', undefined],
  ])('%s/%s', async (mchNo, appId, merchant) => {
    expect(await directory.forNotify(mchNo, appId)).toBe(merchant);
  });
});

describe('secretsOf', () => {
  it('has the first secret first', () => {
    expect(secretsOf(one)).toEqual([SECRET]);
    expect(secretsOf({ ...one, secrets: ['b'.repeat(16), SECRET] })).toEqual(['b'.repeat(16), SECRET]);
  });
});
