import { describe, expect, it } from '@jest/globals';
import { MerchantDirectory } from '../../lib/merchants/merchant-directory.js';
import type { MerchantRef } from '../../lib/merchants/merchant.js';
import { SecretRotation } from '../../lib/merchants/secret-rotation.js';
import { NotifyRefusal } from '../../lib/protocol/notify/notify-refusal.js';
import { NoConfirmation } from '../../lib/verification/no-confirmation.js';
import { NotifyVerifier } from '../../lib/verification/notify-verifier.js';
import { notifyParams } from '../support/test-merchant.js';

const LONG = 'M'.repeat(1_000_000);

/** A resolver that knows nobody, and how it was asked. */
function nobody() {
  const asked: MerchantRef[] = [];
  const resolver = {
    findMerchant(ref: MerchantRef) {
      asked.push(ref);
      return Promise.resolve(null);
    },
  };
  return { asked, resolver };
}

/** How many answers of its resolver a directory remembers. */
const remembered = (directory: MerchantDirectory) => directory['resolved']!.size;

describe('C2 numbers that no merchant can have', () => {
  it.each([
    ['a long mchNo', { mchNo: LONG, appId: 'A1' }],
    ['a mchNo of 31 characters', { mchNo: 'M'.repeat(31), appId: 'A1' }],
    ['a long appId', { mchNo: 'M1', appId: LONG }],
    ['an appId of 25 characters', { mchNo: 'M1', appId: 'a'.repeat(25) }],
    ['white space', { mchNo: 'M 1', appId: 'A1' }],
    ['a line feed', { mchNo: 'M1\n', appId: 'A1' }],
    ['Chinese', { mchNo: '商户', appId: 'A1' }],
    ['quotes', { mchNo: "M1' or '1'='1", appId: 'A1' }],
    ['a path', { mchNo: 'M1', appId: '../../x' }],
    ['nothing', { mchNo: '', appId: 'A1' }],
  ])('reach neither the resolver nor its cache: %s', async (_what, ref) => {
    const { asked, resolver } = nobody();
    const directory = new MerchantDirectory([], resolver);
    expect(await directory.forNotify(ref.mchNo, ref.appId)).toBeUndefined();
    const error = await directory.resolveForCall(ref).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: 'PASS2PAY_VALIDATION', message: expect.stringContaining('is invalid') });
    expect((error as Error).message.length).toBeLessThan(300);
    expect(asked).toEqual([]);
    expect(remembered(directory)).toBe(0);
  });

  it.each([
    { mchNo: 'M1621873433953', appId: '60cc09bce4b0f1c0b83761c9' },
    { mchNo: 'M'.repeat(30), appId: 'a'.repeat(24) },
    { mchNo: 'm_1-A', appId: 'A_1-b' },
  ])('are not those of $mchNo', async (ref) => {
    const { asked, resolver } = nobody();
    await new MerchantDirectory([], resolver).forNotify(ref.mchNo, ref.appId);
    expect(asked).toEqual([ref]);
  });
});

it('C2 5,000 forged merchants leave no more behind than the caches hold', async () => {
  const { asked, resolver } = nobody();
  const directory = new MerchantDirectory([], resolver, { max: 100, ttlMs: 3_600_000 });
  const verifier = new NotifyVerifier(directory, new SecretRotation(), new NoConfirmation(), { warn: () => {} });
  const refused = { 'unknown-merchant': 0 };
  for (let i = 0; i < 5_000; i++) {
    // Every second one could be a merchant; the others are too long.
    const mchNo = i % 2 === 0 ? `M${i}` : `M${i}`.padEnd(1_000, 'x');
    const parsed = { ...notifyParams({ mchNo }), sign: 'D8A6'.repeat(8) };
    const message = { body: parsed, contentType: 'application/x-www-form-urlencoded' };
    const refusal = await verifier.verifyPayment(message).catch((error: unknown) => error as NotifyRefusal);
    refused[(refusal as NotifyRefusal).reason as 'unknown-merchant'] += 1;
  }
  expect(refused).toEqual({ 'unknown-merchant': 5_000 });
  expect(asked).toHaveLength(2_500);
  expect(remembered(directory)).toBe(100);
});
