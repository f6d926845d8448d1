// Real time: how fast real processes ask is what is measured; a slow machine only makes them ask more slowly.
import { expect } from '@jest/globals';
import { OrderState } from '../../lib/protocol/order-state.js';
import { describeProof, notifyUrl, type Dialect } from './support/describe-proof.js';
import { figures } from './support/figures.js';
import { IS_LONG } from '../support/form.js';
import { createBy, orderNumbers } from './support/orders.js';
import { each, until } from './support/until.js';

const ORDERS = IS_LONG ? 600 : 200;
const PER_MINUTE = 2_400;
const INTERVAL_MS = 60_000 / PER_MINUTE;

/** One order in ten is never paid, closed or failed: it is asked about again and again. */
const ENDS = [
  undefined,
  ...Array.from({ length: 9 }, (_, index) => [OrderState.Success, OrderState.Failed, OrderState.Closed][index % 3]),
];

await describeProof<Dialect>({
  when: 'all notifies are dropped',
  holds: `their reconcilers together bring ${ORDERS} orders to their states, below the rate of the fleet`,
  modes: ['PostgreSQL', 'MariaDB'],
  run: async (scene, dialect, processes) => {
    const database = await scene.inboxDatabase(dialect);
    const sandbox = await scene.sandbox({ notifySpeed: 100 });
    sandbox.inject({ kind: 'notify-drop', times: Infinity });
    const settings = scene.inboxSettings(database, sandbox);
    const [maker] = await scene.shops(settings, 1, 'inbox-shop');
    const orders = orderNumbers(ORDERS, 'C');
    await each(orders, 8, (order) => createBy(maker!.url, order, notifyUrl(maker!, order)));
    await maker!.close();
    const ends = new Map(orders.map((order, index) => [order, ENDS[index % ENDS.length]]));
    for (const [order, end] of ends) {
      if (end === OrderState.Success) await sandbox.pay(order);
      else if (end === OrderState.Failed) await sandbox.fail(order);
      else if (end === OrderState.Closed) await sandbox.close(order);
    }

    const reconcile = { everyMs: 200, perMinute: PER_MINUTE };
    const shops = await scene.shops({ ...settings, reconcile }, processes, 'inbox-shop');
    // The time has come to ask about them.
    const start = Date.now();
    await database.letPass(600_000);
    const expected = new Map([...ends].filter(([, end]) => end !== undefined));
    await until(async () => (await database.effects()).size === expected.size, 'every order that has ended is applied');
    const seconds = (Date.now() - start) / 1000;
    const stats = await Promise.all(shops.map((shop) => shop.reconciler()));
    await Promise.all(shops.map((shop) => shop.close()));

    const effects = await database.effects();
    expect(new Map([...effects].map(([order, all]) => [order, all.map(({ state }) => state)]))).toEqual(
      new Map([...expected].map(([order, end]) => [order, [end]])),
    );
    expect(stats.map(({ asked }) => asked > 0)).toEqual(shops.map(() => true));
    expect(stats.reduce((sum, { notFound, failed }) => sum + notFound + failed, 0)).toBe(0);

    const queries = sandbox.requests.filter(({ endpoint }) => endpoint === 'query');
    expect(queries.filter(({ at }, index) => at < start + index * INTERVAL_MS - 1)).toEqual([]);
    expect(repeatedWhileOthersWait(queries.map(({ body }) => orderIn(body)))).toEqual([]);
    figures(`reconcile-fleet ${dialect}`, { orders: ORDERS, seconds, queries: queries.length, perMinute: PER_MINUTE });
  },
});

function orderIn(body: string): string {
  return (JSON.parse(body) as { mchOrderNo: string }).mchOrderNo;
}

/** The orders that were asked about twice in a row before all were asked about once. */
function repeatedWhileOthersWait(asked: readonly string[]): string[] {
  const seen = new Set<string>();
  return asked.filter((order, index) => {
    const isRepeated = order === asked[index - 1] && seen.size < ORDERS;
    seen.add(order);
    return isRepeated;
  });
}
