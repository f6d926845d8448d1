import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import type { DatabaseLimits } from '../../lib/database/database.options.js';
import type { SqlDatabase } from '../../lib/database/sql-database.js';
import { Sweeper } from '../../lib/database/sweeper.js';
import { Pass2PayConfigError } from '../../lib/errors/pass2pay.errors.js';

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install();
});
afterEach(() => clock.uninstall());

function application(version: number | null = 1, stop: () => Promise<void> = () => Promise.resolve()) {
  const steps: string[] = [];
  const database = {
    dialect: 'postgres',
    execute: async (sql: string) => {
      steps.push(sql);
      return { rows: [{ version }], affected: 0 };
    },
  } as unknown as SqlDatabase;
  const workOf = (name: string) => ({
    sweep: async () => void steps.push(`sweep ${name}`),
    stop: async () => {
      steps.push(`stop ${name}`);
      await stop();
      steps.push(`stopped ${name}`);
    },
  });
  const options = { sweepEveryMs: 10_000, prefix: 'shop_' } as DatabaseLimits & { prefix: string };
  return { steps, sweeper: new Sweeper(database, [workOf('outcomes'), workOf('checks')], options) };
}

const CHECK = 'SELECT MAX(version) AS version FROM shop_migration';
const STOPPING = ['stop outcomes', 'stop checks'];
const STOPPED = ['stopped outcomes', 'stopped checks'];

describe('the sweeper', () => {
  it('looks for all due work at each interval, after the check of the tables', async () => {
    const { steps, sweeper } = application();
    await sweeper.onApplicationBootstrap();
    await clock.tickAsync(9_999);
    expect(steps).toStrictEqual([CHECK]);
    await clock.tickAsync(1);
    expect(steps).toStrictEqual([CHECK, 'sweep outcomes', 'sweep checks']);
    await clock.tickAsync(10_000);
    expect(steps).toHaveLength(5);
  });

  it('does not keep a process alive', async () => {
    const { sweeper } = application();
    let isRef = true;
    const { setInterval: start } = globalThis;
    globalThis.setInterval = ((run: () => void, ms: number) => {
      const timer = start(run, ms);
      timer.unref = () => {
        isRef = false;
        return timer;
      };
      return timer;
    }) as typeof setInterval;
    await sweeper.onApplicationBootstrap();
    expect(isRef).toBe(false);
  });

  it('starts nothing without its tables', async () => {
    const { steps, sweeper } = application(null);
    await expect(sweeper.onApplicationBootstrap()).rejects.toThrow(Pass2PayConfigError);
    await clock.tickAsync(20_000);
    expect(steps).toStrictEqual([CHECK]);
  });

  it('stops all work at the shutdown, waits for it, and starts no more', async () => {
    const { steps, sweeper } = application();
    await sweeper.onApplicationBootstrap();
    await sweeper.beforeApplicationShutdown();
    await clock.tickAsync(20_000);
    expect(steps).toStrictEqual([CHECK, ...STOPPING, ...STOPPED]);
  });

  it('asks all work to stop before it waits for any', async () => {
    let end!: () => void;
    const running = new Promise<void>((resolve) => (end = resolve));
    const { steps, sweeper } = application(1, () => running);
    await sweeper.onApplicationBootstrap();
    const ended = sweeper.beforeApplicationShutdown().then(() => steps.push('shut down'));
    await clock.tickAsync(20_000);
    expect(steps).toStrictEqual([CHECK, ...STOPPING]);
    end();
    await ended;
    expect(steps).toStrictEqual([CHECK, ...STOPPING, ...STOPPED, 'shut down']);
  });

  it('stops its work also where it was not started', async () => {
    const { steps, sweeper } = application();
    await sweeper.beforeApplicationShutdown();
    expect(steps).toStrictEqual([...STOPPING, ...STOPPED]);
  });
});
