// Real time: waits of half a second that end with a refusal.
// What repeated notifies cost where the database remembers: no query, few connections, and never a second effect.
import { expect, it, jest } from '@jest/globals';
import { OutcomeMemory } from '../../lib/outcomes/outcome-memory.js';
import { logged } from '../support/recording-logger.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';
import { Shops } from './support/shops.js';
import { withShops } from './support/with-shops.js';

const PATIENT = { sweepEveryMs: 86_400_000, connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

/** Lets handlers wait until the test says go, and tells when one has begun. */
function gate() {
  let go!: () => void;
  let begin!: () => void;
  const opened = new Promise<void>((resolve) => {
    go = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  return {
    does: () => {
      begin();
      return opened;
    },
    begun,
    go,
  };
}

for (const { need, open } of PLACES) {
  await describeWhere(need, `repeated notifies on ${need}`, () => {
    let place: Place;
    let shops: Shops;
    withShops(open, (opened) => ({ place, shops } = opened));

    it('cost no query after a restart, with confirmNotify always', async () => {
      const first = await shops.start({ confirmNotify: 'always' });
      await first.create('O1');
      await shops.sandbox.pay('O1');
      await shops.sandbox.advance(0);
      expect(shops.queries()).toBe(1);
      await first.stop();
      const second = await shops.start({ confirmNotify: 'always' });
      const { payOrderId } = shops.sandbox.order('O1')!;
      for (let i = 0; i < 5; i++) {
        expect(await second.notify({ mchOrderNo: 'O1', payOrderId })).toEqual({ status: 200, text: 'success' });
      }
      expect(await second.notify({ mchOrderNo: 'O1', payOrderId, state: '3' })).toMatchObject({ text: 'success' });
      expect(shops.queries()).toBe(1);
      expect(await shops.effects()).toEqual(['O1 2']);
    });

    it('reach no handler where they were let in as such without a query', async () => {
      const shop = await shops.start({ confirmNotify: 'always' });
      await shop.create('O1');
      const { payOrderId } = shops.sandbox.order('O1')!;
      jest.spyOn(shop.app.get(OutcomeMemory), 'recall').mockResolvedValueOnce({ lastApplied: 2, gatewayState: 2 });
      expect((await shop.notify({ mchOrderNo: 'O1', payOrderId })).text).toBe('success');
      expect(shop.told).toEqual([]);
      // The gateway says that it is not paid.
      expect((await shop.notify({ mchOrderNo: 'O1', payOrderId })).status).toBe(401);
      expect(await shops.outcomes()).toEqual([]);
    });

    it('wait four at a time while the handler runs; the others are answered 503 at once', async () => {
      const shop = await shops.start({ databaseLimits: { ...PATIENT, handlerTimeoutMs: 60_000 } });
      await shop.create('O1');
      const { payOrderId } = shops.sandbox.order('O1')!;
      const { does, go } = gate();
      shop.handler.does = does;
      const all = Array.from({ length: 20 }, () => shop.notify({ mchOrderNo: 'O1', payOrderId }));
      let answered = 0;
      await new Promise<void>((resolve) => {
        for (const one of all) void one.then(() => ++answered === 15 && resolve());
      });
      go();
      const statuses = (await Promise.all(all)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(5);
      expect(statuses.filter((status) => status === 503)).toHaveLength(15);
      expect(await shops.effects()).toEqual(['O1 2']);
    });

    it('are answered 503 when their turn does not come in time', async () => {
      const shop = await shops.start({ databaseLimits: { ...PATIENT, connectionTimeoutMs: 1 } });
      await shop.create('O1');
      const { payOrderId } = shops.sandbox.order('O1')!;
      const { does, begun, go } = gate();
      shop.handler.does = does;
      const first = shop.notify({ mchOrderNo: 'O1', payOrderId });
      await begun;
      expect((await shop.notify({ mchOrderNo: 'O1', payOrderId })).status).toBe(503);
      go();
      expect((await first).status).toBe(200);
    });

    it('leave the rest of the pool to the application: what is over maxConcurrent is answered 503', async () => {
      const limits = { ...PATIENT, maxConcurrent: 1, connectionTimeoutMs: 100 };
      const shop = await shops.start({ databaseLimits: limits });
      for (const number of ['O1', 'O2']) await shop.create(number);
      const payOrderId = (number: string) => shops.sandbox.order(number)!.payOrderId;
      const { does, begun, go } = gate();
      shop.handler.does = does;
      const first = shop.notify({ mchOrderNo: 'O1', payOrderId: payOrderId('O1') });
      await begun;
      expect((await shop.notify({ mchOrderNo: 'O2', payOrderId: payOrderId('O2') })).status).toBe(503);
      go();
      expect((await first).status).toBe(200);
      expect((await shop.notify({ mchOrderNo: 'O2', payOrderId: payOrderId('O2') })).status).toBe(200);
      expect(await shops.effects()).toEqual(['O1 2', 'O2 2']);
    });

    it('give no warning of a memory that a restart forgets', async () => {
      const { NODE_ENV } = process.env;
      process.env.NODE_ENV = 'production';
      const before = logged.length;
      try {
        await shops.start();
      } finally {
        process.env.NODE_ENV = NODE_ENV;
      }
      expect(logged.slice(before).filter((line) => line.includes('a restart loses them'))).toEqual([]);
    });

    if (need !== 'libsql') {
      it('say once for each sweep that outcomes could not be applied, where nothing else says it', async () => {
        const shop = await shops.start({ databaseLimits: { ...PATIENT, lockTimeoutMs: 1_000 } });
        shop.handler.does = () => {
          throw new Error('the warehouse is closed');
        };
        for (const number of ['O1', 'O2']) {
          await shop.create(number);
          await shops.sandbox.pay(number);
          await shops.sandbox.advance(0);
        }
        const locking = await place.database.begin(PATIENT);
        await locking.execute(`SELECT mch_no FROM ${shops.tables.order} FOR UPDATE`);
        const before = logged.length;
        await shop.retry();
        await locking.rollback();
        const lines = logged.slice(before);
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(
          /^2 of 2 due outcomes could not be applied; they will be retried unless they are dead/,
        );
      });
    }
  });
}
