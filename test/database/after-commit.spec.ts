// What handlers do after the commit: at least once, whatever dies, and never at the expense of the payment.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { Injectable, type INestApplication, type Type } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AfterCommitWork } from '../../lib/database/after-commit/after-commit-work.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import { OnPayment, OnTransfer } from '../../lib/outcomes/handler.decorators.js';
import type { PaymentOutcome, TransferOutcome } from '../../lib/outcomes/outcome.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { TransferState } from '../../lib/protocol/transfer-state.js';
import { TransferService } from '../../lib/transfers/transfer.service.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { startApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { afterCommitCounts } from './support/after-commit-counts.js';
import { COMMIT, DatabaseProxy } from './support/database-proxy.js';
import { describeWhere } from './support/describe-where.js';
import { Doorway } from './support/doorway.js';
import { PLACES, type Place } from './support/places.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;

type Outcome = PaymentOutcome | TransferOutcome;

/** Lets a test wait for a call, and hold it back. */
class Gate {
  readonly reached: Promise<void>;
  private enter!: () => void;
  open!: () => void;
  private readonly opened: Promise<void>;

  constructor() {
    this.reached = new Promise((resolve) => {
      this.enter = resolve;
    });
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  async pass(): Promise<void> {
    this.enter();
    await this.opened;
  }
}

for (const { need, url, open } of PLACES) {
  await describeWhere(need, `handlers after the commit on ${need}`, () => {
    const prefix = `c${randomBytes(5).toString('hex')}_`;
    const tables = tablesOf({ prefix });
    const effects = `${prefix}effect`;
    const closing: (() => Promise<unknown>)[] = [];
    let place: Place;
    let sandbox: Pass2PaySandbox;
    let doorway: Doorway;
    let shops = 0;

    beforeAll(async () => {
      place = open();
      await ensureSchema(place.database, { prefix });
      await place.database.execute(`CREATE TABLE ${effects} (no VARCHAR(40), state INTEGER)`);
    });

    afterAll(async () => {
      for (const name of [...Object.values(tables), effects]) await place.database.execute(`DROP TABLE ${name}`);
      await place.close();
    });

    beforeEach(async () => {
      const { order, outcome, afterCommit } = tables;
      for (const name of [order, outcome, afterCommit, effects]) await place.database.execute(`DELETE FROM ${name}`);
      logged.length = 0;
      shops = 0;
      sandbox = await Pass2PaySandbox.start({ clock: 'stepped' });
      doorway = await Doorway.open();
    });

    afterEach(async () => {
      for (const close of closing.splice(0).toReversed()) await close();
      await sandbox.stop();
      await doorway.close();
    });

    /** A process of the shop: it marks orders in the transaction of their outcome, and sends mail after the commit. */
    async function start({
      database = place.database,
      limits = {},
      providers,
      options = {},
      configure,
    }: {
      database?: Place['database'];
      limits?: Pass2PayOptions['databaseLimits'];
      providers?: Type[];
      options?: Partial<Pass2PayOptions>;
      configure?: (app: INestApplication) => unknown;
    } = {}) {
      const process = ++shops;
      const shop = {
        marked: [] as Outcome[],
        sent: [] as string[],
        /** What happens when a mail is sent. */
        send: async (_outcome: Outcome, ..._more: unknown[]): Promise<unknown> => undefined,
        isClosed: false,
      };

      @Injectable()
      class Orders {
        @OnTransfer()
        @OnPayment()
        async mark(outcome: Outcome, tx: unknown) {
          await place.run(tx, `INSERT INTO ${effects} (no, state) VALUES ('${outcome.mchOrderNo}', ${outcome.state})`);
          if (shop.isClosed) throw new Error('the warehouse is closed');
          shop.marked.push(outcome);
        }
      }

      @Injectable()
      class Mail {
        @OnTransfer({ after: 'commit' })
        @OnPayment(OrderState.Success, OrderState.Closed, { after: 'commit' })
        async send(...args: [Outcome]) {
          await shop.send(...args);
          shop.sent.push(`${args[0].mchOrderNo} ${args[0].state}`);
        }
      }

      const { app, url: address } = await startApp(
        {
          imports: [
            Pass2PayModule.forRoot({
              notifyPath: 'pay/notify',
              transferNotifyPath: 'transfer/notify',
              baseUrl: sandbox.url,
              merchants: [{ mchNo, appId, secrets: secret }],
              database,
              databaseTables: { prefix },
              databaseLimits: { sweepEveryMs: 86_400_000, ...limits },
              ...options,
            }),
          ],
          providers: providers ?? [Orders, Mail],
        },
        configure && { configure },
      );
      doorway.leadTo(address);
      let isOpen = true;
      const stop = async () => {
        if (isOpen) await app.close();
        isOpen = false;
        if (process === shops) doorway.leadTo(undefined);
      };
      closing.push(stop);
      const work = app.get(AfterCommitWork);
      return {
        shop,
        stop,
        work,
        counts: () => afterCommitCounts(place.database, tables),
        /** The process goes on taking notifies, and runs nothing after commits: what it has committed, it leaves behind. */
        dieAfterCommits: () => work.stop(),
        create: async (mchOrderNo: string) =>
          app.get(CashierService).createOrder({
            mchOrderNo,
            amount: 100,
            custNo: 'C200492312',
            registerTime: 1_622_016_572_190,
            notifyUrl: `${doorway.url}/pay/notify`,
          }),
        transfer: async (mchOrderNo: string) =>
          app.get(TransferService).createTransfer({
            mchOrderNo,
            amount: 100,
            custNo: 'C200492312',
            accountNo: '6222020200112233445',
            clientIp: '210.73.10.148',
            notifyUrl: `${doorway.url}/transfer/notify`,
          }),
      };
    }

    const rows = async () => {
      const result = await place.database.execute(
        `SELECT handler, status, attempts, error FROM ${tables.afterCommit} ORDER BY id`,
      );
      return result.rows.map((row) => ({ ...row, attempts: Number(row.attempts) }));
    };
    const applied = async () => {
      const result = await place.database.execute(`SELECT result, attempts FROM ${tables.outcome} ORDER BY id`);
      return result.rows.map(({ result: became, attempts }) => `${String(became)} ${Number(attempts)}`);
    };
    const effect = async () => {
      const result = await place.database.execute(`SELECT no, state FROM ${effects}`);
      return result.rows.map(({ no, state }) => `${String(no)} ${Number(state)}`);
    };
    /** As if the time had come for whatever waits. */
    const letTimePass = () =>
      place.database.execute(`UPDATE ${tables.afterCommit} SET due_at = 0 WHERE status = 'pending'`);
    const pay = async (mchOrderNo: string) => {
      await sandbox.pay(mchOrderNo);
      await sandbox.advance(0);
    };

    it('run without a sweep, get what the handlers in the transaction got without it, and leave no row', async () => {
      const { shop, create, work, counts } = await start();
      const sending = new Promise<{ args: unknown[]; marked: string[] }>((resolve) => {
        shop.send = async (...args) => resolve({ args, marked: await effect() });
      });
      await create('O1');
      await pay('O1');
      const { args, marked } = await sending;
      expect(marked).toEqual(['O1 2']);
      expect(args).toEqual(shop.marked);
      expect(args[0]).toMatchObject({ source: 'notify', late: false, idempotencyKey: expect.stringMatching(/:2$/) });
      await work.sweep();
      expect(shop.sent).toEqual(['O1 2']);
      expect(await counts()).toEqual({ pending: 0, dead: 0, oldestDueAt: undefined });
    });

    it('run for a transfer, and for a late payment with what makes it late', async () => {
      const { shop, create, transfer, work } = await start();
      const got: Outcome[] = [];
      shop.send = async (outcome) => got.push(outcome);
      await transfer('T1');
      await sandbox.succeedTransfer('T1');
      await sandbox.advance(0);
      await work.sweep();
      await create('O1');
      await sandbox.close('O1');
      await sandbox.advance(0);
      await sandbox.payAfterClose('O1');
      await sandbox.advance(0);
      await work.sweep();
      expect(got).toEqual(shop.marked);
      expect(got).toMatchObject([
        { mchOrderNo: 'T1', state: TransferState.Success },
        { mchOrderNo: 'O1', state: OrderState.Closed, late: false },
        { mchOrderNo: 'O1', state: OrderState.Success, late: true, gatewayState: 6, previousState: 6 },
      ]);
      expect(got.map((outcome) => outcome.constructor.name)).toEqual([
        'TransferOutcome',
        'PaymentOutcome',
        'PaymentOutcome',
      ]);
    });

    it('have nothing to do for an outcome that was rolled back', async () => {
      const { shop, create, work } = await start();
      await create('O1');
      shop.isClosed = true;
      await pay('O1');
      await work.sweep();
      expect(await applied()).toEqual(['failed 1']);
      expect([await rows(), shop.sent]).toEqual([[], []]);
      shop.isClosed = false;
      await sandbox.advance(900_000);
      await work.sweep();
      expect([await applied(), shop.sent]).toEqual([['applied 2'], ['O1 2']]);
    });

    it('run once more after a restart where their process died after the commit', async () => {
      const first = await start();
      await first.create('O1');
      await first.dieAfterCommits();
      await pay('O1');
      expect(await rows()).toEqual([{ handler: 'Mail.send', status: 'pending', attempts: 0, error: null }]);
      await first.stop();
      const second = await start();
      await second.work.sweep();
      await second.work.sweep();
      expect([first.shop.sent, second.shop.sent, await rows()]).toEqual([[], ['O1 2'], []]);
    });

    it('run elsewhere where their process died in them, once its lease has ended', async () => {
      const first = await start();
      const gate = new Gate();
      first.shop.send = () => gate.pass();
      await first.create('O1');
      await pay('O1');
      await gate.reached;
      const second = await start();
      await second.work.sweep();
      expect(second.shop.sent).toEqual([]);
      await letTimePass();
      await second.work.sweep();
      expect([second.shop.sent, await rows()]).toEqual([['O1 2'], []]);
      gate.open();
    });

    it('are tried again after they have failed, and leave the outcome as it is', async () => {
      const { shop, create, work } = await start();
      let failures = 1;
      shop.send = async () => {
        if (failures-- > 0) throw new Error('the mail server is away');
      };
      await create('O1');
      await pay('O1');
      await work.sweep();
      const error = 'the mail server is away';
      expect(await rows()).toEqual([{ handler: 'Mail.send', status: 'pending', attempts: 1, error }]);
      await work.sweep();
      expect(shop.sent).toEqual([]);
      await letTimePass();
      await work.sweep();
      expect([shop.sent, await rows(), await applied(), await effect()]).toEqual([
        ['O1 2'],
        [],
        ['applied 1'],
        ['O1 2'],
      ]);
    });

    it('are kept as dead when they have failed as often as they may, with the payment untouched', async () => {
      const { shop, create, work, counts } = await start({ limits: { maxAttempts: 3 } });
      let isAway = true;
      shop.send = async () => {
        if (isAway) throw new Error('no such address');
      };
      await create('O1');
      await pay('O1');
      for (let attempt = 1; attempt <= 5; attempt++) {
        await work.sweep();
        await letTimePass();
      }
      expect(await rows()).toEqual([{ handler: 'Mail.send', status: 'dead', attempts: 3, error: 'no such address' }]);
      expect(await counts()).toEqual({ pending: 0, dead: 1, oldestDueAt: undefined });
      expect([await applied(), await effect()]).toEqual([['applied 1'], ['O1 2']]);
      expect(logged).toContainEqual(
        expect.stringMatching(/^Mail\.send for payment:.*:2, attempt 3, failed and is dead: no such address/),
      );
      // By hand, as docs/runbooks.md says.
      isAway = false;
      await place.database.execute(
        `UPDATE ${tables.afterCommit} SET status = 'pending', attempts = 0, due_at = 0 WHERE status = 'dead'`,
      );
      await work.sweep();
      expect([shop.sent, await rows()]).toEqual([['O1 2'], []]);
    });

    it('are given up where each attempt has ended with its process', async () => {
      const { create, work, dieAfterCommits, stop } = await start();
      await create('O1');
      await dieAfterCommits();
      await pay('O1');
      await stop();
      await place.database.execute(`UPDATE ${tables.afterCommit} SET attempts = 12`);
      const second = await start();
      await second.work.sweep();
      expect(await rows()).toMatchObject([{ status: 'dead', error: expect.stringMatching(/^its process ended/) }]);
      expect(second.shop.sent).toEqual([]);
      await work.sweep();
    });

    it('get the outcomes of an order in their order, and those of others meanwhile', async () => {
      const { shop, create, work } = await start();
      let isAway = true;
      shop.send = async ({ mchOrderNo }) => {
        if (isAway && mchOrderNo === 'O1') throw new Error('the mail server is away');
      };
      await create('O1');
      await create('O2');
      await sandbox.close('O1');
      await sandbox.advance(0);
      await work.sweep();
      isAway = false;
      await sandbox.payAfterClose('O1');
      await sandbox.advance(0);
      await pay('O2');
      await work.sweep();
      expect([await effect(), shop.sent]).toEqual([['O1 6', 'O1 2', 'O2 2'], ['O2 2']]);
      await letTimePass();
      await work.sweep();
      expect([shop.sent, await rows()]).toEqual([['O2 2', 'O1 6', 'O1 2'], []]);
    });

    it('run in one of several processes that look at once', async () => {
      const first = await start();
      await first.dieAfterCommits();
      const numbers = Array.from({ length: 30 }, (_, index) => `O${index}`);
      for (const number of numbers) {
        await first.create(number);
        await pay(number);
      }
      expect(await rows()).toHaveLength(30);
      const others = [await start(), await start()];
      await Promise.all(others.map(({ work }) => work.sweep()));
      const sent = others.flatMap(({ shop }) => shop.sent);
      expect(sent.toSorted()).toEqual(numbers.map((number) => `${number} 2`).toSorted());
      expect(await rows()).toEqual([]);
    });

    it('run ten at once in a process, the next one as soon as one has ended', async () => {
      const { shop, create, work } = await start();
      const gate = new Gate();
      const running = new Set<string>();
      let most = 0;
      shop.send = async ({ mchOrderNo }) => {
        running.add(mchOrderNo);
        most = Math.max(most, running.size);
        if (running.size === 10) gate.open();
        await gate.pass();
        running.delete(mchOrderNo);
      };
      for (let index = 0; index < 25; index++) {
        await create(`O${index}`);
        await pay(`O${index}`);
      }
      await work.sweep();
      expect([most, shop.sent.length, await rows()]).toEqual([10, 25, []]);
    });

    it('delay no acknowledgement, and the end of the application waits for them', async () => {
      const { shop, create, stop } = await start();
      const gate = new Gate();
      shop.send = () => gate.pass();
      await create('O1');
      await pay('O1');
      await gate.reached;
      expect(sandbox.notifyAttempts('O1')).toMatchObject([{ acknowledged: true }]);
      const stopped = stop();
      gate.open();
      await stopped;
      expect([shop.sent, await rows()]).toEqual([['O1 2'], []]);
    });

    it('count as failed when they take longer than they may', async () => {
      const gate = new Gate();

      @Injectable()
      class SlowMail {
        @OnPayment({ after: 'commit' })
        send() {
          return gate.pass();
        }
      }

      const { create, work } = await start({ providers: [SlowMail], limits: { handlerTimeoutMs: 20 } });
      await create('O1');
      await pay('O1');
      await work.sweep();
      const error = 'it took longer than 20 ms';
      expect(await rows()).toEqual([{ handler: 'SlowMail.send', status: 'pending', attempts: 1, error }]);
      // Nothing else handles the payment, and that is enough.
      expect(sandbox.notifyAttempts('O1')).toMatchObject([{ acknowledged: true }]);
      gate.open();
    });

    it('know nothing of the request that their outcome came by', async () => {
      const requests = new AsyncLocalStorage<string>();
      const { shop, create, work } = await start({
        configure: (app) =>
          app.use((_request: unknown, _response: unknown, next: () => void) => requests.run('R1', next)),
      });
      const contexts: unknown[] = [];
      shop.marked.push = () => contexts.push(requests.getStore());
      shop.send = async () => contexts.push(requests.getStore());
      await create('O1');
      await pay('O1');
      await work.sweep();
      expect(contexts).toEqual(['R1', undefined]);
    });

    it('leave alone what is for handlers of other processes, and say so when it is overdue', async () => {
      const first = await start();
      await first.create('O1');
      await first.dieAfterCommits();
      await pay('O1');
      await first.stop();
      await place.database.execute(`UPDATE ${tables.afterCommit} SET handler = 'Printer.print', due_at = 1`);
      const second = await start();
      await second.work.sweep();
      expect(await rows()).toEqual([{ handler: 'Printer.print', status: 'pending', attempts: 0, error: null }]);
      expect(await second.counts()).toEqual({ pending: 1, dead: 0, oldestDueAt: 1 });
      const warnings = () =>
        logged.filter((line) =>
          line.startsWith(`1 after-commit calls of Printer.print for merchant ${mchNo} are overdue`),
        );
      expect(warnings()).toHaveLength(1);
      await second.work.sweep();
      expect(warnings()).toHaveLength(1);
    });

    it('wait for a process that knows their merchant', async () => {
      const first = await start();
      await first.create('O1');
      await first.dieAfterCommits();
      await pay('O1');
      await first.stop();
      const merchants = [{ mchNo: 'M1', appId, secrets: secret }];
      const other = await start({ options: { merchants } });
      await other.work.sweep();
      expect(await rows()).toEqual([{ handler: 'Mail.send', status: 'pending', attempts: 0, error: null }]);
      const resolving = (found: object | null) =>
        start({ options: { merchants, merchantResolver: { findMerchant: async () => found as never } } });
      const stranger = await resolving(null);
      await stranger.work.sweep();
      const error = `the merchantResolver does not find ${mchNo}/${appId}`;
      expect(await rows()).toEqual([{ handler: 'Mail.send', status: 'pending', attempts: 0, error }]);
      await letTimePass();
      const second = await resolving({ mchNo, appId, secrets: secret });
      await second.work.sweep();
      expect([other, stranger, second].map(({ shop }) => shop.sent)).toEqual([[], [], ['O1 2']]);
      expect(await rows()).toEqual([]);
    });

    if (url !== undefined) {
      it('run after a commit whose answer was lost', async () => {
        const proxy = await DatabaseProxy.start(url);
        const behind = open(proxy.url);
        const { shop, create, work, stop } = await start({ database: behind.database });
        await create('O1');
        void proxy.breakAt({ when: 'after', text: COMMIT });
        await pay('O1');
        await work.sweep();
        expect([shop.sent, await applied(), await rows()]).toEqual([['O1 2'], ['applied 1'], []]);
        expect(sandbox.notifyAttempts('O1')).toMatchObject([{ acknowledged: true }]);
        await stop();
        await behind.close();
        await proxy.close();
      });
    }
  });
}

describe('without a database', () => {
  @Injectable()
  class Mail {
    @OnPayment(OrderState.Success, { after: 'commit' })
    send() {}
  }

  it('handlers after the commit keep the application from starting', async () => {
    const starting = startApp({
      imports: [
        Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [{ mchNo, appId, secrets: secret }] }),
      ],
      providers: [Mail],
    });
    await expect(starting).rejects.toThrow(
      /Mail\.send has \{ after: 'commit' \}, which requires a database: .*set the option database/,
    );
  });
});

it('the compiler refuses a handler after the commit that wants a transaction', () => {
  class Mail {
    // @ts-expect-error: there is none any more.
    @OnPayment({ after: 'commit' })
    send(_payment: PaymentOutcome, _tx: unknown) {}
  }
  expect(new Mail()).toHaveProperty('send');
});
