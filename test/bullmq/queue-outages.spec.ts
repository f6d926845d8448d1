import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import { BullMqOutcomeQueue, type BullMqOutcomeQueueOptions } from '../../lib/bullmq/index.js';
import { OwnRedis } from '../redis/support/own-redis.js';
import { logged, recordingLogger } from '../support/recording-logger.js';
import { BreakableProxy } from './support/breakable-proxy.js';
import { paid, transferred } from './support/news.js';
import { isPostgresReachable, postgresPlace } from './support/queue-places.js';
import { gate, until } from './support/wait.js';

Logger.overrideLogger(recordingLogger);

const CLOSING = fileURLToPath(new URL('./support/closing-process.ts', import.meta.url));
const TYPESCRIPT = new URL('../redis/support/typescript.mjs', import.meta.url).href;

/** A server that can be away for a while. */
interface Outage {
  /** After how long from its start a queue is broken off, in ms. */
  points: number[];
  options: BullMqOutcomeQueueOptions;
  begin(): Promise<void>;
  end(): Promise<void>;
  drop(): Promise<void>;
}

async function redisOutage(): Promise<Outage> {
  const redis = await OwnRedis.start('--appendonly', 'yes', '--appendfsync', 'always');
  return {
    points: [0, 20, 40, 60, 80, 100, 120],
    options: { connection: { url: redis.url } },
    begin: () => redis.stop(),
    end: () => redis.start(),
    drop: () => redis.remove(),
  };
}

/** It takes connections and answers nothing, as a machine does that has lost its disk. */
async function redisHanging(): Promise<Outage> {
  const redis = await OwnRedis.start('--appendonly', 'yes', '--appendfsync', 'always');
  return {
    points: [0, 20, 60, 120, 1_200],
    options: { connection: { url: redis.url } },
    begin: async () => redis.freeze(),
    end: async () => redis.thaw(),
    drop: () => redis.remove(),
  };
}

async function postgresOutage(): Promise<Outage> {
  const place = await postgresPlace();
  const proxy = await BreakableProxy.start(place.options.connection as string);
  return {
    points: [0, 20, 40, 60, 80, 100, 120],
    options: { backend: 'postgres', connection: proxy.url },
    begin: () => proxy.cut(),
    end: () => proxy.mend(),
    drop: async () => {
      await proxy.cut();
      await place.drop();
    },
  };
}

function describeOutages(name: string, makeOutage: () => Promise<Outage>): void {
  describe(name, () => {
    const queues: BullMqOutcomeQueue[] = [];
    let outage: Outage;

    const open = (more: Partial<BullMqOutcomeQueueOptions> = {}): BullMqOutcomeQueue => {
      const defaults = { commandTimeoutMs: 500, backoffMs: 50, lockDurationMs: 1_000 };
      const queue = new BullMqOutcomeQueue({ ...outage.options, ...defaults, ...more } as BullMqOutcomeQueueOptions);
      queues.push(queue);
      return queue;
    };

    const handle = async (queue: BullMqOutcomeQueue, deliver: (order: string) => unknown): Promise<void> => {
      await queue.start({
        deliver: async ({ about }) => {
          await deliver(about.mchOrderNo);
          return 'delivered';
        },
        sweep: undefined,
        sweepEveryMs: 60_000,
      });
    };

    const addedSoon = async (queue: BullMqOutcomeQueue, order: string): Promise<void> => {
      await until(async () => {
        try {
          await queue.add(paid(order));
          return true;
        } catch {
          return false;
        }
      }, 20_000);
    };

    beforeEach(async () => {
      outage = await makeOutage();
      logged.length = 0;
    });
    afterEach(async () => {
      await Promise.all(queues.splice(0).map((queue) => queue.close()));
      await outage.drop();
    });

    it('refuses news in time while it is away, and takes it afterwards', async () => {
      const queue = open();
      const handled: string[] = [];
      await handle(queue, (order) => handled.push(order));
      await addedSoon(queue, 'O1');
      await until(() => handled.length === 1, 20_000);

      await outage.begin();
      const startedAt = Date.now();
      const refused = await Promise.allSettled([queue.add(paid('O2')), queue.add(transferred('W1'))]);
      expect(Date.now() - startedAt).toBeLessThan(5_000);
      expect(refused).toMatchObject([
        { reason: { status: 503, message: expect.stringMatching(/payment O2.*sends it again.*is running/) } },
        { reason: { status: 503, message: expect.stringMatching(/transfer W1/) } },
      ]);
      await sleep(1_000);
      await outage.end();

      await addedSoon(queue, 'O3');
      await until(() => handled.includes('O3'), 20_000);
      expect(handled.filter((order) => order === 'O1')).toHaveLength(1);
      expect(logged.length).toBeLessThan(30);
    }, 60_000);

    it('starts the application without it, and works once it is there', async () => {
      await outage.begin();
      const queue = open();
      const handled: string[] = [];
      await handle(queue, (order) => handled.push(order));
      await expect(queue.add(paid('O1'))).rejects.toMatchObject({ status: 503 });
      await outage.end();
      await addedSoon(queue, 'O2');
      await until(() => handled.includes('O2'), 20_000);
    }, 60_000);

    it('has handlers that run during the outage finish, and their news handled', async () => {
      const queue = open();
      const { opened: begun, open: begin } = gate();
      const { opened, open: finish } = gate();
      const handled: string[] = [];
      await handle(queue, async (order) => {
        begin();
        await opened;
        handled.push(order);
      });
      await addedSoon(queue, 'O1');
      // The server counts a job as active before the worker has it.
      await begun;
      await outage.begin();
      await sleep(300);
      finish();
      await until(() => handled.length === 1);
      await sleep(1_000);
      await outage.end();
      await until(async () => {
        try {
          return (await queue.counts()).completed === 1;
        } catch {
          return false;
        }
      }, 30_000);
    }, 60_000);

    it('may break off at any point of a start and an end', async () => {
      for (const afterMs of outage.points) {
        const queue = open({ name: `broken-${afterMs}`, shutdownTimeoutMs: 500 });
        const starting = handle(queue, () => {});
        await sleep(afterMs);
        await outage.begin();
        await starting;
        await Promise.all([queue.close(), outage.end()]);
        const ending = open({ name: `broken-${afterMs}`, shutdownTimeoutMs: 500 });
        await handle(ending, () => {});
        await Promise.all([ending.close(), outage.begin()]);
        await outage.end();
      }
    }, 60_000);

    it('does not keep an application from ending', async () => {
      const queue = open();
      await handle(queue, () => {});
      await outage.begin();
      const startedAt = Date.now();
      await queue.close();
      expect(Date.now() - startedAt).toBeLessThan(9_000);
      const unreached = open();
      await expect(unreached.add(paid('O1'))).rejects.toMatchObject({ status: 503 });
      await unreached.close();
    }, 30_000);

    it.each([
      ['while it lasts', () => outage.begin()],
      [
        'after it',
        async () => {
          // Its handler runs when it begins.
          await addedSoon(open(), 'O1');
          await sleep(100);
          await outage.begin();
          await sleep(1_300);
          await outage.end();
          // So that the workers wait for news again.
          await sleep(2_000);
        },
      ],
    ])(
      'does not keep a process from ending %s',
      async (_when, happens) => {
        const settings = { ...outage.options, commandTimeoutMs: 500, shutdownTimeoutMs: 500 };
        const child = fork(CLOSING, [JSON.stringify(settings)], { execArgv: ['--import', TYPESCRIPT] });
        try {
          const gone = once(child, 'exit');
          await once(child, 'message');
          await happens();
          const closed = once(child, 'message');
          child.send('close');
          await closed;
          expect(await Promise.race([gone, sleep(10_000, 'still there', { ref: false })])).toEqual([0, null]);
        } finally {
          child.kill('SIGKILL');
        }
      },
      60_000,
    );
  });
}

// BullMQ pauses for 5 s after an error of a connection, also when it has been closed meanwhile.
afterAll(() => sleep(5_000), 10_000);

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (process.env.CI || hasRedis) {
  describeOutages('a Redis that is away', redisOutage);
  describeOutages('a Redis that hangs', redisHanging);
} else test.skip('a Redis that is away: skipped, since the command redis-server is not installed', () => {});

if (process.env.CI || (await isPostgresReachable())) describeOutages('a PostgreSQL that is away', postgresOutage);
else test.skip('a PostgreSQL that is away: skipped, since none is reachable', () => {});
