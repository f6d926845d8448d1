import { expect } from '@jest/globals';
import { describeProof, notifyUrl, type Dialect, type Scene } from './support/describe-proof.js';
import { figures } from './support/figures.js';
import { IS_LONG } from '../support/form.js';
import type { InboxDatabase } from './support/inbox-database.js';
import { createBy, gatewayIdOf, orderNumbers, post, successNotify } from './support/orders.js';
import { randomFrom } from './support/random.js';
import type { ShopProcess } from './support/shop-process.js';
import { each } from './support/until.js';

const AT_ONCE = 20;

/** All copies of an outcome of the first come at the same time, the duplicates of the others in any order. */
const ORDERS = IS_LONG ? 1_000 : 80;
const TRANSFERS = IS_LONG ? 200 : 20;
const COPIES = 5;
const OUTCOMES = IS_LONG ? 1_000 : 50;
const DUPLICATES = IS_LONG ? 100 : 20;

await describeProof<Dialect>({
  when: `${ORDERS} orders and ${TRANSFERS} transfers, each notify delivered ${COPIES} times at once, then ${OUTCOMES * DUPLICATES} duplicates of ${OUTCOMES} others in any order, to processes with a database alone`,
  holds: 'exactly one effect each, by handlers without a key',
  modes: ['PostgreSQL', 'MariaDB'],
  run: async (scene, dialect, processes) => {
    const seed = Number(process.env['PROOF_SEED'] ?? Date.now() % 1_000_000);
    const numbers = [...orderNumbers(ORDERS), ...orderNumbers(TRANSFERS, 'T')];
    const others = orderNumbers(OUTCOMES, 'D');
    const { database, shops, notifyOf } = await open(scene, dialect, processes, [...numbers, ...others]);
    // In turn to each process.
    const copiesOf = (count: number) => (number: string, index: number) =>
      Array.from({ length: count }, (_, copy) => ({
        number,
        url: notifyUrl(shops[(index + copy) % processes]!, number),
      }));
    const told = async (proof: string, deliveries: ReturnType<ReturnType<typeof copiesOf>>, width: number) => {
      const start = performance.now();
      const refused = await deliver(deliveries, width, notifyOf);
      const seconds = (performance.now() - start) / 1000;
      figures(`${proof} ${dialect}`, { notifies: deliveries.length, refused, seconds, seed });
    };

    await told('inbox-once', numbers.flatMap(copiesOf(COPIES)), AT_ONCE * COPIES);
    await expectOneEffectEach(database, numbers, others);
    const all = others.flatMap(copiesOf(DUPLICATES));
    await told('inbox-duplicates', shuffled(all, randomFrom(seed)), AT_ONCE);
    await expectOneEffectEach(database, [...numbers, ...others]);
    await Promise.all(shops.map((shop) => shop.close()));
  },
});

/** Processes that have made the orders. */
async function open(scene: Scene, dialect: Dialect, processes: number, numbers: readonly string[]) {
  const database = await scene.inboxDatabase(dialect);
  const sandbox = await scene.sandbox();
  const shops = await scene.shops(scene.inboxSettings(database, sandbox), processes, 'inbox-shop');
  await each(numbers, 8, async (number) => {
    const shop = shops[Number(number.slice(1)) % processes]!;
    expect(await createBy(shop.url, number, notifyUrl(shop, number))).toMatch(/^201 /);
  });
  const notifies = new Map(numbers.map((number) => [number, successNotify(number, gatewayIdOf(sandbox, number))]));
  return { database, shops: shops as readonly ShopProcess[], notifyOf: (number: string) => notifies.get(number)! };
}

/** Sends each notify until it is acknowledged, as the gateway does; gives how often it was not. */
async function deliver(
  deliveries: readonly { number: string; url: string }[],
  width: number,
  notifyOf: (number: string) => string,
): Promise<number> {
  let refused = 0;
  await each(deliveries, width, async ({ number, url }) => {
    for (;;) {
      const response = await post(url, notifyOf(number));
      if (response === '200 success') return;
      // The gateway takes any of these for “not acknowledged”.
      expect(response).toMatch(/^50[03] /);
      refused++;
    }
  });
  return refused;
}

async function expectOneEffectEach(
  database: InboxDatabase,
  paid: readonly string[],
  unpaid: readonly string[] = [],
): Promise<void> {
  expect(await database.effects()).toEqual(new Map(paid.map((number) => [number, [{ state: 2, late: false }]])));
  expect(await database.lastApplied()).toEqual(
    new Map([...paid.map((number) => [number, 2] as const), ...unpaid.map((number) => [number, undefined] as const)]),
  );
  expect(await database.results()).toEqual({ applied: paid.length });
}

/** In another order (Fisher–Yates). */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const mixed = [...items];
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [mixed[at], mixed[other]] = [mixed[other]!, mixed[at]!];
  }
  return mixed;
}
