import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { MemoryInbox } from '../../lib/outcomes/memory-inbox.js';
import type { OutcomeQueue } from '../../lib/outcomes/outcome-queue.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { GatewayClient } from '../../lib/client/gateway-client.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { RedisInbox, type RedisScripting } from '../../lib/redis/index.js';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { TestClients } from '../redis/support/test-clients.js';
import { PLATFORMS } from '../support/nest-app.js';
import { describeWithRedis, REDIS_URL } from '../support/services.js';
import { MERCHANT } from '../support/test-merchant.js';
import { startNotifiedShop, type NotifiedShop } from './support/notified-shop.js';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const closing of open.splice(0).toReversed()) await closing.close();
});

const REPLAYS = 20;
const orders = { find: async () => ({ amount: 5, currency: 'cny' }), pending: async () => [] };

/** Lets handlers wait until the test says go. */
function gate() {
  let go!: () => void;
  const opened = new Promise<void>((resolve) => {
    go = resolve;
  });
  return { opened, go };
}

describe.each(PLATFORMS)('C3 a genuine notify that is replayed, with confirmNotify always, on %s', (platform) => {
  /** A shop whose order O1 is paid, at a gateway that counts its queries. */
  async function paidShop(more: Partial<Parameters<typeof startNotifiedShop>[0]> = {}) {
    const { secrets: secret, ...app } = MERCHANT;
    const sandbox = await Pass2PaySandbox.start({ merchants: [{ ...app, secret }], dialect: 'platform' });
    open.push({ close: () => sandbox.stop() });
    const inbox = new MemoryInbox();
    const find = jest.fn(orders.find);
    const options = {
      baseUrl: sandbox.url,
      confirmNotify: 'always' as const,
      inbox,
      merchantOrders: { ...orders, find },
    };
    const shop = await startNotifiedShop({ platform, ...more, options: { ...options, ...more.options } });
    open.push(shop.app);
    const created = await shop.app.get(GatewayClient).call('unifiedOrder', {
      mchOrderNo: 'O1',
      amount: 5,
      currency: 'cny',
      wayCode: 'ALI_QR',
      subject: '商品',
      body: '0',
    });
    await sandbox.pay('O1');
    const { payOrderId } = created.data as { payOrderId: string };
    const notify = (changes: Record<string, string> = {}) => shop.notify({ payOrderId, ...changes });
    const queries = () => sandbox.requests.filter(({ endpoint }) => endpoint === 'query').length;
    const claims = jest.spyOn(inbox, 'claim');
    const counts = () => ({ queries: queries(), finds: find.mock.calls.length, claims: claims.mock.calls.length });
    return { ...shop, notify, counts, inbox };
  }

  it('costs no query, no look-up and no claim', async () => {
    const { notify, counts, applied } = await paidShop();
    expect(await notify()).toEqual({ status: 200, text: 'success' });
    expect(counts()).toEqual({ queries: 1, finds: 1, claims: 1 });
    for (let i = 0; i < REPLAYS; i++) expect(await notify()).toEqual({ status: 200, text: 'success' });
    expect(counts()).toEqual({ queries: 1, finds: 1, claims: 1 });
    expect(applied).toHaveLength(1);
  });

  it('costs no query either where it is older than what was applied', async () => {
    const { notify, counts, applied } = await paidShop();
    await notify();
    for (let i = 0; i < REPLAYS; i++) expect((await notify({ state: '3' })).text).toBe('success');
    expect(counts()).toEqual({ queries: 1, finds: 1, claims: 1 });
    expect(applied).toHaveLength(1);
  });

  it('is still confirmed where a value with & makes it ambiguous', async () => {
    const { notify, counts } = await paidShop();
    await notify();
    expect((await notify({ errMsg: 'a&b' })).text).toBe('success');
    expect(counts().queries).toBe(2);
  });

  it('stays a repetition, although the inbox forgets it before it is dispatched', async () => {
    const { notify, inbox, applied } = await paidShop();
    await notify();
    const recall = jest.spyOn(inbox, 'recall');
    recall.mockResolvedValueOnce({ lastApplied: 2, gatewayState: 2 });
    recall.mockResolvedValue({ lastApplied: undefined, gatewayState: undefined });
    expect((await notify()).text).toBe('success');
    expect(applied).toHaveLength(1);
  });

  it('is not queued again in queue mode', async () => {
    const add = jest.fn(async () => {});
    const outcomeQueue: OutcomeQueue = { add, start: async () => {}, close: async () => {} };
    const { notify, inbox, counts } = await paidShop({ options: { outcomeQueue } });
    expect((await notify()).text).toBe('success');
    const claim = await inbox.claim('payment:M1:o1', 60_000);
    if (claim.status === 'claimed') await inbox.complete(claim.claim, 2);
    for (let i = 0; i < REPLAYS; i++) expect((await notify()).text).toBe('success');
    expect(add).toHaveBeenCalledTimes(1);
    expect(counts().queries).toBe(1);
  });

  it('causes few queries in a flood, and ties up few requests, before it was applied', async () => {
    const { opened, go } = gate();
    const { notify, counts, applied } = await paidShop({ handle: () => opened });
    const all = Array.from({ length: 200 }, () => notify());
    let refused = 0;
    const settled = new Promise<void>((resolve) => {
      // The first, and four that wait for it.
      for (const one of all) void one.then(({ status }) => status === 503 && ++refused === 195 && resolve());
    });
    await settled;
    const { queries } = counts();
    go();
    // One at a time, and none any more when four wait for the handler; one more may begin before the fourth does.
    expect(queries).toBeLessThanOrEqual(6);
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    const taken = statuses.filter((status) => status === 200);
    expect(taken.length).toBeGreaterThanOrEqual(1);
    expect(taken.length).toBeLessThanOrEqual(5);
    expect(applied).toHaveLength(1);
  });

  it('ties up four requests at most while a handler runs; the others are answered 503 at once', async () => {
    const { opened, go } = gate();
    const { notify, counts, applied } = await paidShop({ handle: () => opened });
    const all = Array.from({ length: REPLAYS }, () => notify());
    let answered = 0;
    const refused = new Promise<void>((resolve) => {
      for (const one of all) void one.then(() => ++answered === REPLAYS - 5 && resolve());
    });
    await refused;
    go();
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    const taken = statuses.filter((status) => status === 200).length;
    expect(taken).toBeGreaterThanOrEqual(1);
    expect(taken).toBeLessThanOrEqual(5);
    expect(statuses.filter((status) => status === 503)).toHaveLength(REPLAYS - taken);
    expect(counts()).toMatchObject({ finds: 1, claims: 1 });
    expect(applied).toHaveLength(1);
  });
});

await describeWithRedis('C3 replays while a handler runs for 10 s', () => {
  const clients = new TestClients();
  const prefix = `pass2pay:test:${randomUUID()}:`;
  let clock: FakeTimers.Clock;

  beforeEach(() => {
    clock = FakeTimers.install({ now: Date.now(), toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  });
  afterEach(() => {
    clock.uninstall();
    clients.disconnect();
  });

  /** A process of the shop, whose commands to Redis are counted. */
  async function process(handle: () => Promise<void>) {
    const client = clients.connect(REDIS_URL);
    const underWay = new Set<Promise<unknown>>();
    let commands = 0;
    const count = <T>(command: Promise<T>): Promise<T> => {
      commands++;
      underWay.add(command);
      return command.finally(() => underWay.delete(command));
    };
    const counting: RedisScripting = {
      eval: (...command) => count(client.eval(...command)),
      evalsha: (...command) => count(client.evalsha(...command)),
    };
    const shop: NotifiedShop = await startNotifiedShop({
      handle,
      options: { inbox: new RedisInbox({ client: counting, prefix }), merchantOrders: orders },
    });
    open.push(shop.app);
    const settle = async () => {
      do {
        await Promise.allSettled(underWay);
        await turn();
      } while (underWay.size > 0);
    };
    const processor = shop.app.get(OutcomeProcessor);
    const paid = (mchOrderNo = 'O1') =>
      Object.assign(new PaymentOrder(), {
        mchNo: 'M1',
        appId: 'A1',
        payOrderId: 'P1',
        mchOrderNo,
        amount: 5,
        currency: 'cny',
        state: 2,
      });
    const deliver = (mchOrderNo?: string) => processor.process(paid(mchOrderNo)).catch(() => 'refused');
    return { deliver, settle, spent: () => commands, reset: () => (commands = 0) };
  }

  /** In each of 100 steps of 100 ms, the commands to Redis come to their end. */
  async function tenSeconds(...processes: { settle(): Promise<void> }[]) {
    for (let step = 0; step < 100; step++) {
      await clock.tickAsync(100);
      for (const one of processes) await one.settle();
    }
  }

  it('cost few commands to Redis: in the same process one for each that waits, in another a poll that slows down', async () => {
    let handling: Promise<void> = Promise.resolve();
    const [here, there] = [await process(() => handling), await process(() => handling)];
    // So that Redis knows the scripts.
    await here.deliver('warm');
    await there.deliver('up');
    const { opened, go } = gate();
    handling = opened;
    const first = here.deliver();
    await here.settle();
    here.reset();
    there.reset();
    const replays = [here, there].map(({ deliver }) => Array.from({ length: REPLAYS }, () => deliver()));
    await tenSeconds(here, there);
    const whileItRuns = [here.spent(), there.spent()];
    go();
    await tenSeconds(here, there);
    expect(await first).toBe('applied');
    const [ofHere, ofThere] = await Promise.all(replays.map((results) => Promise.all(results)));
    const times = (results: string[], result: string) => results.filter((one) => one === result).length;
    expect([times(ofHere!, 'duplicate'), times(ofHere!, 'refused')]).toEqual([4, 16]);
    expect([times(ofThere!, 'duplicate'), times(ofThere!, 'refused')]).toEqual([5, 15]);
    // There: one recall, and a claim at 0, 0.1, 0.3, 0.7, 1.5, 2.5 … 9.5 s.
    expect(whileItRuns).toEqual([0, 14]);
    // Here: the first completes, and four recall. There: one claims and gives back, and four recall.
    expect([here.spent(), there.spent()]).toEqual([5, 20]);
  });
});
