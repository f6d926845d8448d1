// Real time: a real Redis is frozen, stopped and started, and a check gives it up by a timer.
import { afterEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { BullMqOutcomeQueue } from '../../lib/bullmq/index.js';
import { RedisInbox } from '../../lib/redis/index.js';
import { until } from '../bullmq/support/wait.js';
import { describeWithOwnRedis, OwnRedis } from '../redis/support/own-redis.js';
import { startHealthApp } from './support/health-app.js';

/** Long enough for a Redis that answers, on however busy a machine. */
const PATIENT = { timeoutMs: 30_000 };
/** For a Redis that does not answer, however long one waits. */
const HASTY = { timeoutMs: 300 };

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

describeWithOwnRedis('the health of store and queue', () => {
  it('follows Redis as it stops, hangs and comes back', async () => {
    const redis = await OwnRedis.start();
    open.push(() => redis.remove());
    const client = new Redis(redis.url, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
    client.on('error', () => {});
    open.push(() => client.disconnect());
    const { app, check } = await startHealthApp({
      inbox: new RedisInbox({ client }),
      outcomeQueue: new BullMqOutcomeQueue({ connection: { url: redis.url }, name: 'health' }),
    });
    open.push(() => app.close());
    const parts = async (options: { timeoutMs: number }) => {
      const { status, report } = await check(options);
      return [status, report.store?.status, report.queue?.status].join(' ');
    };
    const isUp = async () => (await parts(PATIENT)) === '200 up up';

    await until(isUp, 100_000);
    redis.freeze();
    expect(await parts(HASTY)).toBe('503 down down');
    expect((await check(HASTY)).report.store).toEqual({ status: 'down', reason: 'no response within 300 ms' });
    redis.thaw();
    await until(isUp, 100_000);
    await redis.stop();
    expect(await parts(HASTY)).toBe('503 down down');
    await redis.start();
    await until(isUp, 100_000);
  }, 300_000);
});
