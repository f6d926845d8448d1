import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MerchantOrders } from '../../lib/outcomes/merchant-orders.js';
import type { OutcomeQueue, QueueWork } from '../../lib/outcomes/outcome-queue.js';
import { outcomeEvent } from '../../lib/outcomes/outcome.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { Reconciler } from '../../lib/outcomes/reconciler.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { startServer, type FakeServer } from '../support/fake-server.js';
import { PLATFORMS } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { MERCHANT } from '../support/test-merchant.js';
import { startNotifiedShop, type NotifiedShop } from './support/notified-shop.js';

let shop: NotifiedShop | undefined;
afterEach(async () => {
  await shop?.app.close();
  shop = undefined;
});

const orders: MerchantOrders = {
  find: async () => ({ amount: 5, currency: 'cny' }),
  pending: async () => [],
};

const payment = (state: number) =>
  Object.assign(new PaymentOrder(), {
    mchNo: 'M1',
    appId: 'A1',
    payOrderId: 'P1',
    mchOrderNo: 'O1',
    amount: 5,
    currency: 'cny',
    state,
  });

describe.each(PLATFORMS)('a mismatch on %s', (platform) => {
  it('is acknowledged once a handler took it', async () => {
    shop = await startNotifiedShop({ platform, options: { merchantOrders: orders } });
    expect(await shop.notify({ amount: '6' })).toEqual({ status: 200, text: 'success' });
    expect(shop.mismatches).toMatchObject([
      { reason: 'differs', differences: ['amount is 6, not 5'], expected: { amount: 5, currency: 'cny' } },
    ]);
    expect(shop.applied).toEqual([]);
  });

  it('is not acknowledged without a handler, which the log says', async () => {
    shop = await startNotifiedShop({ platform, takesMismatches: false, options: { merchantOrders: orders } });
    const { status, text } = await shop.notify({ amount: '6' });
    expect(status).toBe(503);
    expect(text.toLowerCase()).not.toContain('success');
    expect(logged.join('\n')).toContain(
      "payment O1 of merchant M1 does not match the merchant's order: amount is 6, not 5. There is no @OnMismatch handler",
    );
    expect(shop.applied).toEqual([]);
  });
});

describe.each(PLATFORMS)('A4 a signed notify of a state that is not documented, on %s', (platform) => {
  it.each([false, true])('is acknowledged once @OnMismatch took it (rawBody: %p)', async (rawBody) => {
    shop = await startNotifiedShop({ platform, rawBody, options: { merchantOrders: orders } });
    expect(await shop.notify({ state: '7' })).toEqual({ status: 200, text: 'success' });
    expect(shop.mismatches).toMatchObject([{ reason: 'unknown-state', event: { data: { state: 7 } } }]);
    expect(shop.applied).toEqual([]);
  });

  it('is answered 503 where nobody takes it', async () => {
    shop = await startNotifiedShop({ platform, takesMismatches: false });
    expect((await shop.notify({ state: '7' })).status).toBe(503);
    expect(shop.applied).toEqual([]);
  });
});

describe.each(PLATFORMS)('A4 a query that says a state that is not documented, on %s', (platform) => {
  const order = { ...payment(7), payOrderId: 'P1795063328371040258', wayCode: 'ALI_QR' };
  let gateway: FakeServer;
  beforeEach(async () => {
    gateway = await startServer((_request, response) => {
      const envelope = { code: 0, msg: 'SUCCESS', data: order, sign: sign(order, MERCHANT.secrets) };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(envelope));
    });
  });
  afterEach(() => gateway.close());

  it('confirms the notify that says it, and is a mismatch', async () => {
    shop = await startNotifiedShop({ platform, options: { baseUrl: gateway.url, confirmNotify: 'always' } });
    expect(await shop.notify({ state: '7' })).toEqual({ status: 200, text: 'success' });
    expect(gateway.requests).toHaveLength(1);
    expect(shop.mismatches).toMatchObject([{ reason: 'unknown-state', event: { data: { state: 7 } } }]);
  });

  it('is a mismatch that the reconciler finds', async () => {
    shop = await startNotifiedShop({ platform, options: { baseUrl: gateway.url, merchantOrders: orders } });
    expect(await shop.app.get(Reconciler).reconcileNow('O1')).toBe('mismatch');
    expect(shop.mismatches).toMatchObject([{ reason: 'unknown-state', event: { source: 'query' } }]);
    expect(shop.applied).toEqual([]);
  });
});

describe('A4 a state that the gateway does not document', () => {
  it.each<[string, MerchantOrders | undefined]>([
    ['with merchant orders', orders],
    ['without them', undefined],
  ])('is a mismatch, %s, and never delivered as a payment', async (_how, merchantOrders) => {
    shop = await startNotifiedShop({ options: { merchantOrders } });
    const processor = shop.app.get(OutcomeProcessor);
    expect(await processor.process(payment(7))).toBe('mismatch');
    expect(shop.mismatches).toMatchObject([{ reason: 'unknown-state', differences: ['state 7 is not documented'] }]);
    expect(shop.mismatches[0]!.expected).toEqual(merchantOrders && expect.objectContaining({ amount: 5 }));
    expect(shop.applied).toEqual([]);
  });

  it('is a mismatch also after a success, and leaves what was applied as it is', async () => {
    shop = await startNotifiedShop();
    const processor = shop.app.get(OutcomeProcessor);
    expect(await processor.process(payment(2))).toBe('applied');
    expect(await processor.process(payment(7))).toBe('mismatch');
    expect(await processor.process(payment(2))).toBe('duplicate');
  });

  it('is not acknowledged where no handler takes it', async () => {
    shop = await startNotifiedShop({ takesMismatches: false });
    await expect(shop.app.get(OutcomeProcessor).process(payment(7))).rejects.toMatchObject({ status: 503 });
    expect(logged.join('\n')).toContain('state 7 is not documented. There is no @OnMismatch handler');
    expect(shop.applied).toEqual([]);
  });

  it('is kept by the queue until a worker’s handler took it', async () => {
    const kept: unknown[] = [];
    let work!: QueueWork;
    const outcomeQueue: OutcomeQueue = {
      add: async (event) => void kept.push(event),
      start: async (given) => {
        work = given;
      },
      close: async () => {},
    };
    shop = await startNotifiedShop({ takesMismatches: false, options: { outcomeQueue } });
    expect(await shop.app.get(OutcomeProcessor).process(payment(7))).toBe('queued');
    expect(kept).toHaveLength(1);
    await expect(work.deliver(outcomeEvent(payment(7), 'notify'))).rejects.toMatchObject({ status: 503 });
    expect(shop.applied).toEqual([]);
  });
});
