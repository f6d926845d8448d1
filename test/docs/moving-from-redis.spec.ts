// An application moves from RedisInbox to its database, by the steps and the code of the document.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Injectable, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import {
  CashierService,
  OnPayment,
  OrderState,
  Pass2PayModule,
  Pass2PayOrders,
  Reconciler,
  type ImportResult,
  type MerchantOrders,
  type PaymentOutcome,
} from 'nestjs-pass2pay';
import { BullMqOutcomeQueue } from 'nestjs-pass2pay/bullmq';
import { RedisInbox } from 'nestjs-pass2pay/redis';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from 'pass2pay-sandbox';
import { signedPaymentNotify } from 'pass2pay-sandbox/testing';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { Doorway } from '../database/support/doorway.js';
import { startApp, type RunningApp } from '../support/nest-app.js';
import { recordingLogger } from '../support/recording-logger.js';
import { isRedisReachable, POSTGRES_URL, REDIS_URL } from '../support/services.js';
import { root, RunDocument } from './support/document.js';
import { ORDER } from './support/shop.js';

interface OwnOrder {
  mchNo: string;
  appId: string;
  mchOrderNo: string;
  amount: number;
  currency: string;
  lastState: number | null;
}

interface Code {
  ShopModule: Type;
  ImportModule: Type;
  importOrders(
    pages: AsyncIterable<readonly OwnOrder[]>,
    to: { orders: Pass2PayOrders; inbox: RedisInbox },
  ): Promise<ImportResult>;
  drained(queue: BullMqOutcomeQueue): Promise<void>;
  pools: pg.Pool[];
}

const page = new RunDocument('docs/moving-from-redis.md');
const notToLeaveBehind = page.take('FROM pass2pay_outcome').trim().split('\n');

const { mchNo, appId, secret } = DEFAULT_MERCHANT;

/** Within it the gateway makes all attempts of a notify. */
const ALL_ATTEMPTS_MS = 480_000;

// In CI what is missing is a failure.
const describeHere = process.env.CI || (await isRedisReachable()) ? describe : describe.skip;

await describeWhere('PostgreSQL', 'a move to PostgreSQL', () => {
  const database = `moving_${randomBytes(5).toString('hex')}`;
  const url = new URL(`/${database}`, POSTGRES_URL).href;
  const admin = new pg.Pool({ connectionString: POSTGRES_URL, max: 1 });
  const own = new pg.Pool({ connectionString: url });
  // The database is dropped while its connections close.
  own.on('error', () => {});
  const closing: (() => unknown)[] = [];
  let code: Code;
  let doorway: Doorway;
  let sandbox: Pass2PaySandbox;

  beforeAll(async () => {
    await admin.query(`CREATE DATABASE ${database}`);
    await own.query('CREATE TABLE orders (no TEXT PRIMARY KEY, last_state INTEGER, late BOOLEAN)');
    await own.query('CREATE TABLE parcels (no TEXT, key TEXT UNIQUE)');
    await own.query(await migration());
    doorway = await Doorway.open();
    sandbox = await Pass2PaySandbox.start({ clock: 'stepped' });
    Object.assign(process.env, {
      DATABASE_URL: url,
      PASS2PAY_BASE_URL: sandbox.url,
      PASS2PAY_MCH_NO: mchNo,
      PASS2PAY_APP_ID: appId,
      PASS2PAY_SECRET: secret,
      PASS2PAY_NOTIFY_URL: `${doorway.url}/pay/notify`,
    });
    const release = await page.load<Pick<Code, 'ShopModule'> & { pool: pg.Pool }>('class ShopModule');
    const script = await page.load<Pick<Code, 'ImportModule' | 'importOrders'> & { pool: pg.Pool }>('importOrders');
    const queue = await page.load<Pick<Code, 'drained'>>('drained');
    code = { ...release, ...script, ...queue, pools: [release.pool, script.pool] };
  });

  afterAll(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    await sandbox.stop();
    await doorway.close();
    await Promise.all([own, ...code.pools].map((pool) => pool.end()));
    await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await admin.end();
  });

  /** Applications that have nothing in common but the shop's table of orders, and what Redis keeps. */
  class Merchant {
    /** Orders whose handlers fail. */
    readonly failing = new Set<string>();
    /** Orders whose handlers commit, and fail then, as where a process dies before Redis knows. */
    readonly failingAfter = new Set<string>();
    readonly prefix = `moving-${randomBytes(5).toString('hex')}`;
    private readonly redis = new Redis(REDIS_URL);
    readonly inbox = new RedisInbox({ client: this.redis, prefix: `${this.prefix}:outcome:` });
    private app: RunningApp['app'] | undefined;

    constructor(private readonly hasQueue: boolean) {
      closing.push(async () => {
        await this.stop();
        const keys = await this.redis.keys(`${this.prefix}:*`);
        if (keys.length > 0) await this.redis.del(keys);
        this.redis.disconnect();
      });
    }

    queue(work: boolean): BullMqOutcomeQueue {
      const queue = new BullMqOutcomeQueue({
        connection: { url: REDIS_URL },
        prefix: this.prefix,
        work,
        attempts: 1,
      });
      closing.push(() => queue.close());
      return queue;
    }

    /** The release before the move. */
    async startOld(): Promise<void> {
      const { failing, failingAfter } = this;
      @Injectable()
      class Fulfilment {
        @OnPayment()
        async settle({ mchOrderNo, state, late, idempotencyKey }: PaymentOutcome) {
          if (failing.has(mchOrderNo)) throw new Error('the warehouse is closed');
          await own.query('UPDATE orders SET last_state = $2, late = $3 WHERE no = $1', [mchOrderNo, state, late]);
          if (state === OrderState.Success) {
            await own.query('INSERT INTO parcels (no, key) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
              mchOrderNo,
              idempotencyKey,
            ]);
          }
          if (failingAfter.has(mchOrderNo)) throw new Error('Redis does not hear of it');
        }
      }
      const merchantOrders: MerchantOrders = {
        find: async ({ mchOrderNo }) => (await ownOrders()).find((order) => order.mchOrderNo === mchOrderNo),
        pending: async () => [],
      };
      const module = Pass2PayModule.forRoot({
        notifyPath: 'pay/notify',
        baseUrl: sandbox.url,
        merchants: [{ mchNo, appId, secrets: secret }],
        notifyUrl: `${doorway.url}/pay/notify`,
        inbox: this.inbox,
        merchantOrders,
        reconcile: { enabled: false },
        ...(this.hasQueue && { outcomeQueue: this.queue(true) }),
      });
      await this.start({ imports: [module], providers: [Fulfilment] });
    }

    async startNew(): Promise<void> {
      await this.start({ imports: [code.ShopModule] });
    }

    /** Asks the gateway about all orders whose end is not known. */
    async reconcile(): Promise<void> {
      await own.query('UPDATE pass2pay_order SET next_check_at = 0 WHERE next_check_at IS NOT NULL');
      await this.app!.get(Reconciler, { strict: false }).sweep();
    }

    async create(...numbers: string[]): Promise<void> {
      for (const mchOrderNo of numbers) {
        await own.query('INSERT INTO orders (no) VALUES ($1)', [mchOrderNo]);
        await this.app!.get(CashierService, { strict: false }).createOrder({ ...ORDER, mchOrderNo, expiredTime: 7200 });
      }
    }

    async stop(): Promise<void> {
      doorway.leadTo(undefined);
      await this.app?.close();
      this.app = undefined;
    }

    private async start(metadata: Parameters<typeof startApp>[0]): Promise<void> {
      const { app, url: address } = await startApp(metadata, { rawBody: true });
      this.app = app;
      doorway.leadTo(address);
    }
  }

  async function ownOrders(): Promise<OwnOrder[]> {
    const { rows } = await own.query<{ no: string; last_state: number | null }>('SELECT no, last_state FROM orders');
    const made = { mchNo, appId, amount: ORDER.amount, currency: 'cny' };
    return rows.map(({ no, last_state: lastState }) => ({ ...made, mchOrderNo: no, lastState }));
  }

  /** The script of the document. */
  async function runImport(inbox: RedisInbox): Promise<ImportResult> {
    const context = await NestFactory.createApplicationContext(code.ImportModule, { logger: recordingLogger });
    const pages = async function* () {
      yield await ownOrders();
    };
    const result = await code.importOrders(pages(), { orders: context.get(Pass2PayOrders, { strict: false }), inbox });
    await context.close();
    return result;
  }

  /** How the orders stand, and how often each was sent. */
  async function books(): Promise<string[]> {
    const { rows } = await own.query<Record<'no' | 'state' | 'parcels', unknown> & { late: boolean | null }>(
      'SELECT no, last_state AS state, late, (SELECT COUNT(*) FROM parcels WHERE parcels.no = orders.no) AS parcels FROM orders',
    );
    const lines = rows.map(
      ({ no, state, late, parcels }) =>
        `${String(no)}: ${String(state)}${late ? ' late' : ''}, ${String(parcels)} parcels`,
    );
    return lines.toSorted();
  }

  async function outcomes(): Promise<string[]> {
    const { rows } = await own.query<Record<'compared_no' | 'state' | 'result', unknown>>(
      'SELECT compared_no, state, result FROM pass2pay_outcome ORDER BY id',
    );
    return rows.map((row) => `${String(row.compared_no)} ${String(row.state)} ${String(row.result)}`);
  }

  async function tell(mchOrderNo: string, state: OrderState): Promise<string> {
    const { payOrderId } = sandbox.order(mchOrderNo)!;
    const { headers, body } = signedPaymentNotify({ mchOrderNo, payOrderId, amount: ORDER.amount, state });
    const response = await fetch(`${doorway.url}/pay/notify`, { method: 'POST', headers, body });
    return `${response.status} ${await response.text()}`;
  }

  describeHere.each([
    { setUp: 'RedisInbox', hasQueue: false },
    { setUp: 'RedisInbox and a queue', hasQueue: true },
  ])('from $setUp', ({ hasQueue }) => {
    beforeEach(async () => {
      await own.query('TRUNCATE orders, parcels, pass2pay_order, pass2pay_outcome');
    });

    it('loses no outcome and handles none twice, there and back', async () => {
      const merchant = new Merchant(hasQueue);
      const script = hasQueue ? merchant.queue(false) : undefined;
      const n = (name: string) => `${name}-${hasQueue ? 'Q' : 'I'}`;
      const [paid, closed, closedPaid, unsettled] = ['paid', 'closed', 'closedPaid', 'unsettled'].map(n);
      const cut = hasQueue ? undefined : n('cut');
      const [open, unheard, moved, meantime, during] = ['open', 'unheard', 'moved', 'meantime', 'during'].map(n);

      await merchant.startOld();
      await merchant.create(paid!, closed!, closedPaid!, unsettled!, open!, unheard!, moved!, during!);
      if (cut !== undefined) {
        await merchant.create(cut);
        await sandbox.close(cut);
      }
      const lost = sandbox.inject({ kind: 'notify-drop', times: Infinity });
      await sandbox.pay(unheard!);
      await sandbox.advance(ALL_ATTEMPTS_MS);
      lost.remove();
      await sandbox.pay(paid!);
      await sandbox.close(closed!);
      await sandbox.close(closedPaid!);
      await sandbox.advance(0);
      await sandbox.payAfterClose(closedPaid!);
      merchant.failing.add(unsettled!);
      await sandbox.close(unsettled!);
      await sandbox.advance(ALL_ATTEMPTS_MS);
      if (script !== undefined) {
        await expect(code.drained(script)).rejects.toThrow('1 events have failed');
        merchant.failing.clear();
        await script.retry('all');
        await code.drained(script);
      }

      expect(await runImport(merchant.inbox)).toEqual({ imported: 8 + (cut ? 1 : 0), movedOn: 0, unchanged: 0 });
      await merchant.create(meantime!);
      await sandbox.pay(meantime!);
      await sandbox.pay(moved!);
      await sandbox.advance(0);

      if (script === undefined) {
        merchant.failingAfter.add(cut!);
        await sandbox.payAfterClose(cut!);
        await sandbox.advance(0);
        await merchant.stop();
      } else doorway.leadTo(undefined);
      await sandbox.pay(during!);
      await sandbox.advance(0);
      if (script !== undefined) await code.drained(script);
      await merchant.stop();
      expect(await runImport(merchant.inbox)).toEqual({ imported: 1, movedOn: 1, unchanged: 7 + (cut ? 1 : 0) });
      expect(await runImport(merchant.inbox)).toEqual({ imported: 0, movedOn: 0, unchanged: 9 + (cut ? 1 : 0) });

      await merchant.startNew();
      await sandbox.advance(ALL_ATTEMPTS_MS);
      await sandbox.resendNotify(paid!);
      await sandbox.resendNotify(meantime!);
      await sandbox.pay(open!);
      await sandbox.payAfterClose(closed!);
      await sandbox.payAfterClose(unsettled!);
      await sandbox.advance(0);
      expect(await tell(closedPaid!, OrderState.Closed)).toBe('200 success');
      await merchant.reconcile();
      const settled = [
        ...(cut ? [`${cut}: 2 late, 1 parcels`] : []),
        `${closed}: 2 late, 1 parcels`,
        `${closedPaid}: 2 late, 1 parcels`,
        `${during}: 2, 1 parcels`,
        `${meantime}: 2, 1 parcels`,
        `${moved}: 2, 1 parcels`,
        `${open}: 2, 1 parcels`,
        `${paid}: 2, 1 parcels`,
        `${unheard}: 2, 1 parcels`,
        `${unsettled}: 2 late, 1 parcels`,
      ];
      expect(await books()).toEqual(settled.toSorted());
      expect((await outcomes()).toSorted()).toEqual(
        [
          `${closed} 2 applied`,
          `${closedPaid} 6 stale`,
          ...(cut ? [`${cut} 2 applied`] : []),
          `${during} 2 applied`,
          `${meantime} 2 duplicate`,
          `${open} 2 applied`,
          `${paid} 2 duplicate`,
          `${unheard} 2 applied`,
          `${unsettled} 2 applied`,
        ]
          .map((line) => line.toLowerCase())
          .toSorted(),
      );

      const closedByNew = n('byNew');
      await merchant.create(closedByNew);
      await sandbox.close(closedByNew);
      await sandbox.advance(0);
      for (const statement of notToLeaveBehind) expect((await own.query(statement)).rows).toEqual([]);
      await merchant.stop();

      await merchant.startOld();
      expect(await tell(open!, OrderState.Success)).toBe('200 success');
      await sandbox.payAfterClose(closedByNew);
      await sandbox.advance(0);
      if (script !== undefined) await code.drained(script);
      expect(await books()).toEqual([`${closedByNew}: 2 late, 1 parcels`, ...settled].toSorted());
      await merchant.stop();
    });
  });
});

/** What the command prints that the document names. */
async function migration(): Promise<string> {
  const command = join(root, 'dist', 'command', 'main.js');
  return (await promisify(execFile)(process.execPath, [command, 'migration', 'postgres'])).stdout;
}

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
