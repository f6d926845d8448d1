import { expect, test } from '@jest/globals';
import { OrderState } from '../../lib/order/order-state.js';
import { describeProof, elsewhere, notifyUrl, type Mode } from './support/describe-proof.js';
import { figures } from './support/figures.js';
import { AMOUNT, createAtGateway, orderNumbers } from './support/orders.js';
import { ShopProcess } from './support/shop-process.js';
import { each, until } from './support/until.js';

const ORDERS = 200;
const PER_MINUTE = 1_200;
const ENDS = [OrderState.Success, OrderState.Failed, OrderState.Closed] as const;

await describeProof('all notifies are dropped', (scene) => {
  test.each<[mode: Mode, processes: number]>([
    ['memory', 1],
    ['queue on Redis', 2],
    ['queue on PostgreSQL', 2],
  ])(
    '%s, processes: %d: the reconciler alone brings 200 orders to their states, below its rate',
    async (mode, processes) => {
      const database = await scene.database();
      const sandbox = await scene.sandbox({ notifySpeed: 1_000 });
      sandbox.inject({ kind: 'notify-drop', times: Infinity });
      const settings = {
        ...(await scene.settings(mode, database, sandbox)),
        reconcile: { afterMs: 0, everyMs: 200, perMinute: PER_MINUTE },
      };
      const orders = orderNumbers(ORDERS);
      await each(orders, 8, (order) => createAtGateway(sandbox, order, notifyUrl(settings, order)));
      const ends = new Map(orders.map((order, index) => [order, ENDS[index % ENDS.length]!]));
      for (const [order, end] of ends) {
        if (end === OrderState.Success) await sandbox.pay(order);
        else if (end === OrderState.Failed) await sandbox.fail(order);
        else await sandbox.close(order);
      }
      await database.addOrders(orders, AMOUNT);

      const start = performance.now();
      const all = processes === 1 ? [settings] : [settings, await elsewhere(settings)];
      const shops = await Promise.all(all.map((one) => ShopProcess.open(one)));
      await until(async () => (await database.count(OrderState.Created)) === 0, 45_000);
      const seconds = (performance.now() - start) / 1000;

      expect(await database.states()).toEqual(ends);
      expect(await database.withoutOneEffect()).toEqual([]);
      expect(await database.runs()).toBe(ORDERS);
      expect(orders.flatMap((order) => sandbox.notifyAttempts(order)).some(({ acknowledged }) => acknowledged)).toBe(
        false,
      );

      const stats = await Promise.all(shops.map((shop) => shop.reconciler()));
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
    90_000,
  );
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
