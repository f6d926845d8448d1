// Real time: BullMQ's locks, backoffs and schedules end by the clocks of Redis, PostgreSQL and this process
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { Queue } from 'bullmq';
import { BullMqOutcomeQueue, type BullMqOutcomeQueueOptions } from '../../lib/bullmq/index.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import type { DeliveryResult } from '../../lib/outcomes/outcome.js';
import type { OutcomeEvent } from '../../lib/outcomes/outcome.js';
import { Transfer } from '../../lib/transfers/transfer.dto.js';
import { logged, recordingLogger } from '../support/recording-logger.js';
import { paid, transferred } from './support/events.js';
import { contents, describeOnEachBackend, sweepsSkipped, type QueuePlace } from './support/queue-places.js';
import { gate, until } from './support/wait.js';
import { WorkingProcess } from './support/working.js';
import type { WorkOrder } from './support/working-process.js';

/** Only ends a test that hangs: processes take long to start on a busy machine. */
const PROCESS_LIMIT_MS = 300_000;

Logger.overrideLogger(recordingLogger);

await describeOnEachBackend('BullMqOutcomeQueue', (makePlace) => {
  const queues: BullMqOutcomeQueue[] = [];
  const started: WorkingProcess[] = [];
  let place: QueuePlace;
  let name: string;
  let count = 0;

  const options = (more: Partial<BullMqOutcomeQueueOptions> = {}): BullMqOutcomeQueueOptions =>
    ({ ...place.options, name, backoffMs: 20, ...more }) as BullMqOutcomeQueueOptions;

  const open = (more?: Partial<BullMqOutcomeQueueOptions>): BullMqOutcomeQueue => {
    const queue = new BullMqOutcomeQueue(options(more));
    queues.push(queue);
    return queue;
  };

  /** Processes that work for a queue. */
  const startWorking = async (number: number, order: WorkOrder): Promise<WorkingProcess[]> => {
    const working = started.filter((one) => one.isIdle).slice(0, number);
    await Promise.all(working.map((one) => one.work(order)));
    return working;
  };

  const handle = async (
    queue: BullMqOutcomeQueue,
    deliver: (event: OutcomeEvent) => Promise<unknown>,
    sweeping: { sweep?: () => Promise<unknown>; sweepEveryMs?: number } = {},
  ): Promise<void> => {
    await queue.start({
      deliver: async (event) => ((await deliver(event)) ?? 'applied') as DeliveryResult,
      sweep: sweeping.sweep,
      sweepEveryMs: sweeping.sweepEveryMs ?? 60_000,
    });
  };

  beforeAll(async () => {
    // Early, since it takes them a second or more.
    for (let i = 0; i < 4; i++) started.push(WorkingProcess.start());
    place = await makePlace();
  });
  beforeEach(() => {
    name = `outcomes-${++count}`;
  });
  afterEach(async () => {
    await Promise.all(started.filter(({ isIdle }) => !isIdle).map((working) => working.kill()));
    await Promise.all(queues.splice(0).map((queue) => queue.close()));
  });
  afterAll(async () => {
    await Promise.all(started.map((working) => working.kill()));
    await place.drop();
  });

  it('hands an event to the worker as it was given', async () => {
    const queue = open();
    const told = [paid('O1', { subject: '商品 \0 & "x"', extParam: '\ud800' }), transferred('W1')];
    for (const event of told) await queue.add(event);
    const handled: OutcomeEvent[] = [];
    await handle(queue, async (event) => handled.push(event) && undefined);
    await until(() => handled.length === 2);
    expect(handled.find(({ kind }) => kind === 'payment')).toEqual(told[0]);
    expect(handled.find(({ kind }) => kind === 'transfer')).toEqual(told[1]);
    expect(handled.find(({ kind }) => kind === 'payment')!.data).toBeInstanceOf(PaymentOrder);
    expect(handled.find(({ kind }) => kind === 'transfer')!.data).toBeInstanceOf(Transfer);
  });

  it('says where an event came from', async () => {
    const queue = open();
    const told: OutcomeEvent[] = [{ ...paid('O1'), source: 'query' }, paid('O2')];
    for (const event of told) await queue.add(event);
    const handled: OutcomeEvent[] = [];
    await handle(queue, async (event) => handled.push(event) && undefined);
    await until(() => handled.length === 2);
    expect(handled.toSorted((a, b) => a.data.mchOrderNo.localeCompare(b.data.mchOrderNo))).toEqual(told);
  });

  it('keeps a handled event of a transfer without its receiver', async () => {
    const queue = open();
    const handled: OutcomeEvent[] = [];
    await handle(queue, async (event) => handled.push(event) && undefined);
    await queue.add(transferred('W1'));
    await until(async () => (await queue.counts()).completed === 1);
    // The close waits for what is still to be written.
    await queue.close();
    expect(handled).toMatchObject([{ data: { accountNo: '6222020200112233445', accountName: '张三' } }]);

    const kept = await contents(place, name);
    expect(kept).toContain('W1');
    expect(kept).not.toMatch(/6222020200112233445|张三|\\u5f20/);
  });

  it('keeps the same event once, and each state of an order', async () => {
    const queue = open();
    let handled = 0;
    await handle(queue, async () => void handled++);
    const states = [OrderState.Failed, OrderState.Success];
    const told = states.flatMap((state) => Array.from({ length: 5 }, () => paid('O1', { state })));
    await Promise.all(told.map((event) => queue.add(event)));
    await until(async () => (await queue.counts()).completed === 2);
    await Promise.all(told.map((event) => queue.add(event)));
    // What stands before it in the queue is handled before it.
    await queue.add(paid('O2'));
    await until(async () => (await queue.counts()).completed === 3);
    expect(handled).toBe(3);
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0, completed: 3, failed: 0 });
  });

  it.each(['a:b', 'a.b', 'a%3ab', 'a b', '7'])(
    'takes any order number for what it is, such as %p',
    async (payOrderId) => {
      const queue = open();
      const others = ['a:b', 'a.b', 'a%3ab', 'a b', '7'].filter((other) => other !== payOrderId);
      for (const id of [payOrderId, ...others]) await queue.add(paid('O1', { payOrderId: id }));
      expect((await queue.counts()).waiting).toBe(5);
    },
  );

  it('tries again what fails', async () => {
    const queue = open();
    let tries = 0;
    await handle(queue, async () => {
      if (++tries < 3) throw new Error('the database is away');
    });
    await queue.add(paid('O1'));
    await until(async () => (await queue.counts()).completed === 1);
    expect(tries).toBe(3);
  });

  it.each([
    ['a text', 'no error'],
    ['nothing', undefined],
    ['an error with a NUL', new Error('a\0b')],
    ['what BullMQ takes for a command', Object.assign(new Error('x'), { name: 'DelayedError' })],
    ['what BullMQ takes for a rate limit', new Error('bullmq:rateLimitExceeded')],
  ])('tries again after a handler has thrown %s', async (_what, thrown) => {
    const queue = open();
    let tries = 0;
    await handle(queue, async () => {
      if (++tries === 1) throw thrown;
    });
    await queue.add(paid('O1'));
    await until(async () => (await queue.counts()).completed === 1);
    expect(tries).toBe(2);
  });

  it('keeps what has failed too often, until it is retried', async () => {
    const queue = open({ attempts: 2 });
    let isFixed = false;
    const handled: string[] = [];
    await handle(queue, async ({ data }) => {
      if (!isFixed) throw new Error('out of stock');
      handled.push(data.mchOrderNo);
    });
    for (const event of [paid('O1'), paid('O2'), paid('O3'), transferred('W1')]) await queue.add(event);
    await until(async () => (await queue.counts()).failed === 4);

    const failed = await queue.failed();
    expect(failed.find(({ mchOrderNo }) => mchOrderNo === 'O1')).toEqual({
      jobId: 'payment.M1.P-O1.2',
      kind: 'payment',
      mchNo: 'M1',
      appId: 'A1',
      mchOrderNo: 'O1',
      state: 2,
      idempotencyKey: 'payment:M1:P-O1:2',
      attempts: 2,
      failedAt: expect.any(Number),
      reason: 'out of stock',
    });
    expect(await queue.failed(2)).toHaveLength(2);
    expect(logged.join('\n')).toContain('attempt 2 of 2: out of stock');

    expect(await queue.retry('payment.M1.P-none.2')).toBe(0);
    // With all its attempts: it fails twice more.
    expect(await queue.retry('payment.M1.P-O1.2')).toBe(1);
    await until(async () => (await queue.counts()).failed === 4);
    expect((await queue.failed(1))[0]).toMatchObject({ mchOrderNo: 'O1', attempts: 2 });

    isFixed = true;
    expect(await queue.retry('all')).toBe(4);
    await until(() => handled.length === 4);
    expect(handled.toSorted()).toEqual(['O1', 'O2', 'O3', 'W1']);
    expect(await queue.failed()).toEqual([]);
  });

  it('does not swallow an event that comes again after it has failed', async () => {
    const queue = open({ attempts: 1 });
    let tries = 0;
    await handle(queue, async () => {
      if (++tries === 1) throw new Error('out of stock');
    });
    await queue.add(paid('O1'));
    await until(async () => (await queue.counts()).failed === 1);
    await Promise.all([queue.add(paid('O1')), queue.add(paid('O1')), queue.add(paid('O1'))]);
    await until(async () => (await queue.counts()).completed === 1);
    expect(tries).toBe(2);
  });

  it('looks again at an event that did not match the order', async () => {
    const queue = open();
    let handled = 0;
    await handle(queue, async () => (++handled === 1 ? 'mismatch' : 'applied'));
    await queue.add(paid('O1'));
    await until(async () => handled === 1 && (await queue.counts()).active === 0);
    await queue.add(paid('O1'));
    await until(() => handled === 2);
  });

  it('has queues of different names for themselves', async () => {
    const [one, other] = [open(), open({ name: `${name}-other` })];
    const handled: string[] = [];
    await handle(one, async ({ data }) => void handled.push(`one ${data.mchOrderNo}`));
    await handle(other, async ({ data }) => void handled.push(`other ${data.mchOrderNo}`));
    await one.add(paid('O1'));
    await other.add(paid('O1'));
    await other.add(paid('O2'));
    await until(() => handled.length === 3);
    expect(handled.toSorted()).toEqual(['one O1', 'other O1', 'other O2']);
  });

  it('shares the work between workers, and gives none to a process that only queues', async () => {
    const queuing = open({ work: false });
    await handle(queuing, async () => void handled.push('queuing'));
    const handled: string[] = [];
    const atWork = new Set<string>();
    const { opened: bothWork, open: begin } = gate();
    for (const worker of ['A', 'B']) {
      await handle(open({ concurrency: 2 }), async () => {
        if (atWork.add(worker).size === 2) begin();
        await bothWork;
        handled.push(worker);
      });
    }
    await Promise.all(Array.from({ length: 40 }, (_, i) => queuing.add(paid(`O${i}`))));
    await until(() => handled.length === 40);
    expect(new Set(handled)).toEqual(new Set(['A', 'B']));
  });

  it('waits at its end for handlers under way, and begins no others', async () => {
    const queue = open({ concurrency: 1 });
    const { opened, open: finish } = gate();
    const handled: string[] = [];
    let isUnderWay = false;
    await handle(queue, async ({ data }) => {
      isUnderWay = true;
      await opened;
      handled.push(data.mchOrderNo);
    });
    await queue.add(paid('O1'));
    await queue.add(paid('O2'));
    await until(() => isUnderWay);
    const closing = queue.close().then(() => handled.push('closed'));
    // Another one, which has nothing to wait for, comes to its end meanwhile.
    const idle = open({ name: `${name}-idle` });
    await handle(idle, async () => {});
    await idle.close();
    expect(handled).toEqual([]);
    await expect(queue.add(paid('O3'))).rejects.toThrow('shutting down');
    finish();
    await closing;
    expect(handled).toEqual(['O1', 'closed']);
    expect(await open().counts()).toMatchObject({ waiting: 1, active: 0, completed: 1 });
  });

  it('does not wait for ever at its end, and another one takes over', async () => {
    const hanging = open({ shutdownTimeoutMs: 100, lockDurationMs: 500 });
    let isUnderWay = false;
    await handle(hanging, () => {
      isUnderWay = true;
      return new Promise(() => {});
    });
    await hanging.add(paid('O1'));
    await until(() => isUnderWay);
    await hanging.close();
    const handled: string[] = [];
    await handle(open({ lockDurationMs: 500 }), async ({ data }) => void handled.push(data.mchOrderNo));
    await until(() => handled.includes('O1'));
  });

  it(
    'has a living process finish what a killed one was at, however often one is killed',
    async () => {
      const quick = { lockDurationMs: 500, attempts: 1 };
      const queue = open(quick);
      // Left to itself, BullMQ gives up a job whose second process has died.
      const fleet = new Set(await startWorking(2, options(quick)));
      await queue.add(paid('O1'));
      while (fleet.size > 0) {
        await until(() => [...fleet].some((one) => one.handles('O1')));
        const busy = [...fleet].find((one) => one.handles('O1'))!;
        await busy.kill();
        fleet.delete(busy);
      }
      const handled = new Set<string>();
      await handle(queue, async ({ data }) => void handled.add(data.mchOrderNo));
      await until(async () => (await queue.counts()).completed === 1);
      expect([...handled]).toEqual(['O1']);
    },
    PROCESS_LIMIT_MS,
  );

  it(
    'sweeps once per period in a fleet that starts at once, and goes on when one is killed',
    async () => {
      const sweepEveryMs = 250;
      const quick = { lockDurationMs: 500 };
      const fleet = await startWorking(2, { ...options(quick), sweepEveryMs });
      const sweeps: number[] = [];
      const here = Array.from({ length: 4 }, () => open(quick));
      await Promise.all(
        here.map((queue) =>
          handle(queue, async () => {}, { sweep: async () => sweeps.push(Date.now()), sweepEveryMs }),
        ),
      );
      const all = () => [...sweeps, ...fleet.flatMap((one) => one.sweeps)];
      await until(() => all().length >= 5);
      await fleet[0]!.kill();
      const before = all().length;
      await until(() => all().length >= before + 6);
      const sorted = all().toSorted((a, b) => a - b);
      const period = (at: number) => Math.floor((at - 1) / sweepEveryMs);
      const periods = period(sorted.at(-1)!) - period(sorted[0]!) + 1;
      // The first may come late, and the one that the killed process was at may be done again.
      expect(sorted.length).toBeLessThanOrEqual(periods + 3);
    },
    PROCESS_LIMIT_MS,
  );

  it('does not let a long sweep hold up handlers, or run twice', async () => {
    const { opened, open: finish } = gate();
    let running = 0;
    let most = 0;
    const sweep = async () => {
      most = Math.max(most, ++running);
      await opened;
      running--;
    };
    const handled: string[] = [];
    const both = [open({ concurrency: 1 }), open({ concurrency: 1 })] as const;
    for (const queue of both) {
      await handle(queue, async ({ data }) => void handled.push(data.mchOrderNo), { sweep, sweepEveryMs: 200 });
    }
    await until(() => running === 1);
    await both[0].add(paid('O1'));
    await until(() => handled.length === 1);
    // Three periods later the sweeps of two have been left out.
    await until(async () => (await sweepsSkipped(place, name)) >= 3);
    expect(most).toBe(1);
    finish();
  });

  it('logs a sweep that fails, and sweeps again', async () => {
    let sweeps = 0;
    const sweep = async () => {
      if (++sweeps === 1) throw new Error('the orders are away');
    };
    await handle(open(), async () => {}, { sweep, sweepEveryMs: 200 });
    await until(() => sweeps >= 3);
    expect(logged.join('\n')).toContain('A sweep failed: the orders are away');
  });

  it('sweeps again after the server has failed to keep a sweep', async () => {
    const refused = jest.spyOn(Queue.prototype, 'add').mockRejectedValueOnce(new Error('too many clients already'));
    try {
      let sweeps = 0;
      await handle(open(), async () => {}, { sweep: async () => sweeps++, sweepEveryMs: 100 });
      await until(() => sweeps >= 2);
      expect(logged.join('\n')).toMatch(/A sweep could not be added to the queue on \w+: too many clients already/);
    } finally {
      refused.mockRestore();
    }
  });

  it('forgets handled events after the time given', async () => {
    const queue = open({ keepHandledMs: 0 });
    let handled = 0;
    await handle(queue, async () => void handled++);
    for (let times = 1; times <= 2; times++) {
      await queue.add(paid('O1'));
      await until(async () => handled === times && (await queue.counts()).active === 0);
    }
    expect(await queue.counts()).toMatchObject({ completed: 0 });
  });

  it('is for one instance of the module', async () => {
    const queue = open();
    await handle(queue, async () => {});
    await expect(handle(queue, async () => {})).rejects.toThrow(/two instances/);
  });
});
