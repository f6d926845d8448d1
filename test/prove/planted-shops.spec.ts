import { describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { proveNotifyUrl, type FindingCode, type Proof } from '../../sandbox/testing/index.js';
import { HeldPort } from '../support/held-port.js';
import { PlantedShop } from './planted/planted-shop.js';
import {
  AcknowledgesBeforeTheWork,
  AnswersInJson,
  AnswersWithANewline,
  ComparesNoAmount,
  DedupeByOrderOnly,
  DedupeInMemory,
  DoesNothing,
  NoDedupe,
  SetsClosedOverPaid,
  TakesAmpersands,
  TrustsOneMerchantForAll,
  TrustsReturnUrl,
  VerifiesNothing,
} from './planted/planted-shops.js';

/** The shops work at once, so what has not come by then does not come. */
const FAST = { effectMs: 1, quietMs: 1 };

async function prove(Shop: typeof PlantedShop): Promise<Proof> {
  const sandbox = await Pass2PaySandbox.start();
  const port = await HeldPort.take();
  const shop = new Shop(sandbox, port);
  await shop.start();
  try {
    return await proveNotifyUrl({
      notifyUrl: `${shop.url}/pay/notify`,
      sandbox,
      orders: () => shop.order(),
      count: (no) => shop.count(no),
      returnUrl: `${shop.url}/thanks`,
      restart: () => shop.restart(),
      times: FAST,
    });
  } finally {
    await shop.stop();
    await port.release();
    await sandbox.stop();
  }
}

const codesOf = ({ findings }: Proof) => findings.map(({ code }) => code);

it('a shop that does everything right passes every check', async () => {
  const proof = await prove(PlantedShop);
  expect(proof.findings).toEqual([]);
  expect(proof).toMatchObject({ passed: true, counts: { passed: proof.checks.length, failed: 0, skipped: 0 } });
});

describe('each planted fault is found', () => {
  const CASES: readonly (readonly [typeof PlantedShop, FindingCode])[] = [
    [NoDedupe, 'repeated'],
    [DedupeByOrderOnly, 'late-payment-lost'],
    [DedupeInMemory, 'repeated-after-restart'],
    [AcknowledgesBeforeTheWork, 'lost-after-acknowledgement'],
    [ComparesNoAmount, 'amount'],
    [TrustsReturnUrl, 'return-url'],
    [SetsClosedOverPaid, 'paid-undone'],
    [AnswersInJson, 'not-acknowledged'],
    [AnswersWithANewline, 'not-acknowledged'],
    [TrustsOneMerchantForAll, 'other-merchant'],
    [VerifiesNothing, 'forged-effect'],
    [TakesAmpersands, 'ambiguous'],
    [DoesNothing, 'no-effect'],
  ];

  it.each(CASES.map(([Shop, code]) => ({ fault: Shop.name, code, Shop })))('$fault: $code', async ({ code, Shop }) => {
    const proof = await prove(Shop);
    expect(codesOf(proof)).toContain(code);
    expect(proof.passed).toBe(false);
    expect(proof.ownDurationMs).toBeLessThan(60_000);
  });
});
