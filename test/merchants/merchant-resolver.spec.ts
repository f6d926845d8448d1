import { inspect } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { MerchantDirectory } from '../../lib/merchants/merchant-directory.js';
import type { MerchantResolver } from '../../lib/merchants/merchant-resolver.js';
import type { MerchantOptions, MerchantRef } from '../../lib/merchants/merchant.js';

const SECRET = 'a secret of one app 0123';
const app = (mchNo: string, appId: string): MerchantOptions => ({ mchNo, appId, secrets: SECRET });

/** A platform's database of merchants that counts how often it is asked. */
function database(rows: MerchantOptions[]) {
  const asked: MerchantRef[] = [];
  const resolver: MerchantResolver = {
    async findMerchant(ref) {
      asked.push(ref);
      const fits = ({ mchNo, appId }: MerchantOptions) =>
        appId === ref.appId && (ref.mchNo === undefined || mchNo === ref.mchNo);
      return rows.find(fits) ?? null;
    },
  };
  return { asked, resolver };
}

describe('a merchant behind a resolver', () => {
  it('is found for a call and for a notify, and remembered', async () => {
    const { asked, resolver } = database([app('M2', 'a2')]);
    const directory = new MerchantDirectory([app('M1', 'a1')], resolver);
    expect(await directory.resolveForCall({ appId: 'a1' })).toMatchObject({ mchNo: 'M1' });
    expect(asked).toEqual([]);
    for (let i = 0; i < 3; i++) {
      expect(await directory.resolveForCall({ appId: 'a2' })).toMatchObject({ mchNo: 'M2', secrets: SECRET });
      expect(await directory.forNotify('M2', 'a2')).toMatchObject({ mchNo: 'M2' });
    }
    expect(asked).toEqual([{ appId: 'a2' }, { mchNo: 'M2', appId: 'a2' }]);
  });

  it('is asked for once, however many calls need it at the same time', async () => {
    const { asked, resolver } = database([app('M2', 'a2')]);
    const directory = new MerchantDirectory([], resolver);
    await Promise.all(Array.from({ length: 20 }, () => directory.resolveForCall({ appId: 'a2' })));
    expect(asked).toHaveLength(1);
  });

  it('that does not exist is remembered as such, and no other one takes its place', async () => {
    const { asked, resolver } = database([]);
    const directory = new MerchantDirectory([app('M1', 'a1')], resolver);
    expect(await directory.forNotify('M9', 'a1')).toBeUndefined();
    expect(await directory.forNotify('M9', 'a1')).toBeUndefined();
    expect(asked).toHaveLength(1);
    await expect(directory.resolveForCall({ mchNo: 'M9', appId: 'a1' })).rejects.toMatchObject({
      code: 'PASS2PAY_VALIDATION',
      message: expect.stringContaining('M9/a1 is neither configured nor known to the merchantResolver'),
    });
  });

  it('must be named, even where only one is configured besides', async () => {
    const directory = new MerchantDirectory([app('M1', 'a1')], database([]).resolver);
    await expect(directory.resolveForCall()).rejects.toThrow(/merchant is required because a merchantResolver is set/);
  });

  it('is asked for again after its time', async () => {
    const { asked, resolver } = database([app('M2', 'a2')]);
    const clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
    // The cache has taken `performance` itself when it was loaded: a fake in its place would not reach it.
    const now = jest.spyOn(performance, 'now').mockImplementation(() => 1 + clock.now);
    try {
      const directory = new MerchantDirectory([], resolver, { max: 10, ttlMs: 60_000 });
      await directory.resolveForCall({ appId: 'a2' });
      clock.tick(60_000);
      await directory.resolveForCall({ appId: 'a2' });
      expect(asked).toHaveLength(1);
      clock.tick(1);
      await directory.resolveForCall({ appId: 'a2' });
      expect(asked).toHaveLength(2);
    } finally {
      now.mockRestore();
      clock.uninstall();
    }
  });

  it('is forgotten where more are in use than may be remembered', async () => {
    const { asked, resolver } = database([app('M2', 'a2'), app('M3', 'a3')]);
    const directory = new MerchantDirectory([], resolver, { max: 1, ttlMs: 60_000 });
    for (const appId of ['a2', 'a3', 'a2']) await directory.resolveForCall({ appId });
    expect(asked.map((ref) => ref.appId)).toEqual(['a2', 'a3', 'a2']);
  });

  it('whose resolver fails is a clear error, and is asked for again the next time', async () => {
    let isDown = true;
    const directory = new MerchantDirectory([app('M1', 'a1')], {
      async findMerchant() {
        if (isDown) throw new Error('the database is down');
        return app('M2', 'a2');
      },
    });
    for (const call of [() => directory.resolveForCall({ appId: 'a2' }), () => directory.forNotify('M2', 'a2')]) {
      await expect(call()).rejects.toMatchObject({
        code: 'PASS2PAY_MERCHANT',
        retryable: true,
        message: expect.stringContaining('a2'),
        cause: { message: 'the database is down' },
      });
    }
    isDown = false;
    expect(await directory.resolveForCall({ appId: 'a2' })).toMatchObject({ mchNo: 'M2' });
  });

  it.each<[string, unknown, RegExp]>([
    ['another app', app('M2', 'a3'), /returned M2\/a3 for a2/],
    [
      'a short secret',
      { mchNo: 'M2', appId: 'a2', secrets: 'short' },
      /invalid merchant a2: secrets contains a secret of 5/,
    ],
    ['no secret', { mchNo: 'M2', appId: 'a2' }, /invalid merchant a2: secrets is required/],
  ])('is not taken from a resolver that gives %s', async (_what, found, words) => {
    const directory = new MerchantDirectory([], { findMerchant: async () => found as MerchantOptions });
    await expect(directory.resolveForCall({ appId: 'a2' })).rejects.toThrow(words);
  });

  it('shows its secrets to no log', async () => {
    const merchant = await new MerchantDirectory([], database([app('M2', 'a2')]).resolver).resolveForCall({
      appId: 'a2',
    });
    expect(inspect(merchant, { depth: 9 })).toBe("{ mchNo: 'M2', appId: 'a2' }");
    expect(JSON.stringify({ merchant })).toBe('{"merchant":{"mchNo":"M2","appId":"a2"}}');
  });
});
