import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryInbox } from '../../lib/outcomes/memory-inbox.js';
import type { ExpectedOrder, MerchantOrders } from '../../lib/outcomes/merchant-orders.js';
import { Reconciler } from '../../lib/outcomes/reconciler.js';
import type { MerchantResolver } from '../../lib/merchants/merchant-resolver.js';
import type { OrderIdentity } from '../../lib/protocol/order-identity.js';
import { PLATFORMS } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { M1, M2, startNotifiedShop, type NotifiedShop } from './support/notified-shop.js';

/** One appId under two merchants. */
const M2_SAME_APP = { ...M2, appId: M1.appId };

let shop: NotifiedShop | undefined;
afterEach(async () => {
  await shop?.app.close();
  shop = undefined;
});

const ordersOf = (find: MerchantOrders['find']): MerchantOrders => ({ find, pending: async () => [] });

const resolver: MerchantResolver = {
  findMerchant: async ({ mchNo }) => [M1, M2_SAME_APP].find((merchant) => merchant.mchNo === mchNo) ?? null,
};

describe.each(PLATFORMS)('A7 two merchants with an order of one number on %s', (platform) => {
  const isPaid = new Map<string, boolean>();
  const table = async ({ kind, mchNo, mchOrderNo }: OrderIdentity): Promise<ExpectedOrder | null> =>
    isPaid.has(`${kind} ${mchNo} ${mchOrderNo}`) ? { amount: 5, currency: 'cny', mchNo } : null;

  it.each([
    ['with an app each', M2],
    ['with one appId', M2_SAME_APP],
  ])('%s: each payment is applied to its own order', async (_how, second) => {
    isPaid.clear();
    for (const { mchNo } of [M1, second]) isPaid.set(`payment ${mchNo} 1001`, false);
    const find = jest.fn(table);
    shop = await startNotifiedShop({
      platform,
      options: { merchants: [M1, second], merchantOrders: ordersOf(find) },
      handle: ({ mchNo, mchOrderNo }) => isPaid.set(`payment ${mchNo} ${mchOrderNo}`, true),
    });
    expect(await shop.notify({ mchOrderNo: '1001' }, M1)).toEqual({ status: 200, text: 'success' });
    expect([...isPaid.values()]).toEqual([true, false]);
    expect(await shop.notify({ mchOrderNo: '1001' }, second)).toEqual({ status: 200, text: 'success' });
    expect([...isPaid.values()]).toEqual([true, true]);
    expect(find.mock.calls.map(([order]) => order)).toEqual([
      { kind: 'payment', mchNo: 'M1', appId: 'A1', mchOrderNo: '1001' },
      { kind: 'payment', mchNo: 'M2', appId: second.appId, mchOrderNo: '1001' },
    ]);
    const keys = shop.applied.map(({ idempotencyKey }) => idempotencyKey);
    expect(new Set(keys).size).toBe(2);
    expect(keys).toEqual(['M1', 'M2'].map((mchNo) => expect.stringMatching(`^payment:${mchNo}:P\\d+:2$`)));
  });

  it.each<[string, object]>([
    ['two merchants are configured', { merchants: [M1, M2_SAME_APP] }],
    ['there is a merchantResolver', { merchants: undefined, merchantResolver: resolver }],
  ])('an order without mchNo, where %s, is an error that names the port', async (_why, options) => {
    const merchantOrders = ordersOf(async () => ({ amount: 5, currency: 'cny' }));
    shop = await startNotifiedShop({ platform, options: { ...options, merchantOrders } });
    const { status, text } = await shop.notify({ mchOrderNo: '1001' }, M2_SAME_APP);
    expect(status).toBeGreaterThanOrEqual(500);
    expect(text).not.toContain('success');
    expect(logged.join('\n')).toContain(
      'merchantOrders.find returned no mchNo for payment 1001 of merchant M2; orders of several merchants may use the same number',
    );
    expect([shop.applied, shop.mismatches]).toEqual([[], []]);
  });

  it('the order of another merchant is a mismatch', async () => {
    const merchantOrders = ordersOf(async () => ({ amount: 5, currency: 'cny', mchNo: 'M1' }));
    shop = await startNotifiedShop({ platform, options: { merchants: [M1, M2], merchantOrders } });
    expect((await shop.notify({ mchOrderNo: '1001' }, M2)).status).toBe(200);
    expect(shop.applied).toEqual([]);
    expect(shop.mismatches).toMatchObject([{ reason: 'differs', differences: ['mchNo is M2, not M1'] }]);
  });

  it('the order of another spelling, which a database without case finds, is a mismatch', async () => {
    const merchantOrders = ordersOf(async () => ({ amount: 5, currency: 'cny', mchOrderNo: 'abc-1' }));
    shop = await startNotifiedShop({ platform, options: { merchantOrders } });
    expect((await shop.notify({ mchOrderNo: 'ABC-1' })).status).toBe(200);
    expect(shop.applied).toEqual([]);
    expect(shop.mismatches).toMatchObject([{ differences: ['mchOrderNo is ABC-1, not abc-1'] }]);
    expect((await shop.notify({ mchOrderNo: 'abc-1' })).status).toBe(200);
    expect(shop.applied).toHaveLength(1);
  });
});

describe('A7 the inbox', () => {
  it('is asked about kind, merchant and number, and about nothing else', async () => {
    const inbox = new MemoryInbox();
    const recall = jest.spyOn(inbox, 'recall');
    shop = await startNotifiedShop({ options: { merchants: [M1, M2], inbox } });
    await shop.notify({ mchOrderNo: 'Ab:1' }, M2);
    expect(recall.mock.calls[0]).toEqual(['payment:M2:ab%3a1']);
    expect(await inbox.recall('payment:M2:ab%3a1')).toEqual({ lastApplied: 2, gatewayState: 2 });
  });
});

describe('A7 the reconciler', () => {
  it('names an entry of pending without its merchant, and goes on with the others', async () => {
    const merchantOrders: MerchantOrders = {
      find: async () => null,
      pending: async () => [
        { mchOrderNo: '1001' },
        { mchOrderNo: '1002', merchant: { appId: 'A1' } },
        { mchOrderNo: '1003', merchant: { appId: 'A1', mchNo: 'M1' } },
      ],
    };
    const reconcile = { enabled: false, afterMs: 0, perMinute: 100_000 };
    shop = await startNotifiedShop({ options: { merchants: [M1, M2_SAME_APP], merchantOrders, reconcile } });
    const reconciler = shop.app.get(Reconciler);
    await reconciler.sweep();
    // The gateway is not there, so that the third is asked about and fails.
    expect(reconciler.stats).toMatchObject({ asked: 1, failed: 3 });
    const lines = logged.join('\n');
    expect(lines).toContain('merchantOrders.pending returned no merchant for 1001; orders of several merchants');
    expect(lines).toContain(
      'merchantOrders.pending returned no mchNo as the merchant of 1002; orders of several merchants',
    );
    expect(lines).toContain('payment:M1:1003 could not be reconciled');
  });
});
