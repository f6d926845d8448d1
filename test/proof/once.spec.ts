import { expect } from '@jest/globals';
import { AMOUNT, orderNumbers, successNotify, post } from './support/orders.js';
import { describeProof, notifyUrl, type Mode } from './support/describe-proof.js';
import { figures } from './support/figures.js';
import { IS_LONG } from '../support/form.js';
import { each, until } from './support/until.js';

const ORDERS = IS_LONG ? 1_000 : 170;
const TRANSFERS = IS_LONG ? 200 : 30;
const COPIES = 5;

await describeProof<Mode>({
  when: `${ORDERS} orders and ${TRANSFERS} transfers, each notify delivered ${COPIES} times at once`,
  holds: 'exactly one effect each',
  modes: ['memory', 'redis', 'queue on Redis', 'queue on PostgreSQL'],
  run: async (scene, mode, processes) => {
    const database = await scene.database();
    const sandbox = await scene.sandbox();
    const settings = {
      ...(await scene.settings(mode, database, sandbox)),
      // The longest there are: no process dies here, and none is given up for being slow.
      outcomes: { leaseMs: 3_600_000, busyWaitMs: 19_000 },
    };
    if (settings.store) settings.store.commandTimeoutMs = 60_000;
    if (settings.queue) Object.assign(settings.queue, { lockDurationMs: 3_600_000, commandTimeoutMs: 19_000 });
    const shops = await scene.shops(settings, processes);

    const orders = [...orderNumbers(ORDERS), ...orderNumbers(TRANSFERS, 'T')];
    await database.addOrders(orders, AMOUNT);
    const responses = new Map<string, number>();
    const start = performance.now();
    await each(orders, 20, async (order) => {
      const notify = successNotify(order);
      // In turn to each process, all at the same time.
      const copies = Array.from({ length: COPIES }, (_, copy) =>
        post(notifyUrl(shops[copy % processes]!, order), notify),
      );
      for (const response of await Promise.all(copies)) responses.set(response, (responses.get(response) ?? 0) + 1);
    });
    expect(Object.fromEntries(responses)).toEqual({ '200 success': orders.length * COPIES });

    // Inline all is done by now; what the queue has taken in, its workers still handle, whatever it is.
    if (settings.queue) {
      await until(async () => {
        const { waiting, active, delayed } = await shops[0]!.queueCounts();
        return waiting + active + delayed === 0;
      }, 'the queue is empty');
    }
    const seconds = (performance.now() - start) / 1000;
    await Promise.all(shops.map((shop) => shop.close()));
    expect(await database.withoutOneEffect()).toEqual([]);
    // Not only that the unique key holds: the handlers were not even called twice.
    expect([await database.effects(), await database.runs(), await database.count(2)]).toEqual(
      Array.from({ length: 3 }, () => orders.length),
    );
    figures(`once ${mode}`, { notifies: orders.length * COPIES, seconds });
  },
});
