// The merchant's database is enough: handlers without a key of their own, and processes that end in between.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { DueOutcomes } from '../../lib/database/outcomes/due-outcomes.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import { OnPayment, OnTransfer } from '../../lib/outcomes/handler.decorators.js';
import type { PaymentOutcome, TransferOutcome } from '../../lib/outcomes/outcome.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { TransferService } from '../../lib/transfers/transfer.service.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { startApp } from '../support/nest-app.js';
import { describeWhere } from './support/describe-where.js';
import { Doorway } from './support/doorway.js';
import { PLACES, type Place } from './support/places.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;

/** In ms. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

for (const { need, open } of PLACES) {
  await describeWhere(need, `a shop on ${need}`, () => {
    const prefix = `s${randomBytes(5).toString('hex')}_`;
    const tables = tablesOf({ prefix });
    const effects = `${prefix}effect`;
    const closing: { close(): Promise<unknown> }[] = [];
    /** How much later it is than on this machine's clock, in ms. */
    let aheadMs = 0;
    let calls = 0;
    let folder: string;
    let file: string | undefined;
    let place: Place;
    let sandbox: Pass2PaySandbox;
    let doorway: Doorway;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'pass2pay-shop-'));
      file = need === 'libsql' ? join(folder, 'shop.sqlite') : undefined;
      place = open(file);
      await ensureSchema(place.database, { prefix });
      await place.database.execute(
        `CREATE TABLE ${effects} (nth INTEGER, no VARCHAR(40), state INTEGER, late INTEGER)`,
      );
    });

    afterAll(async () => {
      for (const name of [...Object.values(tables), effects]) await place.database.execute(`DROP TABLE ${name}`);
      await place.close();
      await rm(folder, { recursive: true });
    });

    beforeEach(async () => {
      for (const name of [tables.order, tables.outcome, effects]) await place.database.execute(`DELETE FROM ${name}`);
      const now = Date.now;
      aheadMs = 0;
      jest.spyOn(Date, 'now').mockImplementation(() => now() + aheadMs);
      sandbox = await Pass2PaySandbox.start({ clock: 'stepped' });
      doorway = await Doorway.open();
    });

    afterEach(async () => {
      for (const each of closing.splice(0).toReversed()) await each.close();
      await sandbox.stop();
      await doorway.close();
      jest.restoreAllMocks();
    });

    /** A process of the shop. Its handlers write what they have done, and nothing tells them whether they did it before. */
    async function start() {
      const state = { failing: false };
      const own = open(file);

      @Injectable()
      class Fulfilment {
        @OnTransfer()
        @OnPayment()
        async settle({ mchOrderNo, state: reached, late }: PaymentOutcome | TransferOutcome, tx: unknown) {
          const values = `${++calls}, '${mchOrderNo}', ${reached}, ${late ? 1 : 0}`;
          await own.run(tx, `INSERT INTO ${effects} (nth, no, state, late) VALUES (${values})`);
          if (state.failing) throw new Error('the warehouse is closed');
        }
      }

      const { app, url } = await startApp({
        imports: [
          Pass2PayModule.forRoot({
            notifyPath: 'pay/notify',
            transferNotifyPath: 'transfer/notify',
            baseUrl: sandbox.url,
            merchants: [{ mchNo, appId, secrets: secret }],
            database: own.database,
            databaseTables: { prefix },
            databaseLimits: { sweepEveryMs: 86_400_000 },
          }),
        ],
        providers: [Fulfilment],
      });
      doorway.leadTo(url);
      let isOpen = true;
      const stop = async () => {
        if (!isOpen) return;
        isOpen = false;
        doorway.leadTo(undefined);
        await app.close();
        await own.close();
      };
      closing.push({ close: stop });
      const create = async (mchOrderNo: string) =>
        app.get(CashierService).createOrder({
          mchOrderNo,
          amount: 100,
          custNo: 'C200492312',
          registerTime: 1_622_016_572_190,
          notifyUrl: `${doorway.url}/pay/notify`,
        });
      const transfer = async (mchOrderNo: string) =>
        app.get(TransferService).createTransfer({
          mchOrderNo,
          amount: 100,
          custNo: 'C200492312',
          accountNo: '6222020200112233445',
          clientIp: '210.73.10.148',
          notifyUrl: `${doorway.url}/transfer/notify`,
        });
      return { create, transfer, stop, state, retry: () => app.get(DueOutcomes).sweep() };
    }

    const done = async () => {
      const { rows } = await place.database.execute(`SELECT state, late FROM ${effects} ORDER BY nth`);
      return rows.map(({ state, late }) => `${Number(state)}${Number(late) === 1 ? ' late' : ''}`);
    };
    const outcomes = async () => {
      const { rows } = await place.database.execute(
        `SELECT result, attempts, error FROM ${tables.outcome} ORDER BY id`,
      );
      return rows.map(({ result, attempts, error }) => ({ result, attempts: Number(attempts), error }));
    };
    /** Every attempt of every notify. */
    const allAttempts = () => sandbox.advance(900_000);

    it('pays an order once, however often it is told', async () => {
      const shop = await start();
      await shop.create('O1');
      await sandbox.pay('O1');
      await sandbox.advance(0);
      await sandbox.resendNotify('O1');
      await sandbox.advance(0);
      expect(await done()).toEqual(['2']);
      expect(await outcomes()).toEqual([{ result: 'applied', attempts: 1, error: null }]);
    });

    it('undoes what a handler did before it failed, and applies it when it is told again', async () => {
      const shop = await start();
      await shop.create('O1');
      shop.state.failing = true;
      await sandbox.pay('O1');
      await sandbox.advance(0);
      expect(await done()).toEqual([]);
      expect(await outcomes()).toEqual([{ result: 'failed', attempts: 1, error: 'the warehouse is closed' }]);
      shop.state.failing = false;
      await allAttempts();
      expect(await done()).toEqual(['2']);
      expect(await outcomes()).toEqual([{ result: 'applied', attempts: 2, error: null }]);
    });

    it('applies a transfer once', async () => {
      const shop = await start();
      await shop.transfer('T1');
      await sandbox.succeedTransfer('T1');
      await allAttempts();
      expect(await done()).toEqual(['2']);
      const { rows } = await place.database.execute(`SELECT kind, status, gateway_id FROM ${tables.order}`);
      expect(rows).toEqual([{ kind: 'transfer', status: 'created', gateway_id: sandbox.transfer('T1')!.transferId }]);
    });

    it('A12 knows after a restart that a payment is late', async () => {
      const first = await start();
      await first.create('O1');
      await sandbox.close('O1');
      await sandbox.advance(0);
      await first.stop();
      await start();
      await sandbox.payAfterClose('O1');
      await allAttempts();
      expect(await done()).toEqual(['6', '2 late']);
    });

    it('A13 takes a closing that is repeated after the payment for stale, also after a restart', async () => {
      const first = await start();
      await first.create('O1');
      first.state.failing = true;
      await sandbox.close('O1');
      await sandbox.advance(0);
      first.state.failing = false;
      await sandbox.payAfterClose('O1');
      await sandbox.advance(0);
      await first.stop();
      const second = await start();
      await allAttempts();
      expect(await done()).toEqual(['2 late']);
      expect(await outcomes()).toMatchObject([{ result: 'failed' }, { result: 'applied' }]);
      // Nor when its failure is due again.
      aheadMs += HOUR;
      await second.retry();
      expect(await done()).toEqual(['2 late']);
      expect(await outcomes()).toMatchObject([{ result: 'stale' }, { result: 'applied' }]);
    });

    it('applies a late payment at last, once and late, whose handlers fail for two hours, with a restart in between', async () => {
      let shop = await start();
      await shop.create('O1');
      await sandbox.close('O1');
      await sandbox.advance(0);
      shop.state.failing = true;
      await sandbox.payAfterClose('O1');
      await allAttempts();
      expect(await outcomes()).toMatchObject([{ result: 'applied' }, { result: 'failed', attempts: 6 }]);
      for (let minute = 1; minute <= 120; minute++) {
        aheadMs += MINUTE;
        await shop.retry();
        if (minute !== 60) continue;
        await shop.stop();
        shop = await start();
        shop.state.failing = true;
      }
      // 22 and 67 minutes after the last notify.
      expect(await outcomes()).toMatchObject([{ result: 'applied' }, { result: 'failed', attempts: 8 }]);
      expect(await done()).toEqual(['6']);
      shop.state.failing = false;
      for (let minute = 1; minute <= 120; minute++) {
        aheadMs += MINUTE;
        await shop.retry();
      }
      expect(await done()).toEqual(['6', '2 late']);
      expect(await outcomes()).toMatchObject([{ result: 'applied' }, { result: 'applied', attempts: 9, error: null }]);
    });

    it('applies a payment whose process ended in its handler', async () => {
      const first = await start();
      await first.create('O1');
      await sandbox.close('O1');
      await sandbox.advance(0);
      const row = { state: 2, late: 1 };
      // What `received` leaves behind when the process is killed before its transaction.
      await place.database.execute(
        `INSERT INTO ${tables.outcome} (instance, idempotency_key, kind, mch_no, compared_no, state, amount, currency, source, result, late, deliveries, attempts, fields, received_at, due_at) VALUES ('', 'payment:${mchNo}:${sandbox.order('O1')!.payOrderId}:2', 'payment', '${mchNo}', 'o1', ${row.state}, 100, 'cny', 'notify', 'received', ${row.late}, 1, 0, ?, 0, 1)`,
        [
          JSON.stringify({
            payOrderId: sandbox.order('O1')!.payOrderId,
            mchOrderNo: 'O1',
            mchNo,
            appId,
            amount: 100,
            currency: 'cny',
            state: 2,
          }),
        ],
      );
      await first.retry();
      expect(await done()).toEqual(['6', '2 late']);
    });

    it('refuses a queue beside it', async () => {
      const outcomeQueue = { add: async () => {}, start: async () => {}, close: async () => {} };
      const starting = startApp({
        imports: [
          Pass2PayModule.forRoot({
            baseUrl: sandbox.url,
            merchants: [{ mchNo, appId, secrets: secret }],
            database: place.database,
            outcomeQueue,
          }),
        ],
      });
      await expect(starting).rejects.toThrow(/outcomeQueue is not needed with database/);
    });

    it('refuses to start without the tables', async () => {
      const starting = startApp({
        imports: [
          Pass2PayModule.forRoot({
            baseUrl: sandbox.url,
            merchants: [{ mchNo, appId, secrets: secret }],
            database: place.database,
            databaseTables: { prefix: 'not_there_' },
          }),
        ],
      });
      await expect(starting).rejects.toThrow(/does not contain the module's tables; apply what/);
    });
  });
}
