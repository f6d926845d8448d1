import { describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { proveNotifyUrl, type FindingCode, type Proof, type ProveOptions } from '../../sandbox/testing/index.js';
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
  FailsOnRepetition,
  KeepsAQueue,
  NoDedupe,
  SetsClosedOverPaid,
  TakesAmpersands,
  TrustsOneMerchantForAll,
  TrustsReturnUrl,
  VerifiesNothing,
} from './planted/planted-shops.js';

/** The shops work at once, so what has not come by then does not come. */
const FAST = { effectMs: 1, quietMs: 1 };

async function prove(Shop: typeof PlantedShop, options: Partial<ProveOptions> = {}): Promise<Proof> {
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
      ...options,
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

describe('work that a durable queue does after the acknowledgement', () => {
  const times = { quietMs: 1 };

  it('passes where the process is killed in between', async () => {
    expect((await prove(KeepsAQueue, { times })).findings).toEqual([]);
  });

  it('is a warning without a restart, which cannot tell a durable queue from memory', async () => {
    const proof = await prove(KeepsAQueue, { times, restart: undefined });
    expect(codesOf(proof)).toEqual(['acknowledged-early']);
    expect(proof).toMatchObject({ passed: true, counts: { warned: 1, failed: 0 } });
  });
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
    [FailsOnRepetition, 'not-acknowledged'],
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
