import { describe, expect, it } from '@jest/globals';
import { KnownMerchants, lookAgainAt } from '../../lib/database/known-merchants.js';
import type { MerchantDirectory } from '../../lib/merchants/merchant-directory.js';

const OWN = { mchNo: 'M1', appId: 'A1' };

function resolving(forNotify: (mchNo: string, appId: string) => Promise<unknown>, mchNos?: readonly string[]) {
  return new KnownMerchants({ mchNos, forNotify } as unknown as MerchantDirectory);
}

describe('a merchant of stored work', () => {
  it('is known if it has options, without asking', async () => {
    const known = resolving(() => Promise.reject(new Error('asked')), ['M1']);
    expect(known.mchNos).toStrictEqual(['M1']);
    expect(await known.whyStranger(OWN)).toBeUndefined();
  });

  it('is known if the resolver finds it', async () => {
    const known = resolving(async (mchNo, appId) => (mchNo === 'M1' && appId === 'A1' ? {} : undefined));
    expect(known.mchNos).toBeUndefined();
    expect(await known.whyStranger(OWN)).toBeUndefined();
    expect(await known.whyStranger({ mchNo: 'M2', appId: 'A1' })).toBe('the merchantResolver does not find M2/A1');
  });

  it('is not asked for where only those with options are known, even if there are none', async () => {
    expect(await resolving(() => Promise.reject(new Error('asked')), []).whyStranger(OWN)).toBeUndefined();
  });

  it('is unknown while the resolver fails, with its reason', async () => {
    const known = resolving(() => Promise.reject(new Error('the tenants’ database is down')));
    expect(await known.whyStranger(OWN)).toBe('the tenants’ database is down');
  });
});

describe('work of an unknown merchant is checked again', () => {
  const HOUR = 3_600_000;
  it.each([
    ['42 s after it was stored', 0, 42_000],
    ['after 42 s at the least', 41_999, 42_000],
    ['after as long as it is old', 42_001, 42_001],
    ['after as long as it is old', 12 * HOUR - 1, 12 * HOUR - 1],
    ['after twelve hours at most', 12 * HOUR + 1, 12 * HOUR],
    ['after 42 s if clocks differ', -5_000, 42_000],
  ])('%s (age %d ms)', (_, age, delay) => {
    const now = Date.UTC(2024, 5, 1);
    expect(lookAgainAt(now - age, now)).toBe(now + delay);
  });
});
