// What became of outcomes, and the way back: lists, retries and replays.
import { Injectable, type Type } from '@nestjs/common';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { AfterCommitWork } from '../../lib/database/after-commit/after-commit-work.js';
import { Pass2PayOutcomes } from '../../lib/database/audit/pass2pay-outcomes.js';
import { ReplayTable, type ReplayCall } from '../../lib/database/replay/replay-table.js';
import { ReplayWork } from '../../lib/database/replay/replay-work.js';
import type { SqlTransaction } from '../../lib/database/sql-database.js';
import { inTransaction } from '../../lib/database/transaction/in-transaction.js';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import type { PaymentOutcome } from '../../lib/outcomes/outcome.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { getPass2PayToken } from '../../lib/pass2pay.tokens.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { DEFAULT_MERCHANT } from '../../sandbox/index.js';
import { startApp } from '../support/nest-app.js';
import { COMMIT, DatabaseProxy } from './support/database-proxy.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';
import { Shops, type Shop } from './support/shops.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const DAY = 24 * 3_600_000;
const reason = 'Ann: the warehouse has lost them';

it('need a database, and say so', async () => {
  const { app } = await startApp({
    imports: [
      Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [{ mchNo, appId, secrets: secret }] }),
    ],
  });
  const outcomes = app.get(Pass2PayOutcomes);
  for (const asked of [
    outcomes.list(),
    outcomes.listAfterCommit(),
    outcomes.listReplays(),
    outcomes.retry({ result: 'dead' }),
    outcomes.replay({ idempotencyKey: 'payment:M1:P1:2', reason }),
  ]) {
    await expect(asked).rejects.toThrow(/database is required for Pass2PayOutcomes/);
  }
  await app.close();
});

for (const { need, url, open } of PLACES) {
  await describeWhere(need, `outcomes on ${need}`, () => {
    let place: Place;
    let shops: Shops;
    /** The mails that were sent, and what happens as one is. */
    let mails: string[];
    let send: (outcome: PaymentOutcome) => unknown;
    let Mail: Type;

    beforeEach(async () => {
      place = open();
      shops = await Shops.open(place);
      mails = [];
      send = () => undefined;

      @Injectable()
      class OwnMail {
        @OnPayment(OrderState.Success, { after: 'commit' })
        async send(outcome: PaymentOutcome) {
          await send(outcome);
          mails.push(`${outcome.mchOrderNo}${outcome.replayed ? ' again' : ''}`);
        }
      }
      Object.defineProperty(OwnMail, 'name', { value: 'Mail' });
      Mail = OwnMail;
    });

    afterEach(async () => {
      await shops.close();
      await place.close();
    });

    const start = (databaseLimits = {}, options = {}) =>
      shops.start(
        { databaseLimits: { sweepEveryMs: 86_400_000, maxAttempts: 1, ...databaseLimits }, ...options },
        { providers: [Mail] },
      );
    const outcomesOf = ({ app }: Shop, name?: string) =>
      app.get<Pass2PayOutcomes>(getPass2PayToken(Pass2PayOutcomes, name), { strict: false });
    const sweep = async ({ app }: Shop) => {
      await app.get(ReplayWork, { strict: false }).sweep();
      await app.get(AfterCommitWork, { strict: false }).sweep();
    };
    const pay = async (mchOrderNo: string) => {
      await shops.sandbox.pay(mchOrderNo);
      await shops.sandbox.advance(0);
    };
    const sell = async (shop: Shop, ...numbers: string[]) => {
      for (const number of numbers) {
        await shop.create(number);
        await pay(number);
      }
    };
    const closed = () => {
      throw new Error('the warehouse is closed');
    };
    const keyOf = async (shop: Shop, mchOrderNo: string) => {
      const { outcomes } = await outcomesOf(shop).list({ mchOrderNo });
      return outcomes[0]!.idempotencyKey;
    };
    const inLimits = <Result>(work: (own: SqlTransaction) => Promise<Result>) =>
      inTransaction(place.database, { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 }, work);
    const rowsOf = async (table: 'order' | 'outcome' | 'replay') =>
      (
        await place.database.execute(
          `SELECT * FROM ${shops.tables[table]} ORDER BY created_at`.replace(
            'created_at',
            table === 'order' ? 'compared_no' : 'id',
          ),
        )
      ).rows;

    it('are listed by what became of them, the newest first, by pages', async () => {
      const shop = await start();
      await sell(shop, 'O1');
      shop.handler.does = closed;
      await sell(shop, 'O2', 'O3', 'O4');
      const listed: string[] = [];
      for (let after: string | undefined; ;) {
        const page = await outcomesOf(shop).list({ result: 'dead', limit: 2, ...(after && { after }) });
        listed.push(...page.outcomes.map(({ mchOrderNo }) => mchOrderNo));
        if (page.next === undefined) break;
        after = page.next;
      }
      expect(listed).toEqual(['O4', 'O3', 'O2']);
      const { outcomes } = await outcomesOf(shop).list({ mchNo, kind: 'payment' });
      expect(outcomes.map(({ mchOrderNo, result }) => `${mchOrderNo} ${result}`)).toEqual([
        'O4 dead',
        'O3 dead',
        'O2 dead',
        'O1 applied',
      ]);
      expect(await outcomesOf(shop).list({ mchOrderNo: 'o1 ' })).toEqual({
        outcomes: [
          {
            idempotencyKey: expect.stringMatching(`^payment:${mchNo}:P.*:2$`),
            kind: 'payment',
            mchNo,
            appId,
            mchOrderNo: 'O1',
            gatewayId: expect.stringMatching(/^P/),
            state: 2,
            amount: 100,
            currency: 'cny',
            source: 'notify',
            result: 'applied',
            late: false,
            deliveries: 1,
            repeats: 0,
            attempts: 1,
            receivedAt: expect.any(Date),
            appliedAt: expect.any(Date),
          },
        ],
      });
      expect(outcomes[0]).toMatchObject({ attempts: 1, error: 'the warehouse is closed' });
      for (const none of [{ mchNo: 'M2' }, { kind: 'transfer' as const }, { result: 'stale' as const }]) {
        expect(await outcomesOf(shop).list(none)).toEqual({ outcomes: [] });
      }
    });

    it('that were given up are tried again, with all attempts before them, and once', async () => {
      const shop = await start({ maxAttempts: 2 });
      shop.handler.does = closed;
      await sell(shop, 'O1', 'O2');
      await shop.retry();
      expect(await shops.outcomes()).toMatchObject([{ result: 'dead' }, { result: 'dead' }]);
      expect(await outcomesOf(shop).retry({ mchOrderNo: 'o2' })).toEqual({ outcomes: 1, afterCommit: 0 });
      expect(await shops.outcomes()).toMatchObject([
        { result: 'dead', isDue: false },
        { result: 'failed', attempts: 0, isDue: true },
      ]);
      await shop.retry();
      expect(await shops.outcomes()).toMatchObject([{ result: 'dead' }, { result: 'failed', attempts: 1 }]);
      shop.handler.does = () => undefined;
      expect(await outcomesOf(shop).retry({ result: 'dead' })).toEqual({ outcomes: 1, afterCommit: 0 });
      const other = await start();
      await Promise.all([shop.retry(), other.retry()]);
      await shop.retry();
      expect((await shops.effects()).toSorted()).toEqual(['O1 2', 'O2 2']);
      expect(await outcomesOf(shop).retry({ mchNo })).toEqual({ outcomes: 0, afterCommit: 0 });
      expect(other.told.concat(shop.told).every(({ replayed }) => !replayed)).toBe(true);
    });

    it('have what is to be done after their commits listed, and tried again', async () => {
      send = closed;
      const shop = await start();
      await sell(shop, 'O1', 'O2');
      await sweep(shop);
      const { afterCommit } = await outcomesOf(shop).listAfterCommit({ status: 'dead', handler: 'Mail.send' });
      expect(afterCommit.map(({ mchOrderNo }) => mchOrderNo)).toEqual(['O2', 'O1']);
      expect(afterCommit[1]).toEqual({
        idempotencyKey: await keyOf(shop, 'O1'),
        kind: 'payment',
        mchNo,
        appId,
        mchOrderNo: 'O1',
        state: 2,
        handler: 'Mail.send',
        status: 'dead',
        attempts: 1,
        error: 'the warehouse is closed',
        replayed: false,
        createdAt: expect.any(Date),
      });
      send = () => undefined;
      const outcomes = outcomesOf(shop);
      expect(await outcomes.retry({ handler: 'Crm.tell' })).toEqual({ outcomes: 0, afterCommit: 0 });
      expect(await outcomes.retry({ idempotencyKey: await keyOf(shop, 'O1') })).toEqual({
        outcomes: 0,
        afterCommit: 1,
      });
      expect(await outcomes.listAfterCommit({ mchOrderNo: 'O1' })).toMatchObject({
        afterCommit: [{ status: 'pending', attempts: 0, dueAt: expect.any(Date) }],
      });
      await sweep(shop);
      expect(await outcomes.retry({ result: 'dead', handler: 'Mail.send' })).toEqual({ outcomes: 0, afterCommit: 1 });
      await sweep(shop);
      expect(mails).toEqual(['O1', 'O2']);
      expect(await outcomes.listAfterCommit()).toEqual({ afterCommit: [] });
    });

    it('are replayed to their handlers once, and nothing but the record of it changes', async () => {
      const shop = await start();
      await sell(shop, 'O1', 'O2');
      await sweep(shop);
      await place.database.execute(`UPDATE ${shops.tables.order} SET checkout_key = 'B1'`);
      await place.database.execute(
        `UPDATE ${shops.tables.outcome} SET duplicate_of = 'O0', late = 1, gateway_state = 6`,
      );
      const before = [await rowsOf('order'), await rowsOf('outcome')];
      const idempotencyKey = await keyOf(shop, 'O1');
      const asked = await outcomesOf(shop).replay({ idempotencyKey, reason });
      expect(asked).toEqual({
        id: expect.any(Number),
        idempotencyKey,
        reason,
        status: 'pending',
        requestedAt: expect.any(Date),
      });
      // Who asks again while it is pending, since the answer was lost, gets the same one.
      const twice = [1, 2].map(() => outcomesOf(shop).replay({ idempotencyKey, reason: 'again' }));
      expect(await Promise.all(twice)).toEqual([asked, asked]);
      await sweep(shop);
      await sweep(shop);
      expect((await shops.effects()).toSorted()).toEqual(['O1 2', 'O1 2', 'O2 2']);
      const [first, , again] = shop.told;
      const facts = { checkoutKey: 'B1', duplicateOf: 'O0', late: true, gatewayState: 6 };
      expect(again).toEqual({ ...first, ...facts, replayed: true });
      expect(mails).toEqual(['O1', 'O2', 'O1 again']);
      expect([await rowsOf('order'), await rowsOf('outcome')]).toEqual(before);
      expect(await outcomesOf(shop).listReplays({ idempotencyKey })).toEqual({
        replays: [{ ...asked, status: 'done', endedAt: expect.any(Date) }],
      });
      expect((await outcomesOf(shop).replay({ idempotencyKey, reason })).id).not.toBe(asked.id);
    });

    it('leave nothing of a replay whose handler fails but its record, and it is not tried again', async () => {
      const shop = await start({ maxAttempts: 12 });
      await sell(shop, 'O1');
      await sweep(shop);
      const idempotencyKey = await keyOf(shop, 'O1');
      shop.handler.does = closed;
      await outcomesOf(shop).replay({ idempotencyKey, reason });
      await sweep(shop);
      await sweep(shop);
      expect([await shops.effects(), mails, shop.told.length]).toEqual([['O1 2'], ['O1'], 2]);
      expect(await outcomesOf(shop).listReplays({ status: 'failed' })).toMatchObject({
        replays: [{ error: 'the warehouse is closed', endedAt: expect.any(Date) }],
      });
      await outcomesOf(shop).replay({ idempotencyKey, handler: 'Mail.mail', reason });
      await place.database.execute(`UPDATE ${shops.tables.replay} SET handler = 'Own.send' WHERE status = 'pending'`);
      await sweep(shop);
      expect(await outcomesOf(shop).listReplays({ status: 'pending' })).toMatchObject({
        replays: [{ handler: 'Own.send' }],
      });
    });

    it('are replayed by one of several processes', async () => {
      const shop = await start();
      const numbers = Array.from({ length: 8 }, (_, index) => `O${index}`);
      await sell(shop, ...numbers);
      for (const number of numbers) {
        await outcomesOf(shop).replay({ idempotencyKey: await keyOf(shop, number), reason });
      }
      const other = await start();
      await Promise.all([shop, other].map(sweep));
      const again = [...shop.told, ...other.told].filter(({ replayed }) => replayed);
      expect(again.map(({ mchOrderNo }) => mchOrderNo).toSorted()).toEqual(numbers);
      expect(await shops.effects()).toHaveLength(16);
      expect(await outcomesOf(shop).listReplays({ status: 'done' })).toMatchObject({ replays: { length: 8 } });
    });

    it('are not replayed by a process whose lease has lapsed and whose replay another one has done', async () => {
      const shop = await start();
      await sell(shop, 'O1');
      const { idempotencyKey } = await outcomesOf(shop).replay({ idempotencyKey: await keyOf(shop, 'O1'), reason });
      const table = new ReplayTable(place.database, shops.tables, '');
      const scope = { handlers: [], mchNos: undefined };
      const take = () => inLimits((own) => table.take(own, scope, { now: Date.now(), leaseMs: 0 }));
      const [slow, quick] = [await take(), await take()];
      expect([slow?.attempts, quick?.attempts]).toEqual([1, 2]);
      const { event } = (await table.outcome(idempotencyKey))!;
      const begin = (call: ReplayCall) => inLimits((own) => table.begin(own, call, event, Date.now()));
      expect([await begin(quick!), await begin(slow!)]).toEqual([true, false]);
      await table.fail(slow!, 'too late', Date.now());
      await table.putBack(slow!, 'too late', 0);
      expect(await outcomesOf(shop).listReplays()).toMatchObject({ replays: [{ status: 'done' }] });
      expect(await take()).toBeUndefined();
    });

    // What no dialect decides.
    if (need === 'libsql') {
      it('wait for a process that has the handler and knows the merchant, for a day', async () => {
        const shop = await start();
        await sell(shop, 'O1');
        const idempotencyKey = await keyOf(shop, 'O1');
        await outcomesOf(shop).replay({ idempotencyKey, handler: 'Printer.print', reason });
        await outcomesOf(shop).replay({ idempotencyKey, reason });
        const merchants = [{ mchNo: 'M1', appId, secrets: secret }];
        const found = async () => null;
        const others = [
          await start({}, { merchants }),
          await start({}, { merchants, merchantResolver: { findMerchant: found } }),
        ];
        for (const other of others) await sweep(other);
        expect(others.map(({ told }) => told)).toEqual([[], []]);
        const pending = await outcomesOf(shop).listReplays({ status: 'pending' });
        expect(pending.replays.map(({ error }) => error)).toEqual([
          `the merchantResolver does not find ${mchNo}/${appId}`,
          undefined,
        ]);
        await place.database.execute(
          `UPDATE ${shops.tables.replay} SET due_at = 0, requested_at = requested_at - ${DAY + 1} WHERE handler IS NOT NULL`,
        );
        await place.database.execute(`UPDATE ${shops.tables.replay} SET due_at = 0 WHERE due_at > 0`);
        await sweep(shop);
        expect(shop.told.map(({ replayed }) => replayed)).toEqual([false, true]);
        expect(await outcomesOf(shop).listReplays({ status: 'failed' })).toMatchObject({
          replays: [{ handler: 'Printer.print', error: expect.stringMatching(/^no running process/) }],
        });
      });

      it('are those of the own instance', async () => {
        const shop = await start();
        await sell(shop, 'O1');
        await shop.stop();
        const eu = await shops.start({}, { name: 'eu' });
        const outcomes = outcomesOf(eu, 'eu');
        expect(await outcomes.list()).toEqual({ outcomes: [] });
        expect(await outcomes.retry({ mchNo })).toEqual({ outcomes: 0, afterCommit: 0 });
      });

      it('are given as the options say only', async () => {
        const outcomes = outcomesOf(await start());
        for (const wrong of [{ result: 'open' }, { limit: 0 }, { after: 'x' }, { page: 2 }, 7]) {
          await expect(outcomes.list(wrong as never)).rejects.toMatchObject({ code: 'PASS2PAY_VALIDATION' });
        }
        await expect(outcomes.retry({})).rejects.toThrow(/must select what to retry/);
        await expect(outcomes.retry({ handler: 'Mail.send', result: 'mismatch' })).rejects.toThrow(/never mismatch/);
        await expect(outcomes.replay({ idempotencyKey: 'payment:M1:P1:2' } as never)).rejects.toThrow(/who requested/);
      });

      it('that did not match are compared again, and told again where they still do not', async () => {
        const shop = await start();
        await shop.create('O1');
        await place.database.execute(`UPDATE ${shops.tables.order} SET amount = 99`);
        await pay('O1');
        const [mismatch] = (await outcomesOf(shop).list({ result: 'mismatch' })).outcomes;
        expect(mismatch).toMatchObject({ mchOrderNo: 'O1', error: expect.stringMatching(/amount/) });
        expect(await outcomesOf(shop).retry({ mchNo })).toEqual({ outcomes: 0, afterCommit: 0 });
        for (const amount of [99, 100]) {
          await place.database.execute(`UPDATE ${shops.tables.order} SET amount = ${amount}`);
          expect(await outcomesOf(shop).retry({ result: 'mismatch' })).toEqual({ outcomes: 1, afterCommit: 0 });
          await shop.retry();
        }
        expect(shop.mismatches).toHaveLength(2);
        expect(shop.told).toMatchObject([{ mchOrderNo: 'O1', state: 2, late: false }]);
        expect(await shops.outcomes()).toMatchObject([{ result: 'applied', error: null, isDue: false }]);
      });

      it('are replayed to one handler, even while its first work is not done', async () => {
        send = closed;
        const shop = await start();
        await sell(shop, 'O1');
        await sweep(shop);
        send = () => undefined;
        const idempotencyKey = await keyOf(shop, 'O1');
        await outcomesOf(shop).replay({ idempotencyKey, handler: 'Mail.send', reason });
        await sweep(shop);
        expect(mails).toEqual(['O1 again']);
        expect(await outcomesOf(shop).listAfterCommit()).toMatchObject({
          afterCommit: [{ status: 'dead', replayed: false }],
        });
        await outcomesOf(shop).replay({ idempotencyKey, handler: 'Fulfilment.settle', reason });
        await sweep(shop);
        expect([await shops.effects(), mails]).toEqual([['O1 2', 'O1 2'], ['O1 again']]);
      });

      it('are replayed again at once where the database has undone it', async () => {
        const shop = await start();
        await sell(shop, 'O1');
        let runs = 0;
        shop.handler.does = () => {
          if (++runs < 3) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
        };
        await outcomesOf(shop).replay({ idempotencyKey: await keyOf(shop, 'O1'), reason });
        await sweep(shop);
        expect([runs, await shops.effects()]).toEqual([3, ['O1 2', 'O1 2']]);
      });

      it('are replayed by another process where one has died, and are given up where each one does', async () => {
        const shop = await start({ maxAttempts: 2 });
        await sell(shop, 'O1');
        await outcomesOf(shop).replay({ idempotencyKey: await keyOf(shop, 'O1'), reason });
        /** A process takes it, and is not heard of again. */
        const taken = async (attempts: number, dueAt: number) =>
          place.database.execute(`UPDATE ${shops.tables.replay} SET attempts = ${attempts}, due_at = ${dueAt}`);
        await taken(1, Date.now() + DAY);
        await sweep(shop);
        expect(await shops.effects()).toEqual(['O1 2']);
        await taken(1, 0);
        await sweep(shop);
        expect(await shops.effects()).toEqual(['O1 2', 'O1 2']);
        await outcomesOf(shop).replay({ idempotencyKey: await keyOf(shop, 'O1'), reason });
        await place.database.execute(`UPDATE ${shops.tables.replay} SET attempts = 2 WHERE status = 'pending'`);
        await sweep(shop);
        expect(await outcomesOf(shop).listReplays({ status: 'failed' })).toMatchObject({
          replays: [{ error: expect.stringMatching(/its process ended/) }],
        });
        expect(await shops.effects()).toHaveLength(2);
      });

      it('are not replayed before they were applied', async () => {
        const shop = await start();
        shop.handler.does = closed;
        await sell(shop, 'O1');
        const idempotencyKey = await keyOf(shop, 'O1');
        await expect(outcomesOf(shop).replay({ idempotencyKey, reason })).rejects.toMatchObject({
          code: 'PASS2PAY_VALIDATION',
          message: expect.stringMatching(/is dead; only applied outcomes can be replayed; retry it/),
        });
        const unknown = { idempotencyKey: 'payment:M1:P0:2', reason };
        await expect(outcomesOf(shop).replay(unknown)).rejects.toThrow(/does not exist in the outcome table/);
        expect(await rowsOf('replay')).toEqual([]);
      });
    }

    if (url !== undefined) {
      it.each(['before', 'after'] as const)(
        'are replayed once where the connection breaks %s the commit',
        async (when) => {
          const shop = await start({ maxAttempts: 2 });
          await sell(shop, 'O1');
          await sweep(shop);
          await outcomesOf(shop).replay({ idempotencyKey: await keyOf(shop, 'O1'), reason });
          const proxy = await DatabaseProxy.start(url);
          const behind = open(proxy.url);
          const other = await start({ maxAttempts: 2 }, { database: behind.database });
          const isEnded = async () => (await outcomesOf(shop).listReplays({ status: 'done' })).replays.length === 1;
          other.handler.does = () => void proxy.breakAt({ when, text: COMMIT });
          await sweep(other);
          expect(other.told).toMatchObject([{ replayed: true }]);
          expect([await shops.effects(), await isEnded()]).toEqual(
            when === 'after' ? [['O1 2', 'O1 2'], true] : [['O1 2'], false],
          );
          await place.database.execute(`UPDATE ${shops.tables.replay} SET due_at = 0 WHERE due_at IS NOT NULL`);
          await sweep(shop);
          expect([await shops.effects(), await isEnded()]).toEqual([['O1 2', 'O1 2'], true]);
          expect(mails).toEqual(['O1', 'O1 again']);
          await other.stop();
          await behind.close();
          await proxy.close();
        },
      );
    }
  });
}
