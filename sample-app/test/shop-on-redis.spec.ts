import { afterEach, beforeEach, expect, test } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { Pass2PaySandbox } from 'pass2pay-sandbox';
import { describeWithRedis, REDIS_URL } from '../../test/support/services.js';
import { sqliteDatabase, type TestDatabase } from './support/databases.js';
import { eventually } from './support/eventually.js';
import { EventStream } from './support/event-stream.js';
import { signedNotify } from './support/notify.js';
import { RunningShop } from './support/running-shop.js';

await describeWithRedis('the shop with Redis', () => {
  const prefix = `pass2pay-shop-test-${randomBytes(6).toString('hex')}`;
  let sandbox: Pass2PaySandbox;
  let database: TestDatabase;
  let redis: Redis;
  const shops: RunningShop[] = [];

  beforeEach(async () => {
    sandbox = await Pass2PaySandbox.start({ clock: 'stepped', notifyTimeoutMs: 60_000 });
    redis = new Redis(REDIS_URL);
    database = await sqliteDatabase();
  });

  afterEach(async () => {
    for (const shop of shops.splice(0)) await shop.close();
    await sandbox.stop();
    await database.drop();
    const keys = await redis.keys(`${prefix}*`);
    if (keys.length > 0) await redis.unlink(...keys);
    redis.disconnect();
  });

  async function open(mode: string): Promise<RunningShop> {
    const environment = { ...database.environment, REDIS_URL, REDIS_PREFIX: prefix, SHOP_MODE: mode };
    const shop = await RunningShop.open(sandbox, { ...database, environment });
    shops.push(shop);
    return shop;
  }

  test.each(['inline', 'queue', ''])('two shops in mode "%s" count a payment once', async (mode) => {
    const shop = await open(mode);
    const other = await open(mode);
    const mchOrderNo = await shop.order();
    const { version } = (await shop.row(mchOrderNo))!;

    const copy = signedNotify(sandbox, mchOrderNo);
    const responses = await Promise.all(
      [shop, other, shop, other].map(async (to) => {
        const response = await to.notify(copy);
        return [response.status, await response.text()];
      }),
    );
    expect(responses).toEqual(Array.from({ length: 4 }, () => [200, 'success']));
    // In a queue, a worker of either shop handles it after it was acknowledged.
    await eventually('the payment', async () => ((await shop.row(mchOrderNo))?.state === 'paid' ? true : undefined));
    expect(await shop.row(mchOrderNo)).toMatchObject({ state: 'paid', version: version + 1, paidAt: expect.any(Date) });
    expect(await shop.effects(mchOrderNo)).toEqual(['paid']);
  });

  test('puts news down that does not fit, in queue mode too', async () => {
    const shop = await open('queue');
    const mchOrderNo = await shop.order();
    expect((await shop.notify(signedNotify(sandbox, mchOrderNo, { amount: '1' }))).status).toBe(200);
    const found = await eventually('the mismatch', async () => {
      const mismatches = await shop.mismatches(mchOrderNo);
      return mismatches.length > 0 ? mismatches : undefined;
    });
    expect(found).toEqual(['amount is 1, not 8800']);
    expect(await shop.row(mchOrderNo)).toMatchObject({ state: 'new' });
  });

  test('tells the page of an order at once, whichever shop it is open at', async () => {
    const shop = await open('queue');
    const other = await open('queue');
    const { mchOrderNo, viewToken } = await shop.placed();
    await eventually('both shops to listen', async () => {
      const [, listeners] = await redis.pubsub('NUMSUB', `${prefix}:order-news`);
      return listeners === 2 ? true : undefined;
    });
    // A page also looks for itself, every 15 s: not while this timer stands still.
    const looks = FakeTimers.install({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const streams = await Promise.all(
        [shop, other].map(({ url }) => EventStream.open(`${url}/result/${viewToken}/events`)),
      );
      looks.tick(0);
      expect(await Promise.all(streams.map((stream) => stream.next()))).toMatchObject([
        { kind: 'waiting' },
        { kind: 'waiting' },
      ]);
      await sandbox.pay(mchOrderNo);
      expect(await Promise.all(streams.map((stream) => stream.next()))).toMatchObject([
        { kind: 'paid' },
        { kind: 'paid' },
      ]);
    } finally {
      looks.uninstall();
    }
  });

  test('says what is wrong with SHOP_MODE', async () => {
    await expect(open('queues')).rejects.toThrow('SHOP_MODE must be inline or queue, not queues.');
    const environment = { ...database.environment, SHOP_MODE: 'queue' };
    await expect(RunningShop.open(sandbox, { ...database, environment })).rejects.toThrow('needs a Redis');
  });
});
