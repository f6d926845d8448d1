// Several creates of one number: which of them asks the gateway, and what the others get.
import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NewOrder } from '../../lib/client/order-store.js';
import { OrderChecks } from '../../lib/database/orders/order-checks.js';
import { OrderTable } from '../../lib/database/orders/order-table.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf, type Tables } from '../../lib/database/schema/schema-names.js';
import type { SqlDatabase } from '../../lib/database/sql-database.js';
import type { OrderStatus } from '../../lib/client/order-store.js';
import {
  Pass2PayOrderConflictError,
  Pass2PayOutcomeUnknownError,
  Pass2PayRateLimitError,
} from '../../lib/errors/pass2pay.errors.js';
import { CashierOrder } from '../../lib/payments/cashier-order.dto.js';
import { CreatedPayment } from '../../lib/payments/created-payment.dto.js';
import { CreatedTransfer } from '../../lib/transfers/created-transfer.dto.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { CREATE_TIMES } from './support/create-times.js';
import { Creator, type CreateKind } from './support/creator.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const MERCHANT = { mchNo, appId, secrets: secret };

const KINDS: readonly CreateKind[] = ['cashier', 'payment', 'transfer'];
const TYPES = { cashier: CashierOrder, payment: CreatedPayment, transfer: CreatedTransfer };

for (const { need, open } of PLACES) {
  await describeWhere(need, `creates of one number on ${need}`, () => {
    let place: Place;
    let tables: Tables;
    let sandbox: Pass2PaySandbox;
    let creators: Creator[] = [];
    let orders = 0;
    let no: string;

    beforeAll(async () => {
      Logger.overrideLogger(false);
      place = open();
      const prefix = `j${randomBytes(5).toString('hex')}_`;
      await ensureSchema(place.database, { prefix });
      tables = tablesOf({ prefix });
      sandbox = await Pass2PaySandbox.start({ clock: 'stepped' });
    });

    afterAll(async () => {
      for (const table of Object.values(tables)) await place.database.execute(`DROP TABLE ${table}`);
      await sandbox.stop();
      await place.close();
    });

    beforeEach(() => {
      no = `O${++orders}.`;
    });

    afterEach(async () => {
      sandbox.clearFaults();
      for (const creator of creators.splice(0)) await creator.close();
    });

    /** A process of its own. */
    const process = (options: { timeoutMs?: number; retries?: number } = {}, database = place.database) => {
      const creator = new Creator(database, tables, MERCHANT, { baseUrl: sandbox.url, ...options });
      creators.push(creator);
      return creator;
    };

    /** What the gateway was sent for the number, in order. */
    const sent = () =>
      sandbox.requests
        .filter(({ body }) => body.includes(`"${no}"`))
        .map(({ endpoint }) => (/query/i.test(endpoint ?? '') ? 'query' : 'create'));

    /** A row that an earlier process has left behind, whose lease has ended. */
    const leftBehind = async (kind: CreateKind, status: OrderStatus) => {
      await dieCreating(kind);
      await set(`status = '${status}', creating_until = ${status === 'creating' ? 1 : 'NULL'}`);
    };

    /** Has a process write the row, and end. */
    const dieCreating = async (kind: CreateKind) => {
      const dead = process();
      const isDead = dead.dies('before sending');
      void dead.create(kind, no);
      await isDead;
    };

    const set = async (columns: string) =>
      place.database.execute(`UPDATE ${tables.order} SET ${columns} WHERE mch_order_no = ?`, [no]);

    const column = async (name: string) => {
      const { rows } = await place.database.execute(
        `SELECT ${name} AS given FROM ${tables.order} WHERE mch_order_no = ?`,
        [no],
      );
      return rows[0]?.given ?? undefined;
    };

    it('are given out again what the first one gave, and the gateway is not asked', async () => {
      for (const kind of KINDS) {
        no = `${kind}-${no}`;
        const first = await process().create(kind, no);
        const second = await process().create(kind, no);
        expect(second).toEqual({ ...first, recovered: true });
        expect(second).toBeInstanceOf(TYPES[kind]);
        expect(sent()).toEqual(['create']);
      }
    });

    it('say what the gateway has said of the state since', async () => {
      const creator = process();
      await creator.create('cashier', no);
      await set('gateway_state = 1');
      expect(await creator.create('cashier', no)).toMatchObject({ state: 1 });
      expect(sent()).toEqual(['create']);
    });

    it('are queried where the order has ended', async () => {
      for (const kind of KINDS) {
        no = `${kind}-${no}`;
        const creator = process();
        await creator.create(kind, no);
        await (kind === 'transfer' ? sandbox.succeedTransfer(no) : sandbox.pay(no));
        await set('gateway_state = 2');
        expect(await creator.create(kind, no)).toMatchObject({ state: 2, recovered: true });
        expect(sent()).toEqual(['create', 'query']);
        // What a payer could still use is not kept.
        expect(await column('response')).toBeUndefined();
      }
    });

    it('are never sent again once the order exists, even if the gateway does not find it', async () => {
      const creator = process();
      await leftBehind('cashier', 'created');
      await expect(creator.create('cashier', no)).rejects.toBeInstanceOf(Pass2PayOutcomeUnknownError);
      expect(sent()).toEqual(['query']);
      expect(await creator.find('cashier', no)).toMatchObject({ status: 'created' });
    });

    it('wait for the one that another process is making', async () => {
      sandbox.inject({ kind: 'late', delayMs: 1_000, mchOrderNo: no });
      const carriedOut = requestArrives(sandbox);
      const first = process().create('payment', no);
      await carriedOut;
      const { database, isRead } = watched(place.database);
      const second = process({}, database).create('payment', no);
      await isRead;
      await sandbox.advance(1_000);
      expect(await second).toEqual({ ...(await first), recovered: true });
      expect(sent()).toEqual(['create']);
    });

    it('are unknown where the other one takes longer than timeoutMs', async () => {
      await dieCreating('cashier');
      await expect(process({ timeoutMs: 50 }).create('cashier', no)).rejects.toMatchObject({
        code: 'PASS2PAY_OUTCOME_UNKNOWN',
        cause: { message: 'Another create of the number was still in progress after 50 ms.' },
      });
      expect(sent()).toEqual([]);
    });

    it('are unknown as soon as their signal ends the waiting', async () => {
      await dieCreating('cashier');
      const { database, isRead } = watched(place.database);
      const stop = new AbortController();
      const waiting = process({}, database).create('cashier', no, {}, stop.signal);
      await isRead;
      stop.abort();
      await expect(waiting).rejects.toBeInstanceOf(Pass2PayOutcomeUnknownError);
      expect(sent()).toEqual([]);
    });

    describe.each(KINDS)('of a %s', (kind) => {
      it.each(['creating', 'unknown', 'never-made'] as const)(
        'query one that was left as %s, and send it where the gateway does not know it',
        async (status) => {
          await leftBehind(kind, status);
          const creator = process();
          const made = await creator.create(kind, no);
          expect(made).toMatchObject({ recovered: false });
          expect(sent()).toEqual(['query', 'create']);
          expect(await creator.find(kind, no)).toMatchObject({ status: 'created' });
          expect(await process().create(kind, no)).toEqual({ ...made, recovered: true });
        },
      );

      it('do not send one that was left unknown and exists', async () => {
        sandbox.inject({ kind: 'reset-after', mchOrderNo: no });
        sandbox.inject({ kind: 'http-500', mchOrderNo: no });
        const creator = process();
        await expect(creator.create(kind, no)).rejects.toBeInstanceOf(Pass2PayOutcomeUnknownError);
        expect(await creator.find(kind, no)).toMatchObject({ status: 'unknown', nextCheckAt: expect.any(Date) });
        expect(await creator.create(kind, no)).toMatchObject({ recovered: true });
        expect(sent()).toEqual(['create', 'query', 'query']);
        expect(await creator.find(kind, no)).toMatchObject({ status: 'created', gatewayId: expect.any(String) });
      });

      it('send one again that was refused, and ask nothing before', async () => {
        sandbox.inject({ kind: 'rate-limit', mchOrderNo: no });
        const creator = process();
        await expect(creator.create(kind, no)).rejects.toBeInstanceOf(Pass2PayRateLimitError);
        const refused = await creator.find(kind, no);
        expect(refused).toMatchObject({ status: 'refused' });
        expect(refused).not.toHaveProperty('nextCheckAt');
        expect(await creator.create(kind, no)).toMatchObject({ recovered: false });
        expect(sent()).toEqual(['create', 'create']);
      });

      it.each<[OrderStatus, string, (creator: Creator) => Promise<unknown>, string]>(
        (['creating', 'created', 'unknown', 'refused', 'never-made'] as const).flatMap((status) => [
          [status, 'amount', (creator) => creator.create(kind, no, { amount: 101 }), 'amount is 100, not 101'],
          [status, 'currency', (creator) => creator.create(kind, no, { currency: 'usd' }), 'currency is cny, not usd'],
          [status, 'spelling', (creator) => creator.create(kind, no.toLowerCase()), 'mchOrderNo is O'],
        ]),
      )(
        'conflict with one that is %s and has another %s, before anything is sent',
        async (status, _what, again, why) => {
          await leftBehind(kind, status);
          await expect(again(process())).rejects.toMatchObject({
            code: 'PASS2PAY_ORDER_CONFLICT',
            differences: [expect.stringContaining(why)],
          });
          expect(sent()).toEqual([]);
        },
      );
    });

    it('conflict with one of another app', async () => {
      await leftBehind('payment', 'unknown');
      await set("app_id = 'other'");
      const differences = [expect.stringMatching(/^appId is other, not /)];
      await expect(process().create('payment', no)).rejects.toMatchObject({ differences });
      expect(sent()).toEqual([]);
    });

    it('conflict with a transfer to another account, whose number is not shown', async () => {
      const creator = process();
      await creator.create('transfer', no);
      const again = creator.create('transfer', no, { accountNo: '6222020200119999999' });
      await expect(again).rejects.toMatchObject({ differences: ['accountNo is different'] });
      expect(sent()).toEqual(['create']);
    });

    it('conflict with an order that the gateway has with another amount', async () => {
      await process().create('cashier', no);
      await place.database.execute(`DELETE FROM ${tables.order} WHERE mch_order_no = ?`, [no]);
      await leftBehind('cashier', 'unknown');
      await set('amount = 200');
      const creator = process();
      const again = creator.create('cashier', no, { amount: 200 });
      await expect(again).rejects.toBeInstanceOf(Pass2PayOrderConflictError);
      expect(await creator.find('cashier', no)).toMatchObject({ status: 'refused' });
    });

    it('are sent by one of the processes that join an unknown one at once', async () => {
      await leftBehind('cashier', 'unknown');
      // All have read the row before one of them changes it.
      const together = meeting(place.database, 4);
      const all = await Promise.all([1, 2, 3, 4].map(() => process({}, together).create('cashier', no)));
      expect(new Set(all.map((made) => (made as CashierOrder).payOrderId)).size).toBe(1);
      expect(all.filter(({ recovered }) => !recovered)).toHaveLength(1);
      expect(sent()).toEqual(['query', 'create']);
    });

    it('are sent by one of the processes that make a new one at once', async () => {
      const all = await Promise.all([1, 2, 3, 4].map(() => process().create('payment', no)));
      expect(new Set(all.map((made) => (made as CreatedPayment).payOrderId)).size).toBe(1);
      expect(sent()).toEqual(['create']);
    });

    describe('whose result is written late', () => {
      const written = (): NewOrder => ({
        kind: 'payment',
        mchNo,
        appId,
        mchOrderNo: no,
        amount: 100,
        currency: 'cny',
        custNo: 'C1',
        expiresInS: 900,
      });
      const table = (longestMs = 60_000) => new OrderTable(place.database, tables, '', { ...CREATE_TIMES, longestMs });
      const refused = () => ({ status: 'refused', error: new Pass2PayRateLimitError(undefined, 'options') }) as const;
      const created = () => ({ status: 'created', gatewayId: `P${no}`, response: { state: 1 } }) as const;
      const endLease = () => set('creating_until = 1');

      it('do not call refused what another one has taken over', async () => {
        const slow = await table().creating(written());
        await endLease();
        // Of a lease that has ended, the next one's end is never the same.
        const next = await table(61_000).creating(written());
        expect(next).toMatchObject({ known: 'unknown' });
        await table().settled(written(), refused(), slow);
        expect(await process().find('payment', no)).toMatchObject({ status: 'unknown' });
        await table().settled(written(), { status: 'unknown', error: new Error('lost') }, next);
        await table().settled(written(), refused(), slow);
        expect(await process().find('payment', no)).toMatchObject({ status: 'unknown' });
        // What it has made exists, however late that is written.
        await table().settled(written(), created(), slow);
        expect(await process().find('payment', no)).toMatchObject({ status: 'created', gatewayId: `P${no}` });
        await table().settled(written(), { status: 'unknown', error: new Error('lost') }, next);
        expect(await process().find('payment', no)).toMatchObject({ status: 'created' });
      });

      it('leave alone what a notify that came before has ended', async () => {
        const start = await table().creating(written());
        await set("status = 'created', last_applied = 2, gateway_state = 2, next_check_at = NULL");
        await table().settled(written(), created(), start);
        const order = await process().find('payment', no);
        expect(order).toMatchObject({ status: 'created', gatewayId: `P${no}`, gatewayState: 2, lastApplied: 2 });
        expect(order).not.toHaveProperty('nextCheckAt');
        expect(await column('response')).toBeUndefined();
      });

      it('are not taken for never made by a query that came before they were sent again', async () => {
        const checks = new OrderChecks(place.database, tables, '');
        const unknown = { status: 'unknown', error: new Error('lost') } as const;
        const neverMade = async (expiresAt: number) =>
          checks.neverMade({ ...written(), expiresAt }, Date.now() + 100 * 86_400_000);
        await table().settled(written(), unknown, await table().creating(written()));
        await set('expires_at = 1000');
        await table().settled(written(), unknown, await table().creating(written()));
        expect(await neverMade(1_000)).toBe(false);
        expect(await neverMade((await process().find('payment', no))!.expiresAt!.getTime())).toBe(true);
        expect(await process().find('payment', no)).toMatchObject({ status: 'never-made' });
      });

      it.each([
        [1, 3, 3],
        [6, 1, 6],
        [6, 2, 6],
      ])('with %i at the gateway before, and %i now, keep %i', async (before, now, kept) => {
        const start = await table().creating(written());
        await set(`gateway_state = ${before}`);
        await table().settled(written(), { ...created(), response: { state: now } }, start);
        expect(await process().find('payment', no)).toMatchObject({ gatewayState: kept });
      });
    });

    it('keep when the order expires and when it is to be looked at', async () => {
      const before = Date.now();
      const creator = process();
      const made = (await creator.create('cashier', no)) as CashierOrder;
      const row = (await creator.find('cashier', no))!;
      expect(row.expiresAt).toEqual(made.expiresAt);
      expect(row.nextCheckAt!.getTime()).toBeGreaterThanOrEqual(before + 540_000);
      no = `T${no}`;
      await creator.create('transfer', no);
      expect(await creator.find('transfer', no)).not.toHaveProperty('expiresAt');
    });

    it('of an unknown outcome expire at the latest when one would that is sent last', async () => {
      await leftBehind('payment', 'unknown');
      const { nextCheckAt, expiresAt } = (await process().find('payment', no))!;
      expect(expiresAt!.getTime() - nextCheckAt!.getTime()).toBe(7_200_000);
    });
  });
}

/** Resolves when the gateway has carried out the next request. */
async function requestArrives(sandbox: Pass2PaySandbox): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = sandbox.journal.subscribe(({ type }) => {
      if (type !== 'request') return;
      stop();
      resolve();
    });
  });
}

/** A database that gives nobody the row of another create before so many have read it. */
function meeting(database: SqlDatabase, number: number): SqlDatabase {
  let reads = 0;
  let open!: () => void;
  const haveAllRead = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    dialect: database.dialect,
    begin: (limits) => database.begin(limits),
    execute: async (sql, params) => {
      const result = await database.execute(sql, params);
      if (/^SELECT .*creating_until/.test(sql)) {
        if (++reads === number) open();
        await haveAllRead;
      }
      return result;
    },
  };
}

/** A database that tells when the row of another create has been read. */
function watched(database: SqlDatabase): { database: SqlDatabase; isRead: Promise<void> } {
  let read!: () => void;
  const isRead = new Promise<void>((resolve) => {
    read = resolve;
  });
  const execute: SqlDatabase['execute'] = async (sql, params) => {
    const result = await database.execute(sql, params);
    if (/^SELECT .*creating_until/.test(sql)) read();
    return result;
  };
  return { database: { dialect: database.dialect, begin: (limits) => database.begin(limits), execute }, isRead };
}
