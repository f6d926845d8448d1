import { expect, test } from '@jest/globals';
import { AMOUNT, orderNumbers, successNotify, post } from './support/orders.js';
import { describeProof, elsewhere, notifyUrl, type Mode } from './support/describe-proof.js';
import { figures } from './support/figures.js';
import { ShopProcess } from './support/shop-process.js';
import { each, until } from './support/until.js';

const ORDERS = 1_000;
const TRANSFERS = 200;
const COPIES = 5;

await describeProof('1,000 orders and 200 transfers, each notify delivered 5 times at once', (scene) => {
  test.each<[mode: Mode, processes: number]>([
    ['memory', 1],
    ['redis', 2],
    ['queue on Redis', 2],
    ['queue on PostgreSQL', 2],
  ])(
    '%s, processes: %d: exactly one effect each',
    async (mode, processes) => {
      const database = await scene.database();
      const sandbox = await scene.sandbox();
      const first = await scene.settings(mode, database, sandbox);
      const all = processes === 1 ? [first] : [first, await elsewhere(first)];
      await Promise.all(all.map((settings) => ShopProcess.open(settings)));

      const orders = [...orderNumbers(ORDERS), ...orderNumbers(TRANSFERS, 'T')];
      await database.addOrders(orders, AMOUNT);
      const answers = new Map<string, number>();
      const start = performance.now();
      await each(orders, 50, async (order) => {
        const notify = successNotify(order);
        // In turn to each process, all at the same time.
        const copies = Array.from({ length: COPIES }, (_, copy) =>
          post(notifyUrl(all[copy % processes]!, order), notify),
        );
        for (const answer of await Promise.all(copies)) answers.set(answer, (answers.get(answer) ?? 0) + 1);
      });
      expect(Object.fromEntries(answers)).toEqual({ '200 success': orders.length * COPIES });

      // Inline all is done by now; the queue's workers may take a moment, and must not go on after it.
      expect(await until(async () => (await database.effects()) >= orders.length, 30_000)).toBe(true);
      const seconds = (performance.now() - start) / 1000;
      await until(async () => (await database.runs()) > orders.length, mode.startsWith('queue') ? 1_000 : 0);
      expect(await database.withoutOneEffect()).toEqual([]);
      // Not only that the unique key holds: the handlers were not even called twice.
      expect([await database.effects(), await database.runs(), await database.count(2)]).toEqual(
        Array.from({ length: 3 }, () => orders.length),
      );
      figures(`once ${mode}`, { notifies: orders.length * COPIES, seconds });
    },
    90_000,
  );
});
