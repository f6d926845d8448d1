import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import { InboxDelivery } from '../../lib/outcomes/inbox-delivery.js';
import { MemoryInbox } from '../../lib/outcomes/memory-inbox.js';
import { OutcomeDelivery } from '../../lib/outcomes/outcome-delivery.js';
import { OutcomeHandlers } from '../../lib/outcomes/outcome-handlers.js';
import { OutcomeLifecycle } from '../../lib/outcomes/outcome-lifecycle.js';
import type { QueueWork } from '../../lib/outcomes/outcome-queue.js';
import { outcomesOptions, type OutcomesOptions } from '../../lib/outcomes/outcomes.options.js';
import type { DeliveryResult, OutcomeEvent } from '../../lib/outcomes/outcome.js';
import type { Reconciler } from '../../lib/outcomes/reconciler.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { logged, recordingLogger } from '../support/recording-logger.js';
import { paymentEvent } from './support/events.js';
import { explored } from './support/explored.js';

const EVERY_MS = 60_000;
const FORGETFUL = 'Applied outcomes are kept only in the memory of this process';

class Shop {
  @OnPayment()
  settle() {}
}

class Mail {
  @OnPayment(OrderState.Success, { after: 'commit' })
  send() {}
}

/** A queue that keeps its work, and whether it is closed. */
class Queue {
  work: QueueWork | undefined;
  isClosed = false;
  async add() {}
  async start(work: QueueWork) {
    this.work = work;
  }
  async close() {
    this.isClosed = true;
  }
}

/** With a database, another delivery than that of an inbox is in use. */
class DatabaseDelivery extends OutcomeDelivery {
  override deliver(): Promise<DeliveryResult> {
    return Promise.resolve('applied');
  }
}

interface Settings extends OutcomesOptions {
  handlers?: object[];
  hasDatabase?: boolean;
  isEnabled?: boolean;
}

let clock: FakeTimers.Clock;
const environment = process.env.NODE_ENV;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setInterval', 'clearInterval'] });
  logged.length = 0;
  Logger.overrideLogger(recordingLogger);
});
afterEach(() => {
  clock.uninstall();
  process.env.NODE_ENV = environment;
});

function openShop({ handlers = [new Shop()], hasDatabase = false, isEnabled = true, ...options }: Settings = {}) {
  const delivered: OutcomeEvent[] = [];
  const result = { of: 'applied' as DeliveryResult };
  const delivery = Object.assign(Object.create((hasDatabase ? DatabaseDelivery : InboxDelivery).prototype), {
    deliver: async (event: OutcomeEvent) => {
      delivered.push(event);
      return result.of;
    },
  }) as OutcomeDelivery;
  const sweeps: (() => void)[] = [];
  const counted: [OutcomeEvent, DeliveryResult][] = [];
  const reconciler = {
    isEnabled,
    isStopped: false,
    sweep: () => new Promise<void>((resolve) => sweeps.push(resolve)),
    stop: async () => {
      reconciler.isStopped = true;
    },
    count: (...given: [OutcomeEvent, DeliveryResult]) => counted.push(given),
  };
  const lifecycle = new OutcomeLifecycle(
    delivery,
    new OutcomeHandlers(explored(...handlers)),
    reconciler as unknown as Reconciler,
    outcomesOptions.resolve({ ...options, reconcile: { everyMs: EVERY_MS } }),
  );
  return { lifecycle, delivered, result, sweeps, counted, reconciler };
}

describe('an application that starts', () => {
  it('sweeps again and again, and its timer keeps no process alive', async () => {
    const { lifecycle, sweeps } = openShop();
    await lifecycle.onApplicationBootstrap();
    await clock.tickAsync(EVERY_MS - 1);
    expect(sweeps).toHaveLength(0);
    await clock.tickAsync(1);
    await clock.tickAsync(EVERY_MS);
    expect(sweeps).toHaveLength(2);
    expect((lifecycle['timer'] as unknown as { hasRef(): boolean }).hasRef()).toBe(false);
  });

  it.each<[string, number, Settings]>([
    ['reconciling disabled', 0, { isEnabled: false }],
    ['a database that it shares with processes that have the handlers', 0, { hasDatabase: true, handlers: [] }],
    ['a database and handlers', 1, { hasDatabase: true }],
    ['an inbox, and no handlers yet', 1, { handlers: [] }],
  ])('with %s sweeps %i times', async (_what, count, settings) => {
    const { lifecycle, sweeps } = openShop(settings);
    await lifecycle.onApplicationBootstrap();
    await clock.tickAsync(EVERY_MS);
    expect(sweeps).toHaveLength(count);
    expect(clock.countTimers()).toBe(count);
  });

  it('goes on after a sweep that fails, which the log says', async () => {
    const { lifecycle, reconciler } = openShop();
    let sweeps = 0;
    reconciler.sweep = async () => {
      sweeps += 1;
      throw sweeps === 1 ? new Error('database down') : 'not an error';
    };
    await lifecycle.onApplicationBootstrap();
    await clock.tickAsync(2 * EVERY_MS);
    expect(sweeps).toBe(2);
    expect(logged).toEqual([
      expect.stringMatching(/^A sweep failed: database down .*Pass2PayOutcome$/),
      expect.stringContaining('A sweep failed: not an error'),
    ]);
  });

  it.each<[string, string | undefined, Settings, boolean]>([
    ['in production', 'production', {}, true],
    ['elsewhere', 'test', {}, false],
    ['with an inbox of its own', 'production', { inbox: new MemoryInbox() }, false],
    ['with a database', 'production', { hasDatabase: true }, false],
  ])('with nothing but its memory is told so (%s)', async (_where, nodeEnv, settings, isTold) => {
    process.env.NODE_ENV = nodeEnv;
    await openShop(settings).lifecycle.onApplicationBootstrap();
    expect(logged.filter((line) => line.includes(FORGETFUL))).toHaveLength(isTold ? 1 : 0);
    expect(logged).toHaveLength(isTold ? 1 : 0);
  });

  it('is refused with handlers after a commit, unless it has a database', async () => {
    const handlers = [new Mail()];
    await expect(openShop({ handlers }).lifecycle.onApplicationBootstrap()).rejects.toThrow('requires a database');
    await openShop({ handlers, hasDatabase: true }).lifecycle.onApplicationBootstrap();
  });
});

describe('an application with a queue', () => {
  it('has the queue sweep for the whole fleet', async () => {
    const outcomeQueue = new Queue();
    const { lifecycle, sweeps } = openShop({ outcomeQueue });
    await lifecycle.onApplicationBootstrap();
    await clock.tickAsync(EVERY_MS);
    expect(sweeps).toHaveLength(0);
    expect(outcomeQueue.work!.sweepEveryMs).toBe(EVERY_MS);
    void outcomeQueue.work!.sweep!();
    expect(sweeps).toHaveLength(1);
  });

  it('has it sweep nothing where reconciling is disabled', async () => {
    const outcomeQueue = new Queue();
    await openShop({ outcomeQueue, isEnabled: false }).lifecycle.onApplicationBootstrap();
    expect(outcomeQueue.work!.sweep).toBeUndefined();
  });

  it('has what it delivers counted, and tried again where there is no order', async () => {
    const outcomeQueue = new Queue();
    const { lifecycle, delivered, result, counted } = openShop({ outcomeQueue });
    await lifecycle.onApplicationBootstrap();
    const event = paymentEvent({}, 'query');
    expect(await outcomeQueue.work!.deliver(event)).toBe('applied');
    result.of = 'unknown-order';
    await expect(outcomeQueue.work!.deliver(event)).rejects.toMatchObject({ status: 503 });
    expect(delivered).toEqual([event, event]);
    expect(counted).toEqual([
      [event, 'applied'],
      [event, 'unknown-order'],
    ]);
  });
});

describe('an application that shuts down', () => {
  it('sweeps no more, and waits for the sweep that runs', async () => {
    const { lifecycle, sweeps, reconciler } = openShop();
    await lifecycle.onApplicationBootstrap();
    await clock.tickAsync(EVERY_MS);
    let isDown = false;
    const down = lifecycle.beforeApplicationShutdown().then(() => (isDown = true));
    await clock.tickAsync(EVERY_MS);
    expect({ sweeps: sweeps.length, isStopped: reconciler.isStopped, isDown }).toEqual({
      sweeps: 1,
      isStopped: true,
      isDown: false,
    });
    sweeps[0]!();
    await down;
    expect(clock.countTimers()).toBe(0);
  });

  it('closes its queue, also before it has swept', async () => {
    const outcomeQueue = new Queue();
    const { lifecycle } = openShop({ outcomeQueue });
    await lifecycle.onApplicationBootstrap();
    await lifecycle.beforeApplicationShutdown();
    expect(outcomeQueue.isClosed).toBe(true);
    await openShop().lifecycle.beforeApplicationShutdown();
  });
});
