// Real time: servers, sockets and processes break and come back; the timers of this process run faster than they do
import { spawnSync } from 'node:child_process';
import { clearInterval as stop, setInterval as every } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { BullMqOutcomeQueue, type BullMqOutcomeQueueOptions } from '../../lib/bullmq/index.js';
import { OwnRedis } from '../redis/support/own-redis.js';
import { besideEachOther } from '../support/beside-each-other.js';
import { logged, recordingLogger } from '../support/recording-logger.js';
import { BreakableProxy } from './support/breakable-proxy.js';
import { ClosingProcess } from './support/closing.js';
import { paid, transferred } from './support/events.js';
import { isPostgresReachable, postgresPlace } from './support/queue-places.js';
import { gate, until } from './support/wait.js';

Logger.overrideLogger(recordingLogger);

/** A server that can be away for a while. */
interface Outage {
  options: BullMqOutcomeQueueOptions;
  begin(): Promise<void>;
  end(): Promise<void>;
  drop(): Promise<void>;
  /** One more way to the server, which breaks alone. */
  anotherWay(): Promise<BreakableWay>;
}

interface BreakableWay {
  options: BullMqOutcomeQueueOptions;
  /** Resolves when the server has answered so many times. */
  answered(times: number): Promise<void>;
  begin(): Promise<void>;
  end(): Promise<void>;
}

/** In ms. */
const TURN = 5;
/** How many times as fast the timers of this process run: what BullMQ, ioredis and pg wait for comes sooner. */
const SPEED = 10;

const proxies: BreakableProxy[] = [];

async function wayTo(
  server: string,
  how: 'cut' | 'hang',
  optionsFor: (url: string) => BullMqOutcomeQueueOptions,
): Promise<BreakableWay> {
  const proxy = await BreakableProxy.start(server);
  proxies.push(proxy);
  return {
    options: optionsFor(proxy.url),
    answered: (times) => proxy.answered(times),
    begin: async () => proxy[how](),
    end: () => proxy.mend(),
  };
}

async function redisOutage(): Promise<Outage> {
  const redis = await OwnRedis.start('--appendonly', 'yes', '--appendfsync', 'always');
  const optionsFor = (url: string) => ({ connection: { url } });
  return {
    options: optionsFor(redis.url),
    begin: () => redis.stop(),
    end: () => redis.start(),
    drop: () => redis.remove(),
    anotherWay: () => wayTo(redis.url, 'cut', optionsFor),
  };
}

/** It takes connections and answers nothing, as a machine does that has lost its disk. */
async function redisHanging(): Promise<Outage> {
  const redis = await OwnRedis.start('--appendonly', 'yes', '--appendfsync', 'always');
  const optionsFor = (url: string) => ({ connection: { url } });
  return {
    options: optionsFor(redis.url),
    begin: async () => redis.freeze(),
    end: async () => redis.thaw(),
    drop: () => redis.remove(),
    anotherWay: () => wayTo(redis.url, 'hang', optionsFor),
  };
}

async function postgresOutage(): Promise<Outage> {
  const place = await postgresPlace();
  const server = place.options.connection as string;
  const optionsFor = (url: string) => ({ backend: 'postgres' as const, connection: url });
  return {
    ...(await wayTo(server, 'cut', optionsFor)),
    drop: () => place.drop(),
    anotherWay: () => wayTo(server, 'cut', optionsFor),
  };
}

const queues: BullMqOutcomeQueue[] = [];

function openOn({ options }: Outage, more: Partial<BullMqOutcomeQueueOptions> = {}): BullMqOutcomeQueue {
  const defaults = { commandTimeoutMs: 500 * SPEED, backoffMs: 50, lockDurationMs: 500 };
  const queue = new BullMqOutcomeQueue({ ...options, ...defaults, ...more } as BullMqOutcomeQueueOptions);
  queues.push(queue);
  return queue;
}

async function addedSoon(queue: BullMqOutcomeQueue, order: string): Promise<void> {
  await until(async () => {
    try {
      await queue.add(paid(order));
      return true;
    } catch {
      return false;
    }
  });
}

let clock: FakeTimers.Clock;
let turns: NodeJS.Timeout;

function startFastTimers(): void {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  turns = every(() => clock.tick(TURN * SPEED), TURN);
}

/** Ends all queues and ways, and then the timers' speed. */
async function endAll(): Promise<void> {
  await Promise.all(queues.splice(0).map((queue) => queue.close()));
  stop(turns);
  clock.uninstall();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.cut()));
}

function describeOutages(name: string, makeOutage: () => Promise<Outage>): void {
  describe(name, () => {
    let outage: Outage;

    const open = (more?: Partial<BullMqOutcomeQueueOptions>) => openOn(outage, more);

    const handle = async (queue: BullMqOutcomeQueue, deliver: (order: string) => unknown): Promise<void> => {
      await queue.start({
        deliver: async ({ data }) => {
          await deliver(data.mchOrderNo);
          return 'applied';
        },
        sweep: undefined,
        sweepEveryMs: 60_000,
      });
    };

    beforeEach(async () => {
      outage = await makeOutage();
      logged.length = 0;
      startFastTimers();
    });
    afterEach(async () => {
      await endAll();
      await outage.drop();
    });

    it('refuses events in time while it is away, and takes them afterwards', async () => {
      const queue = open({ lockDurationMs: 60_000 });
      const handled: string[] = [];
      await handle(queue, (order) => handled.push(order));
      await addedSoon(queue, 'O1');
      await until(async () => (await queue.counts()).completed === 1);

      await outage.begin();
      const crowd = Array.from({ length: 60 }, (_, i) => queue.add(paid(`C${i}`)));
      const [refused] = await Promise.all([
        Promise.allSettled([queue.add(paid('O2')), queue.add(transferred('W1'))]),
        Promise.allSettled(crowd),
      ]);
      expect(refused).toMatchObject([
        { reason: { status: 503, message: expect.stringMatching(/payment O2.*will send it again.*is running/) } },
        { reason: { status: 503, message: expect.stringMatching(/transfer W1/) } },
      ]);
      await outage.end();

      await addedSoon(queue, 'O3');
      await until(() => handled.includes('O3'));
      expect(handled.filter((order) => order === 'O1')).toHaveLength(1);
      expect(logged.length).toBeLessThan(50);
    });

    it('starts the application without it, and works once it is there', async () => {
      await outage.begin();
      const queue = open();
      const handled: string[] = [];
      await handle(queue, (order) => handled.push(order));
      await expect(queue.add(paid('O1'))).rejects.toMatchObject({ status: 503 });
      await outage.end();
      await addedSoon(queue, 'O2');
      await until(() => handled.includes('O2'));
    });

    it('has handlers that run during the outage finish, and their events handled', async () => {
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
      finish();
      await until(() => handled.length > 0);
      // The outage outlasts the lock of the job.
      await sleep(600);
      await outage.end();
      await until(async () => {
        try {
          return (await queue.counts()).completed === 1;
        } catch {
          return false;
        }
      });
    });

    it('may break off at any point of a start and an end', async () => {
      const breakOff = async (responses: number): Promise<void> => {
        const way = await outage.anotherWay();
        const options = { ...way.options, name: `broken-${responses}`, shutdownTimeoutMs: 500 };
        const queue = open(options);
        const starting = handle(queue, () => {});
        await Promise.race([starting, way.answered(responses)]);
        await way.begin();
        await starting;
        await Promise.all([queue.close(), way.end()]);
        const ending = open(options);
        await handle(ending, () => {});
        await Promise.all([ending.close(), way.begin()]);
        await way.end();
      };
      await Promise.all([0, 1, 2, 3, 5, 8, 13].map(breakOff));
    });

    it('does not keep an application from ending', async () => {
      // No handler runs: were one waited for, the test would not end.
      const queue = open({ shutdownTimeoutMs: 3_600_000 });
      await handle(queue, () => {});
      await outage.begin();
      const unreached = open();
      await expect(unreached.add(paid('O1'))).rejects.toMatchObject({ status: 503 });
      // Time for the checks of the workers to fail.
      await sleep(300);
      await queue.close();
      await unreached.close();
      // An ioredis that has lost its connection takes 2 s to end; nothing else waits for anything.
      clock.tick(2_000);
      expect(clock.countTimers()).toBe(0);
    });
  });
}

const outages: [name: string, makeOutage: () => Promise<Outage>][] = [];

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (process.env.CI || hasRedis) {
  outages.push(['a Redis that is away', redisOutage], ['a Redis that hangs', redisHanging]);
} else test.skip('a Redis that is away: skipped, since the command redis-server is not installed', () => {});

if (process.env.CI || (await isPostgresReachable())) outages.push(['a PostgreSQL that is away', postgresOutage]);
else test.skip('a PostgreSQL that is away: skipped, since none is reachable', () => {});

for (const [name, makeOutage] of outages) describeOutages(name, makeOutage);

// Each has a process and a server of its own, which take seconds to start and to end.
describe('a process', () => {
  const endings: (() => Promise<void>)[] = [];

  async function begin(makeOutage: () => Promise<Outage>) {
    const working = ClosingProcess.start();
    endings.push(() => working.kill());
    const outage = await makeOutage();
    endings.push(() => outage.drop());
    await working.work({ ...outage.options, shutdownTimeoutMs: 500 });
    return { working, outage };
  }

  beforeAll(startFastTimers);
  afterAll(async () => {
    await endAll();
    for (const end of endings) await end();
  });
  const itBeside = besideEachOther();

  for (const [name, makeOutage] of outages) {
    itBeside(`is not kept from ending by ${name}, while it lasts`, async () => {
      const { working, outage } = await begin(makeOutage);
      await outage.begin();
      expect(await working.close()).toEqual([0, null]);
    });

    itBeside(`is not kept from ending by ${name}, after it`, async () => {
      const { working, outage } = await begin(makeOutage);
      const queue = openOn(outage);
      await addedSoon(queue, 'O1');
      await working.handles('O1');
      await outage.begin();
      working.finish();
      // Time for all its connections to notice.
      await sleep(1_000);
      await outage.end();
      await addedSoon(queue, 'O2');
      await working.handles('O2');
      expect(await working.close()).toEqual([0, null]);
    });
  }
});
