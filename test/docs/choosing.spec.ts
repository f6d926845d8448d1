import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';
import { CashierService, OnPayment, OrderState, type MerchantOrders, type Pass2PayOptions } from 'nestjs-pass2pay';
import type { BullMqOutcomeQueueOptions } from 'nestjs-pass2pay/bullmq';
import { afterAll, expect, it } from '@jest/globals';
import { describeWithRedis, REDIS_URL } from '../support/services.js';
import { RunDocument } from './support/document.js';
import { ORDER, startShop } from './support/shop.js';

const page = new RunDocument('docs/choosing.md');
const { withDatabase } = await page.load<{ withDatabase: () => Partial<Pass2PayOptions> }>('withDatabase');
const { withRedis, withQueue } = await page.load<{
  withRedis: (client: Redis, merchantOrders: MerchantOrders) => Partial<Pass2PayOptions>;
  withQueue: (
    client: Redis,
    merchantOrders: MerchantOrders,
    queue: BullMqOutcomeQueueOptions,
  ) => Partial<Pass2PayOptions>;
}>('withQueue');

const merchantOrders: MerchantOrders = {
  find: async () => ({ amount: ORDER.amount, currency: 'cny' }),
  pending: async () => [],
};

it('a database is one option', () => {
  expect(withDatabase()).toMatchObject({ database: { dialect: 'postgres' } });
});

await describeWithRedis('the set-ups without a database', () => {
  const prefix = `choosing-${randomBytes(6).toString('hex')}:`;
  const client = new Redis(REDIS_URL, { keyPrefix: prefix });
  const all = new Redis(REDIS_URL);
  afterAll(async () => {
    const keys = await all.keys(`${prefix}*`);
    if (keys.length > 0) await all.del(keys);
    client.disconnect();
    all.disconnect();
  });

  it.each([
    ['Redis', () => withRedis(client, merchantOrders), true],
    ['a queue', () => withQueue(client, merchantOrders, { connection: { url: REDIS_URL }, prefix }), false],
  ])('sell with %s', async (setUp, options, isHandledFirst) => {
    const handled = new EventEmitter();
    let isHandled = false;
    @Injectable()
    class Fulfilment {
      @OnPayment(OrderState.Success)
      async markPaid() {
        // A queue's worker waits here until the notify is acknowledged; inline, nothing acknowledges it before.
        if (!isHandledFirst) await acknowledged;
        isHandled = true;
        handled.emit('paid');
      }
    }
    let acknowledge!: () => void;
    const acknowledged = new Promise<void>((resolve) => (acknowledge = resolve));
    const { app, gateway } = await startShop(
      { providers: [Fulfilment] },
      { options: { ...options(), notifyPath: 'pay/notify' } },
    );
    const mchOrderNo = setUp === 'Redis' ? 'R1' : 'Q1';
    await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo });
    const paid = once(handled, 'paid');
    await gateway.pay(mchOrderNo);
    expect(await gateway.notifySettled(mchOrderNo)).toMatchObject({ acknowledged: true });
    expect(isHandled).toBe(isHandledFirst);
    acknowledge();
    await paid;
    await app.close();
  });
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
