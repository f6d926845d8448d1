// Real time: how fast real processes ask is what is measured; a slow machine only makes them ask more slowly.
import { expect } from '@jest/globals';
import { OrderState } from '../../lib/protocol/order-state.js';
import { describeProof, notifyUrl, type Mode } from './support/describe-proof.js';
import { figures } from './support/figures.js';
import { IS_LONG } from '../support/form.js';
import { AMOUNT, createAtGateway, orderNumbers } from './support/orders.js';
import { each, until } from './support/until.js';

const ORDERS = IS_LONG ? 200 : 100;
const PER_MINUTE = IS_LONG ? 1_200 : 2_400;
const ENDS = [OrderState.Success, OrderState.Failed, OrderState.Closed] as const;

await describeProof<Mode>({
  when: 'all notifies are dropped',
  holds: `the reconciler alone brings ${ORDERS} orders to their states, below its rate`,
  modes: ['memory', 'queue on Redis', 'queue on PostgreSQL'],
  run: async (scene, mode, processes) => {
    const database = await scene.database();
    const sandbox = await scene.sandbox({ notifySpeed: 100 });
    sandbox.inject({ kind: 'notify-drop', times: Infinity });
    const front = await scene.front();
    const orders = orderNumbers(ORDERS);
    await each(orders, 8, (order) => createAtGateway(sandbox, order, notifyUrl(front, order)));
    const ends = new Map(orders.map((order, index) => [order, ENDS[index % ENDS.length]!]));
    for (const [order, end] of ends) {
      if (end === OrderState.Success) await sandbox.pay(order);
      else if (end === OrderState.Failed) await sandbox.fail(order);
      else await sandbox.close(order);
    }
    await database.addOrders(orders, AMOUNT);

    const settings = {
      ...(await scene.settings(mode, database, sandbox)),
      // The longest there are: a sweep is not given to another process for being slow.
      outcomes: { leaseMs: 3_600_000, busyWaitMs: 19_000 },
      reconcile: { afterMs: 0, everyMs: 200, perMinute: PER_MINUTE },
    };
    if (settings.queue) Object.assign(settings.queue, { lockDurationMs: 3_600_000, commandTimeoutMs: 19_000 });
    const start = performance.now();
    const shops = await scene.shops(settings, processes);
    front.leadTo(shops[0]!.port);
    await until(async () => (await database.count(OrderState.Created)) === 0, 'no order waits for its end');
    const seconds = (performance.now() - start) / 1000;
    // A process counts an outcome after its handlers have run.
    const statsOf = () => Promise.all(shops.map((shop) => shop.reconciler()));
    const missed = async () => (await statsOf()).reduce((sum, { missedByNotify }) => sum + missedByNotify, 0);
    await until(async () => (await missed()) >= ORDERS, 'the processes have counted every outcome');
    const stats = await statsOf();
    const announced = orders.filter((order) => sandbox.notifyAttempts(order).length > 0);
    await each(announced, 8, (order) => sandbox.notifySettled(order));
    await Promise.all(shops.map((shop) => shop.close()));

    expect(await database.states()).toEqual(ends);
    expect(await database.withoutOneEffect()).toEqual([]);
    expect(await database.runs()).toBe(ORDERS);
    expect(orders.flatMap((order) => sandbox.notifyAttempts(order)).some(({ acknowledged }) => acknowledged)).toBe(
      false,
    );
    expect(stats.reduce((sum, { missedByNotify }) => sum + missedByNotify, 0)).toBe(ORDERS);
    expect(stats.reduce((sum, { notFound, failed }) => sum + notFound + failed, 0)).toBe(0);
    if (mode === 'memory') expect(stats).toMatchObject([{ asked: ORDERS }]);

    const times = sandbox.requests.filter(({ endpoint }) => endpoint === 'query').map(({ at }) => at);
    expect(times.length).toBeGreaterThanOrEqual(ORDERS);
    for (const windowMs of [200, 1_000, 5_000, 60_000]) {
      // What starts and ends a window is in it; and both clocks count whole milliseconds.
      const limit = Math.floor((PER_MINUTE * (windowMs + 2)) / 60_000) + 1;
      expect({ windowMs, most: mostWithin(times, windowMs), limit }).toEqual({
        windowMs,
        most: expect.any(Number),
        limit,
      });
      expect(mostWithin(times, windowMs)).toBeLessThanOrEqual(limit);
    }
    figures(`reconcile ${mode}`, { orders: ORDERS, seconds, queries: times.length, perMinute: PER_MINUTE });
  },
});

/** The most events that any window of this length has seen. */
function mostWithin(times: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, at] of times.entries()) {
    while (at - times[first]! > windowMs) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
