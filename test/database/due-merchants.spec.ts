// Processes that share the tables may know other merchants: each tries only the outcomes of those that it knows.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { DueOutcomes } from '../../lib/database/outcomes/due-outcomes.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { DEFAULT_MERCHANT } from '../../sandbox/index.js';
import { startApp } from '../support/nest-app.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';
import { Shops } from './support/shops.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const STRANGERS = [{ mchNo: 'M1', appId, secrets: secret }];

for (const { need, open } of PLACES) {
  await describeWhere(need, `outcomes that are due on ${need}`, () => {
    let place: Place;
    let shops: Shops;

    beforeEach(async () => {
      place = open();
      shops = await Shops.open(place);
      const first = await shops.start();
      first.handler.does = () => Promise.reject(new Error('out of stock'));
      await first.create('O1');
      await shops.sandbox.pay('O1');
      await shops.sandbox.advance(0);
      await first.stop();
    });
    afterEach(async () => {
      await shops.close();
      await place.close();
    });

    const resolving = (found: object | null) =>
      shops.start({ merchants: STRANGERS, merchantResolver: { findMerchant: async () => found as never } });
    const FAILED = { result: 'failed', attempts: 1, error: 'out of stock', isDue: true };

    it('are left to processes that know their merchant', async () => {
      const other = await shops.start({ merchants: STRANGERS });
      await other.retry();
      expect([other.told, await shops.outcomes()]).toEqual([[], [FAILED]]);
      const second = await shops.start();
      await second.retry();
      expect(await shops.effects()).toEqual(['O1 2']);
    });

    it('are left to processes with handlers: a script that shares the tables applies none', async () => {
      const { app } = await startApp({ imports: [Pass2PayModule.forRoot(shops.options)] });
      await place.database.execute(`UPDATE ${shops.tables.outcome} SET due_at = 0 WHERE due_at IS NOT NULL`);
      await app.get(DueOutcomes, { strict: false }).sweep();
      await app.close();
      expect(await shops.outcomes()).toEqual([FAILED]);
      const second = await shops.start();
      await second.retry();
      expect(await shops.effects()).toEqual(['O1 2']);
    });

    it('are put back where the merchantResolver does not find it, and tried where it does', async () => {
      const stranger = await resolving(null);
      await stranger.retry();
      expect([stranger.told, await shops.outcomes()]).toEqual([[], [FAILED]]);
      const second = await resolving({ mchNo, appId, secrets: secret });
      await second.retry();
      expect(await shops.effects()).toEqual(['O1 2']);
    });
  });
}
