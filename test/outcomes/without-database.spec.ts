// What each set-up without a database still knows after a restart, and what it has lost: on a real Redis.
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BullMqOutcomeQueue } from '../../lib/bullmq/index.js';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import { MemoryInbox } from '../../lib/outcomes/memory-inbox.js';
import type { MerchantOrders } from '../../lib/outcomes/merchant-orders.js';
import type { PaymentOutcome } from '../../lib/outcomes/outcome.js';
import { Reconciler } from '../../lib/outcomes/reconciler.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { RedisInbox } from '../../lib/redis/index.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { until } from '../bullmq/support/wait.js';
import { Doorway } from '../database/support/doorway.js';
import { startApp } from '../support/nest-app.js';
import { describeWithRedis, REDIS_URL } from '../support/services.js';
import { notifyParams, signedForm } from '../support/test-merchant.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;

/** Within it the gateway makes all attempts of a notify. */
const ALL_ATTEMPTS_MS = 480_000;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

let sandbox: Pass2PaySandbox;
let doorway: Doorway;
/** What handlers have done, such as `2` or `2 late`, in all processes. */
let effects: string[];
/** What the merchant's order took over last, where it keeps that. */
let lastState: number | null;

beforeEach(async () => {
  effects = [];
  lastState = null;
  sandbox = await Pass2PaySandbox.start({ clock: 'stepped' });
  doorway = await Doorway.open();
  closing.push(
    () => doorway.close(),
    () => sandbox.stop(),
  );
});

/** A process, at which the notifies arrive from now on. */
async function start(options: Partial<Pass2PayOptions>) {
  const handler = { isFailing: false };
  @Injectable()
  class Fulfilment {
    @OnPayment() settle({ state, late }: PaymentOutcome) {
      if (handler.isFailing) throw new Error('the warehouse is closed');
      lastState = state;
      effects.push(`${state}${late ? ' late' : ''}`);
    }
  }
  const { app, url } = await startApp({
    imports: [
      Pass2PayModule.forRoot({
        notifyPath: 'pay/notify',
        baseUrl: sandbox.url,
        merchants: [{ mchNo, appId, secrets: secret }],
        notifyUrl: `${doorway.url}/pay/notify`,
        retries: 0,
        reconcile: { enabled: false },
        ...options,
      }),
    ],
    providers: [Fulfilment],
  });
  doorway.leadTo(url);
  let isRunning = true;
  const stop = async () => {
    if (!isRunning) return;
    isRunning = false;
    doorway.leadTo(undefined);
    await app.close();
  };
  closing.push(stop);
  return { app, handler, stop };
}

async function create({ app }: Awaited<ReturnType<typeof start>>, mchOrderNo = 'O1') {
  const order = { mchOrderNo, amount: 100, custNo: 'C1', registerTime: 1_622_016_572_190, expiredTime: 7200 };
  return app.get(CashierService).createOrder(order);
}

async function tellClosed(): Promise<string> {
  const { payOrderId } = sandbox.order('O1')!;
  const params = { mchNo, appId, mchOrderNo: 'O1', payOrderId, amount: '100', state: String(OrderState.Closed) };
  const response = await fetch(`${doorway.url}/pay/notify`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: signedForm(notifyParams(params), secret),
  });
  return response.text();
}

const ownOrders: MerchantOrders = {
  find: async () => ({ amount: 100, currency: 'cny', lastState }),
  pending: async () => [],
};

const prefix = `kept-${randomBytes(6).toString('hex')}:`;
let redis: Redis;

/** By what two processes remember, the second one after the first, and what happens in between. */
interface SetUp {
  name: string;
  options: () => Partial<Pass2PayOptions>;
  between?: () => Promise<unknown>;
}
const inRedis = () => new RedisInbox({ client: redis, prefix });
const forget = async () => {
  const keys = await redis.keys(`${prefix}*`);
  expect(keys).not.toEqual([]);
  await redis.del(keys);
};

const FORGETFUL: SetUp[] = [
  { name: 'memory', options: () => ({ inbox: new MemoryInbox() }) },
  { name: 'a Redis that has lost its data', options: () => ({ inbox: inRedis() }), between: forget },
];
const REDIS: SetUp = { name: 'Redis', options: () => ({ inbox: inRedis() }) };
/** A lastState of the same state makes no duplicate: not all of its handlers may have succeeded. */
const WITH_LAST_STATE: SetUp[] = [
  { name: 'memory and lastState', options: () => ({ inbox: new MemoryInbox(), merchantOrders: ownOrders }) },
  {
    name: 'a Redis that has lost its data, and lastState',
    options: () => ({ inbox: inRedis(), merchantOrders: ownOrders }),
    between: forget,
  },
];

await describeWithRedis('without a database', () => {
  beforeEach(() => {
    redis = new Redis(REDIS_URL);
    closing.push(async () => {
      const keys = await redis.keys(`${prefix}*`);
      if (keys.length > 0) await redis.del(keys);
      redis.disconnect();
    });
  });

  const restart = async (running: Awaited<ReturnType<typeof start>>, { options, between }: SetUp) => {
    await running.stop();
    await between?.();
    return start(options());
  };

  /** A payment that the first process has handled is told to the second one again. */
  const tellAgain = async (setUp: SetUp) => {
    const first = await start(setUp.options());
    await create(first);
    await sandbox.pay('O1');
    await sandbox.advance(0);
    await restart(first, setUp);
    await sandbox.resendNotify('O1');
    await sandbox.advance(0);
  };
  const payLate = async (setUp: SetUp) => {
    const first = await start(setUp.options());
    await create(first);
    await sandbox.close('O1');
    await sandbox.advance(0);
    await restart(first, setUp);
    await sandbox.payAfterClose('O1');
    await sandbox.advance(0);
  };
  const tellOlder = async (setUp: SetUp) => {
    const first = await start(setUp.options());
    await create(first);
    await sandbox.pay('O1');
    await sandbox.advance(0);
    await restart(first, setUp);
    expect(await tellClosed()).toBe('success');
  };

  it('another process finds a create whose process has died, or makes it, by the same number', async () => {
    const first = await start({});
    await create(first, 'sent');
    await first.stop();
    const second = await start({});
    expect(await create(second, 'sent')).toMatchObject({ recovered: true });
    expect(await create(second, 'unsent')).toMatchObject({ recovered: false });
  });

  it('Redis has no repeated payment handled again after a restart', async () => {
    await tellAgain(REDIS);
    expect(effects).toEqual(['2']);
  });

  describe.each([...FORGETFUL, ...WITH_LAST_STATE])('$name', (setUp) => {
    it('has a repeated payment handled again after a restart', async () => {
      await tellAgain(setUp);
      expect(effects).toEqual(['2', '2']);
    });
  });

  describe.each(FORGETFUL)('$name', (setUp) => {
    it('has an older state handled after a payment, after a restart', async () => {
      await tellOlder(setUp);
      expect(effects).toEqual(['2', '6']);
    });

    it('takes a late payment for an ordinary one after a restart', async () => {
      await payLate(setUp);
      expect(effects).toEqual(['6', '2']);
    });
  });

  describe.each([REDIS, ...WITH_LAST_STATE])('$name', (setUp) => {
    it('has no older state handled after a payment, after a restart', async () => {
      await tellOlder(setUp);
      expect(effects).toEqual(['2']);
    });

    it('knows after a restart that a payment is late', async () => {
      await payLate(setUp);
      expect(effects).toEqual(['6', '2 late']);
    });
  });

  it.each([
    ['memory', () => new MemoryInbox(), ['2', '2']],
    ['Redis', inRedis, ['2']],
  ])('%s: two processes that are told of one payment', async (_, inbox, expected) => {
    const first = await start({ inbox: inbox() });
    await create(first);
    await sandbox.pay('O1');
    await sandbox.advance(0);
    // From now on, notifies come to this one.
    await start({ inbox: inbox() });
    await sandbox.resendNotify('O1');
    await sandbox.advance(0);
    expect(effects).toEqual(expected);
  });

  it.each(['memory', 'Redis'])('%s: a late payment is lost whose handlers fail at each attempt', async (inbox) => {
    const shop = await start({ inbox: inbox === 'Redis' ? inRedis() : new MemoryInbox(), merchantOrders: ownOrders });
    await create(shop);
    await sandbox.close('O1');
    await sandbox.advance(0);
    shop.handler.isFailing = true;
    await sandbox.payAfterClose('O1');
    await sandbox.advance(ALL_ATTEMPTS_MS);
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: false, attempts: 6 });
    shop.handler.isFailing = false;
    // The query goes on saying that the order is closed.
    expect(await shop.app.get(Reconciler).reconcileNow('O1')).toBe('duplicate');
    expect(effects).toEqual(['6']);
  });

  describe('a queue', () => {
    const newQueue = () => {
      const place = { connection: { url: REDIS_URL }, prefix: `${prefix}${randomBytes(3).toString('hex')}` };
      return (options: { work?: boolean } = {}) => new BullMqOutcomeQueue({ ...place, attempts: 1, ...options });
    };

    it('keeps a late payment whose handlers fail, until it is tried again', async () => {
      const outcomeQueue = newQueue()();
      const shop = await start({ inbox: inRedis(), merchantOrders: ownOrders, outcomeQueue });
      await create(shop);
      await sandbox.close('O1');
      await sandbox.advance(0);
      await until(() => effects.length === 1);
      shop.handler.isFailing = true;
      await sandbox.payAfterClose('O1');
      await sandbox.advance(0);
      await until(async () => (await outcomeQueue.counts()).failed === 1);
      shop.handler.isFailing = false;
      expect(await outcomeQueue.retry('all')).toBe(1);
      await until(() => effects.length === 2);
      expect(effects).toEqual(['6', '2 late']);
    });

    it('that has lost its data has lost late payments, and the reconciler finds the others', async () => {
      const settings = { inbox: inRedis() };
      const inline = await start(settings);
      await create(inline, 'late');
      await create(inline, 'paid');
      await sandbox.close('late');
      await sandbox.advance(0);
      await inline.stop();
      const first = await start({ ...settings, outcomeQueue: newQueue()({ work: false }) });
      await sandbox.payAfterClose('late');
      await sandbox.pay('paid');
      await sandbox.advance(0);
      for (const order of ['late', 'paid']) {
        expect(await sandbox.notifySettled(order)).toEqual({ acknowledged: true, attempts: 1 });
      }
      await first.stop();

      const second = await start({ ...settings, outcomeQueue: newQueue()() });
      expect(await second.app.get(Reconciler).reconcileNow('late')).toBe('duplicate');
      expect(await second.app.get(Reconciler).reconcileNow('paid')).toBe('queued');
      await until(() => effects.length === 2);
      expect(effects).toEqual(['6', '2']);
    });
  });
});
