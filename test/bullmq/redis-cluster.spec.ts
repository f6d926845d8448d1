// Real time: a Redis that starts takes its time; the tests wait for its readiness
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { BullMqOutcomeQueue, type BullMqOutcomeQueueOptions } from '../../lib/bullmq/index.js';
import { Pass2PayConfigError } from '../../lib/errors/pass2pay.errors.js';
import { describeWithOwnRedis, OwnRedis } from '../redis/support/own-redis.js';
import { recordingLogger } from '../support/recording-logger.js';
import { paid } from './support/events.js';
import { until } from './support/wait.js';

Logger.overrideLogger(recordingLogger);

describeWithOwnRedis('D2: a queue in a Redis cluster, by a client that knows nothing of it', () => {
  let redis: OwnRedis;
  const queues: BullMqOutcomeQueue[] = [];

  beforeAll(async () => {
    redis = await OwnRedis.start('--cluster-enabled', 'yes');
    await redis.tell('CONFIG', 'SET', 'cluster-announce-ip', redis.host);
    await redis.tell('CLUSTER', 'ADDSLOTS', ...Array.from({ length: 16_384 }, (_, slot) => slot));
    await until(async () => String(await redis.tell('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  });
  afterEach(async () => {
    await Promise.all(queues.splice(0).map((queue) => queue.close()));
  });
  afterAll(() => redis.remove());

  const open = (more: Partial<BullMqOutcomeQueueOptions> = {}) => {
    const queue = new BullMqOutcomeQueue({ connection: { url: redis.url }, ...more } as BullMqOutcomeQueueOptions);
    queues.push(queue);
    return queue;
  };
  const work = { deliver: async () => 'applied' as const, sweep: undefined, sweepEveryMs: 60_000 };

  it('keeps the application from starting where its prefix has no braces, with the remedy', async () => {
    const refused = open().start(work);
    await expect(refused).rejects.toThrow(Pass2PayConfigError);
    await expect(refused).rejects.toThrow(
      'outcomeQueue.prefix must contain braces in a Redis cluster, e.g. {pass2pay}',
    );
  });

  it('handles an event where it has', async () => {
    const handled: string[] = [];
    const queue = open({ prefix: '{pass2pay}' });
    await queue.start({
      ...work,
      deliver: async ({ data }) => {
        handled.push(data.mchOrderNo);
        return 'applied';
      },
    });
    await queue.add(paid('O1'));
    await until(async () => handled.length > 0);
    expect(handled).toEqual(['O1']);
  });
});
