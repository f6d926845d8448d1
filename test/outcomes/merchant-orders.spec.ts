import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ExpectedOrder, MerchantOrders, PendingOrder } from '../../lib/outcomes/merchant-orders.js';
import { findOwnOrder, readPendingOrders } from '../../lib/outcomes/read-merchant-orders.js';
import { Pass2PayMerchantOrdersError } from '../../lib/errors/pass2pay.errors.js';
import { Reconciler } from '../../lib/outcomes/reconciler.js';
import { PLATFORMS } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { startNotifiedShop, type NotifiedShop } from './support/notified-shop.js';

const ORDER = { kind: 'payment', mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1' } as const;
const FIND = 'merchantOrders.find returned';
const FOR = 'for payment O1 of merchant M1';

let shop: NotifiedShop | undefined;
afterEach(async () => {
  await shop?.app.close();
  shop = undefined;
});

/** A port whose `find` gives whatever a test wants, as an application in JavaScript could. */
const finding = (find: () => unknown): MerchantOrders => ({
  find: find as MerchantOrders['find'],
  pending: async () => [],
});

const fits: Partial<ExpectedOrder> = { amount: 5, currency: 'cny' };

describe.each(PLATFORMS)('what find gives, on %s', (platform) => {
  it.each<[string, Partial<Record<keyof ExpectedOrder, unknown>>]>([
    ['A5 the amount as text', { amount: '5' }],
    ['A5 the amount as text with decimals', { amount: '5.00' }],
    ['A5 the amount as a BigInt', { amount: 5n }],
    ['A6 null for what is not known', { mchNo: null, appId: null, mchOrderNo: null, lastState: null }],
    ['A6 a currency of another case', { currency: 'CNY' }],
    ['A6 a padded currency', { currency: 'CNY ' }],
    ['A6 padded numbers', { mchNo: 'M1   ', appId: 'A1  ', mchOrderNo: 'O1 ' }],
    ['a state as text', { lastState: '1' }],
  ])('%s fits', async (_what, own) => {
    shop = await startNotifiedShop({
      platform,
      options: { merchantOrders: finding(async () => ({ ...fits, ...own })) },
    });
    expect(await shop.notify()).toEqual({ status: 200, text: 'success' });
    expect([shop.applied.length, shop.mismatches.length]).toEqual([1, 0]);
  });

  it.each<[string, () => unknown, string]>([
    [
      'A5 a fraction',
      async () => ({ ...fits, amount: '100.31' }),
      `${FIND} amount '100.31' ${FOR}; return whole minor units`,
    ],
    ['A5 NaN', async () => ({ ...fits, amount: Number.NaN }), `${FIND} amount NaN ${FOR}; return whole minor units`],
    ['A5 no amount', async () => ({ currency: 'cny' }), `${FIND} no amount ${FOR}; return whole minor units`],
    ['A6 no currency', async () => ({ amount: 5 }), `${FIND} no currency ${FOR}; return its three letters`],
    ['A6 an empty currency', async () => ({ ...fits, currency: ' ' }), `${FIND} currency ' ' ${FOR}`],
    ['a number as mchNo', async () => ({ ...fits, mchNo: 1 }), `${FIND} mchNo 1 ${FOR}; return a string`],
    ['a state in words', async () => ({ ...fits, lastState: 'PAID' }), `${FIND} lastState 'PAID' ${FOR}`],
    ['a state that there is not', async () => ({ ...fits, lastState: 9 }), `${FIND} lastState 9 ${FOR}`],
    ['true', async () => true, `${FIND} true ${FOR}; return an object`],
    ['rows instead of a row', async () => [fits], `${FIND} [ [Object] ] ${FOR}; return an object`],
    ['a promise of text', () => Promise.resolve('O1'), `${FIND} 'O1' ${FOR}; return an object`],
    [
      'an error at once',
      () => {
        throw new Error('no pool');
      },
      'merchantOrders.find failed for payment O1 of merchant M1: no pool',
    ],
    [
      'a rejection',
      () => Promise.reject(new Error('database down')),
      'merchantOrders.find failed for payment O1 of merchant M1: database down',
    ],
  ])('%s is named, and not acknowledged', async (_what, find, message) => {
    shop = await startNotifiedShop({ platform, options: { merchantOrders: finding(find) } });
    const { status, text } = await shop.notify();
    expect(status).toBeGreaterThanOrEqual(500);
    expect(text.toLowerCase()).not.toContain('success');
    expect(logged.join('\n')).toContain(message);
    expect([shop.applied, shop.mismatches]).toEqual([[], []]);
  });
});

describe('A5 an amount', () => {
  const amountOf = async (amount: unknown) =>
    (
      await findOwnOrder(
        finding(async () => ({ ...fits, amount })),
        ORDER,
        { isMchNoRequired: false },
      )
    )?.amount;

  it('is the same number whatever type the driver has for it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.maxSafeNat(), async (amount) => {
        for (const form of [amount, String(amount), `${amount}.0`, `${amount}.000`, BigInt(amount)]) {
          expect(await amountOf(form)).toBe(amount);
        }
      }),
    );
  });

  it.each([
    [0, 0],
    ['0', 0],
    [0n, 0],
    ['0.0', 0],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])('%p is %i', async (given, amount) => {
    expect(await amountOf(given)).toBe(amount);
  });

  it.each([-5, '-5', -5n, '1e3', ' 5', '5 ', '05', '0x10', '+5', '5.', '.0', '5.01', 2 ** 53, true, [5], null])(
    '%p is an error',
    async (given) => {
      await expect(amountOf(given)).rejects.toThrow('return whole minor units, such as 10031 for 100.31');
    },
  );

  it('is a number that was meant, or an error', async () => {
    const anything = fc.oneof(fc.anything({ withBigInt: true }), fc.string(), fc.double(), fc.bigInt());
    await fc.assert(
      fc.asyncProperty(anything, async (given) => {
        const amount = await amountOf(given).catch((error: unknown) => error);
        if (amount instanceof Pass2PayMerchantOrdersError) return;
        expect(Number.isSafeInteger(amount)).toBe(true);
        expect(String(given).replace(/\.0+$/, '')).toBe(String(amount));
      }),
    );
  });
});

describe('an answer that cannot be used', () => {
  const foundAs = (answer: unknown) =>
    findOwnOrder(
      finding(async () => answer),
      ORDER,
      { isMchNoRequired: false },
    );

  it('is an error with the order’s number, and with its cause', async () => {
    const cause = new Error('database down');
    const failing = finding(() => Promise.reject(cause));
    await expect(findOwnOrder(failing, ORDER, { isMchNoRequired: false })).rejects.toMatchObject({
      mchOrderNo: 'O1',
      cause,
    });
    await expect(foundAs({ ...fits, amount: null })).rejects.toMatchObject({ mchOrderNo: 'O1' });
    await expect(foundAs('O1')).rejects.toMatchObject({ mchOrderNo: 'O1' });
  });

  it.each<[object, string]>([
    [{ ...fits, amount: null }, 'returned no amount for payment O1 of merchant M1'],
    [
      { ...fits, lastState: 9 },
      'returned lastState 9 for payment O1 of merchant M1; return the number of the last applied gateway state, such as 2 for success',
    ],
    [
      { ...fits, appId: ' ' },
      "returned appId ' ' for payment O1 of merchant M1; return null or leave it out if it is unknown",
    ],
  ])('%j: %s', async (answer, message) => {
    await expect(foundAs(answer)).rejects.toThrow(`merchantOrders.find ${message}`);
  });

  it('is shown in 80 characters', async () => {
    const shownOf = async (amount: unknown) =>
      /amount (.*) for payment O1/.exec(
        String(await foundAs({ ...fits, amount }).catch((error: unknown) => error)),
      )?.[1];
    const names = (length: number) => ({ ['n'.repeat(length - '{ : 1 }'.length)]: 1 });
    expect(await shownOf(names(80))).toBe(`{ ${'n'.repeat(73)}: 1 }`);
    expect(await shownOf(names(81))).toBe(`{ ${'n'.repeat(74)}: 1…`);
  });
});

describe('what pending gives', () => {
  const BEFORE = [new Date(0), 10, 0] as const;
  const read = (pending: unknown) =>
    readPendingOrders({ find: async () => null, pending: pending as () => Promise<never[]> }, [...BEFORE], {
      isMchNoRequired: false,
    });

  it.each<[string, () => unknown, string]>([
    ['nothing', async () => undefined, 'merchantOrders.pending returned undefined; return an array'],
    ['rows in an object', async () => ({ rows: [] }), 'merchantOrders.pending returned { rows: [] }; return an array'],
    [
      'an error',
      () => {
        throw new Error('no pool');
      },
      'merchantOrders.pending failed for the orders that are not ended: no pool',
    ],
  ])('%s is named', async (_what, pending, message) => {
    await expect(read(pending)).rejects.toThrow(message);
  });

  it('is read entry by entry: a wrong one does not take the others with it', async () => {
    const entries = [
      null,
      'O1',
      { kind: 'payment' },
      { mchOrderNo: 7 },
      { mchOrderNo: 'O2', kind: 'refund' },
      { mchOrderNo: 'O3', merchant: 'M1' },
      { mchOrderNo: 'O4', merchant: { mchNo: 'M1' } },
      { mchOrderNo: 'O5 ', kind: null, merchant: null },
      { mchOrderNo: 'O6', kind: 'transfer', merchant: { mchNo: null, appId: 'A1' } },
    ];
    const page = await read(async () => entries);
    expect(page.map((entry) => (entry instanceof Error ? entry.message : entry))).toEqual([
      'merchantOrders.pending returned null in an entry; return an object',
      "merchantOrders.pending returned 'O1' in an entry; return an object",
      'merchantOrders.pending returned no mchOrderNo in an entry; return the order number as sent to the gateway',
      'merchantOrders.pending returned mchOrderNo 7 in an entry; return a string',
      "merchantOrders.pending returned kind 'refund' for O2; return 'payment' or 'transfer'",
      "merchantOrders.pending returned 'M1' as the merchant of O3; return an object",
      'merchantOrders.pending returned no appId as the merchant of O4; return the app that created the order',
      { mchOrderNo: 'O5', kind: 'payment' },
      { mchOrderNo: 'O6', kind: 'transfer', merchant: { mchNo: undefined, appId: 'A1' } },
    ]);
  });

  it('names the order of a wrong entry, if it has one', async () => {
    const page = await read(async () => [
      { mchOrderNo: 'O2', kind: 'refund' },
      { mchOrderNo: 'O4', merchant: {} },
      { mchOrderNo: 'O5', merchant: 7 },
      null,
    ]);
    expect(page.map(({ mchOrderNo }) => mchOrderNo)).toEqual(['O2', 'O4', 'O5', undefined]);
  });

  it('keeps the reconciler going, which logs each wrong entry', async () => {
    const merchantOrders = {
      find: async () => null,
      pending: async (_before: Date, _limit: number, skip: number) =>
        ([null, { mchOrderNo: 'O8', kind: 'refund' }, { mchOrderNo: 'O9' }] as PendingOrder[]).slice(skip),
    };
    const reconcile = { enabled: false, afterMs: 0, perMinute: 100_000 };
    shop = await startNotifiedShop({ options: { merchantOrders, reconcile } });
    const reconciler = shop.app.get(Reconciler);
    await reconciler.sweep();
    expect(reconciler.stats).toMatchObject({ asked: 1, failed: 3 });
    expect(logged.join('\n')).toContain("merchantOrders.pending returned kind 'refund' for O8");
  });
});
