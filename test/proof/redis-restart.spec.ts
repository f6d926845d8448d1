// Real time: a real Redis goes away, and real leases, locks and time limits of its clients run out.
import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeProof, notifyUrl } from './support/describe-proof.js';
import { figures } from './support/figures.js';
import { IS_LONG } from '../support/form.js';
import { AMOUNT, orderNumbers, successNotify, post } from './support/orders.js';
import { each, until } from './support/until.js';

const ORDERS = IS_LONG ? 600 : 300;

/** The answers that the process's log explains. */
const WHILE_AWAY = {
  redis: /Redis cannot be reached to \w+ an outcome|Redis did not \w+ an outcome within/,
  'queue on Redis': /could not be added to the queue: .*Redis is running and reachable/,
};

await describeProof<keyof typeof WHILE_AWAY>({
  when: 'Redis is killed and started again in the middle',
  holds: 'nothing lost, nothing doubled, and clear errors meanwhile',
  modes: ['redis', 'queue on Redis'],
  ownRedis: true,
  run: async (scene, mode, processes) => {
    const redis = await scene.redisServer();
    const database = await scene.database();
    const sandbox = await scene.sandbox();
    const settings = {
      ...(await scene.settings(mode, database, sandbox, redis.address)),
      outcomes: { leaseMs: 1_000, busyWaitMs: 2_000 },
      handlerMs: 5,
    };
    if (settings.queue) Object.assign(settings.queue, { lockDurationMs: 1_000, backoffMs: 100, commandTimeoutMs: 500 });
    const shops = await scene.shops(settings, processes);
    const orders = orderNumbers(ORDERS);
    await database.addOrders(orders, AMOUNT);

    // As the gateway does, each notify is sent until it is acknowledged; here, to one process after the other.
    const refused: string[] = [];
    let isAway = false;
    let acknowledgedWhileAway = 0;
    const deliver = async (order: string, index: number) => {
      for (let attempt = index; ; attempt++) {
        const sentWhileAway = isAway;
        const response = await post(notifyUrl(shops[attempt % shops.length]!, order), successNotify(order));
        if (response === '200 success') {
          if (sentWhileAway && isAway) acknowledgedWhileAway++;
          return;
        }
        refused.push(response);
        await sleep(100);
      }
    };
    let begun = 0;
    const kill = async () => {
      await redis.kill();
      isAway = true;
    };
    const delivered = each(orders, 20, (order) => {
      if (begun === ORDERS / 3) void kill();
      return deliver(order, begun++);
    });
    delivered.catch(() => {});

    await until(() => isAway, 'Redis is gone');
    const refusedBefore = refused.length;
    await until(() => refused.length >= refusedBefore + 60, '60 notifies are refused');
    expect(begun).toBeLessThan(ORDERS);
    isAway = false;
    await redis.start();
    await delivered;

    await until(async () => (await database.effects()) === ORDERS, 'every order has its effect');
    expect(await database.withoutOneEffect()).toEqual([]);
    expect(await database.count(2)).toBe(ORDERS);
    expect(acknowledgedWhileAway).toBe(0);
    // The gateway takes any of these for “not acknowledged”; the log says what is the matter.
    expect(refused.filter((response) => !/^50[03] /.test(response))).toEqual([]);
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
});
