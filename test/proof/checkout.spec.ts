import { expect } from '@jest/globals';
import { describeProof, notifyUrl, type Dialect } from './support/describe-proof.js';
import { figures } from './support/figures.js';
import { IS_LONG } from '../support/form.js';
import { AMOUNT, checkOutBy, gatewayIdOf, post, successNotify } from './support/orders.js';
import { each } from './support/until.js';

const CLICKS = 1_000;

/** Baskets that are clicked at once, one after the other, and those whose two orders are paid at once. */
const BASKETS = IS_LONG ? 10 : 1;
const PAID_TWICE = IS_LONG ? 100 : 10;

await describeProof<Dialect>({
  when: `${CLICKS} clicks at once on each of ${BASKETS} baskets, and two orders of ${PAID_TWICE} others paid at once`,
  holds: 'one order each at the gateway, none once it is paid, and exactly one of two payments is the second',
  modes: ['PostgreSQL', 'MariaDB'],
  run: async (scene, dialect, processes) => {
    const database = await scene.inboxDatabase(dialect);
    const sandbox = await scene.sandbox();
    const shops = await scene.shops(scene.inboxSettings(database, sandbox), processes, 'inbox-shop');
    const click = async (key: string, nth: number) => {
      const shop = shops[nth % processes]!;
      return checkOutBy(shop.url, key, notifyUrl(shop, key));
    };
    const pay = async (mchOrderNo: string, nth: number) =>
      post(notifyUrl(shops[nth % processes]!, mchOrderNo), successNotify(mchOrderNo, gatewayIdOf(sandbox, mchOrderNo)));

    const start = performance.now();
    for (let basket = 0; basket < BASKETS; basket++) {
      const before = sandbox.orders().length;
      const key = `B${basket}`;
      const clicks = await Promise.all(Array.from({ length: CLICKS }, (_, nth) => click(key, nth)));
      expect(sandbox.orders()).toHaveLength(before + 1);
      const { mchOrderNo, amount } = sandbox.orders().at(-1)!;
      expect(new Set(clicks.map((answer) => answer.mchOrderNo ?? answer.code))).toEqual(new Set([mchOrderNo]));
      expect(amount).toBe(AMOUNT);

      expect(await pay(mchOrderNo, basket)).toBe('200 success');
      const late = await Promise.all(Array.from({ length: processes }, (_, nth) => click(key, nth)));
      expect(late).toEqual(late.map(() => ({ code: 'PASS2PAY_ALREADY_PAID' })));
      expect(sandbox.orders()).toHaveLength(before + 1);
    }
    const seconds = (performance.now() - start) / 1000;
    figures(`checkout ${dialect}`, { clicks: CLICKS, baskets: BASKETS, seconds });

    const keys = Array.from({ length: PAID_TWICE }, (_, nth) => `P${nth}`);
    await each(keys, 4, async (key) => {
      const first = (await click(key, 0)).mchOrderNo!;
      await sandbox.close(first);
      await sandbox.notifySettled(first);
      const second = (await click(key, 1)).mchOrderNo!;
      expect(second).not.toBe(first);
      const answers = await Promise.all([first, second].map((number, nth) => pay(number, nth)));
      // One may wait for the other in vain, and comes again then.
      for (const [nth, number] of [first, second].entries()) {
        for (let answer = answers[nth]; answer !== '200 success';) answer = await pay(number, nth);
      }
      const [one, other] = await database.duplicates([first, second]);
      expect([one, other].filter((duplicateOf) => duplicateOf === undefined)).toHaveLength(1);
      expect(one ?? other).toBe(one === undefined ? first : second);
    });
    await Promise.all(shops.map((shop) => shop.close()));
  },
});
