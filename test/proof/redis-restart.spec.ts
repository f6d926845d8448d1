import { expect, test } from '@jest/globals';
import { describeProof, elsewhere, notifyUrl, type Mode } from './support/describe-proof.js';
import { figures } from './support/figures.js';
import { AMOUNT, orderNumbers, successNotify, post } from './support/orders.js';
import { ShopProcess } from './support/shop-process.js';
import { each, until } from './support/until.js';

const ORDERS = 600;

/** The answers that the process's log explains. */
const WHILE_AWAY: Readonly<Record<'redis' | 'queue on Redis', RegExp>> = {
  redis: /Redis cannot be reached to \w+ an outcome|Redis did not \w+ an outcome within/,
  'queue on Redis': /could not be put into the queue: .*Redis is running and reachable/,
};

await describeProof(
  'Redis is killed and started again in the middle',
  (scene) => {
    test.each<[mode: Mode & ('redis' | 'queue on Redis')]>([['redis'], ['queue on Redis']])(
      '%s, processes: 2: nothing lost, nothing doubled, and clear errors meanwhile',
      async (mode) => {
        const redis = await scene.redisServer();
        const database = await scene.database();
        const sandbox = await scene.sandbox();
        const settings = {
          ...(await scene.settings(mode, database, sandbox, redis.url)),
          outcomes: { leaseMs: 1_000, busyWaitMs: 2_000 },
          handlerMs: 5,
        };
        if (settings.queue)
          Object.assign(settings.queue, { lockDurationMs: 1_000, backoffMs: 100, commandTimeoutMs: 500 });
        const all = [settings, await elsewhere(settings)];
        const shops = await Promise.all(all.map((one) => ShopProcess.open(one)));
        const orders = orderNumbers(ORDERS);
        await database.addOrders(orders, AMOUNT);

        // As the gateway does, each notify is sent until it is acknowledged; here, to one process after the other.
        const refused: string[] = [];
        let isAway = false;
        let acknowledgedWhileAway = 0;
        const deliver = async (order: string, index: number) => {
          for (let attempt = index; ; attempt++) {
            const sentWhileAway = isAway;
            const answer = await post(notifyUrl(all[attempt % all.length]!, order), successNotify(order));
            if (answer === '200 success') {
              if (sentWhileAway && isAway) acknowledgedWhileAway++;
              return;
            }
            refused.push(answer);
            await new Promise((resolve) => {
              setTimeout(resolve, 100);
            });
          }
        };
        let begun = 0;
        const delivered = each(orders, 20, (order) => deliver(order, begun++));

        expect(await until(() => begun > ORDERS / 3, 20_000)).toBe(true);
        await redis.kill();
        isAway = true;
        const refusedBefore = refused.length;
        expect(await until(() => refused.length >= refusedBefore + 60, 20_000)).toBe(true);
        expect(begun).toBeLessThan(ORDERS);
        isAway = false;
        await redis.start();
        await delivered;

        await until(async () => (await database.effects()) === ORDERS, 20_000);
        expect(await database.withoutOneEffect()).toEqual([]);
        expect(await database.count(2)).toBe(ORDERS);
        expect(acknowledgedWhileAway).toBe(0);
        // The gateway takes any of these for “not acknowledged”; the log says what is the matter.
        expect(refused.filter((answer) => !/^50[03] /.test(answer))).toEqual([]);
        for (const shop of shops) {
          expect(shop.isRunning).toBe(true);
          expect(shop.log).toMatch(WHILE_AWAY[mode]);
        }
        figures(`redis-restart ${mode}`, {
          orders: ORDERS,
          refused: refused.length,
          handlerRuns: await database.runs(),
        });
      },
      90_000,
    );
  },
  { ownRedis: true },
);
