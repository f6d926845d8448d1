import { Injectable, type Type } from '@nestjs/common';
import { DueOutcomes } from '../../../lib/database/outcomes/due-outcomes.js';
import { tablesOf, type Tables } from '../../../lib/database/schema/schema-names.js';
import { OnMismatch, OnPayment, OnTransfer } from '../../../lib/outcomes/handler.decorators.js';
import type { Mismatch } from '../../../lib/outcomes/order-matcher.js';
import type { PaymentOutcome, TransferOutcome } from '../../../lib/outcomes/outcome.js';
import { CashierService } from '../../../lib/payments/cashier.service.js';
import { getPass2PayToken } from '../../../lib/pass2pay.tokens.js';
import { Pass2PayModule } from '../../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../../lib/pass2pay.options.js';
import { Pass2PayClient } from '../../../lib/pass2pay-client/index.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../../sandbox/index.js';
import { startApp, type RunningApp } from '../../support/nest-app.js';
import { signedForm } from '../../support/test-merchant.js';
import { Doorway } from './doorway.js';
import type { Place } from './places.js';
import { giveBackTables, takeTables, type ShopTables } from './shop-tables.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const MERCHANT = { mchNo, appId, secrets: secret };

type Outcome = PaymentOutcome | TransferOutcome;

export interface Shop extends RunningApp {
  /** What the handlers got, whether they succeeded or not. */
  told: Outcome[];
  mismatches: Mismatch[];
  /** Has the handlers fail, or wait. */
  handler: { does: (outcome: Outcome) => unknown };
  /** Makes an order of 100 fen by this shop. */
  create(mchOrderNo: string): Promise<unknown>;
  /** Tries what is to be tried again, whenever it is due. */
  retry(): Promise<void>;
  /** Posts a notify that the gateway has signed. */
  notify(changes: Record<string, string>): Promise<{ status: number; text: string }>;
  stop(): Promise<void>;
}

/** Processes of a shop on one set of tables, and a gateway that notifies the one that was started last. */
export class Shops {
  private readonly closing: { close(): Promise<unknown> }[] = [];

  static async open(place: Place): Promise<Shops> {
    const own = await takeTables(place);
    const sandbox = await Pass2PaySandbox.start({ clock: 'stepped' });
    return new Shops(place, { own, sandbox, doorway: await Doorway.open() });
  }

  readonly tables: Tables;
  readonly sandbox: Pass2PaySandbox;

  private constructor(
    private readonly place: Place,
    private readonly parts: { own: ShopTables; sandbox: Pass2PaySandbox; doorway: Doorway },
  ) {
    this.tables = tablesOf(parts.own);
    this.sandbox = parts.sandbox;
  }

  /** What a shop's options have in common. */
  get options(): Pass2PayOptions {
    return {
      baseUrl: this.sandbox.url,
      merchants: [MERCHANT],
      retries: 0,
      database: this.place.database,
      databaseTables: { prefix: this.parts.own.prefix },
      databaseLimits: { sweepEveryMs: 86_400_000 },
    };
  }

  /** Where the shop that was started last takes notifies of payments. */
  get notifyUrl(): string {
    return `${this.parts.doorway.url}/pay/notify`;
  }

  /** Has notifies go to a shop that was started before others. */
  leadTo(url: string): void {
    this.parts.doorway.leadTo(url);
  }

  /** @param more a name of the module's instance, and handlers besides the shop's own */
  async start(
    options: Partial<Pass2PayOptions> = {},
    { name, providers = [] }: { name?: string; providers?: Type[] } = {},
  ): Promise<Shop> {
    const { place } = this;
    const { effects } = this.parts.own;
    const told: Outcome[] = [];
    const mismatches: Mismatch[] = [];
    const handler: Shop['handler'] = { does: () => undefined };

    @Injectable()
    class Fulfilment {
      @OnTransfer()
      @OnPayment()
      async settle(outcome: Outcome, tx: unknown) {
        told.push(outcome);
        await place.run(tx, `INSERT INTO ${effects} (no, state) VALUES ('${outcome.mchOrderNo}', ${outcome.state})`);
        await handler.does(outcome);
      }

      @OnMismatch()
      look(mismatch: Mismatch) {
        mismatches.push(mismatch);
      }
    }

    const registration = { notifyPath: 'pay/notify', transferNotifyPath: 'transfer/notify', ...(name && { name }) };
    const { app, url } = await startApp({
      imports: [Pass2PayModule.forRoot({ ...registration, ...this.options, ...options })],
      providers: [Fulfilment, ...providers],
    });
    this.parts.doorway.leadTo(url);
    let isRunning = true;
    const stop = async () => {
      if (isRunning) await app.close();
      isRunning = false;
      this.parts.doorway.leadTo(undefined);
    };
    this.closing.push({ close: stop });
    const notify = async (changes: Record<string, string>) => {
      const response = await fetch(`${url}/pay/notify`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: signedForm({ ...NOTIFY, ...changes }, secret),
      });
      return { status: response.status, text: await response.text() };
    };
    const retry = async () => {
      await place.database.execute(`UPDATE ${this.tables.outcome} SET due_at = 0 WHERE due_at IS NOT NULL`);
      await app.get(DueOutcomes, { strict: false }).sweep();
    };
    const create = async (mchOrderNo: string) =>
      app.get(getPass2PayToken(CashierService, name), { strict: false }).createOrder({
        mchOrderNo,
        amount: 100,
        custNo: 'C200492312',
        registerTime: 1_622_016_572_190,
        notifyUrl: this.notifyUrl,
      });
    return { app, url, told, mismatches, handler, create, retry, notify, stop };
  }

  /** Another service, which the tables know nothing of: makes an order or a transfer whose notifies come here. */
  async elsewhere(
    kind: 'payment' | 'transfer',
    mchOrderNo: string,
    { amount = 100 }: { amount?: number } = {},
  ): Promise<void> {
    const client = new Pass2PayClient({ baseUrl: this.sandbox.url, merchants: [MERCHANT] });
    this.closing.push(client);
    const { url } = this.parts.doorway;
    const common = { mchOrderNo, amount, custNo: 'C200492312' };
    if (kind === 'payment') {
      const registerTime = 1_622_016_572_190;
      await client.cashier.createOrder({ ...common, registerTime, notifyUrl: `${url}/pay/notify` });
    } else {
      const to = { accountNo: '6222020200112233445', clientIp: '210.73.10.148' };
      await client.transfers.createTransfer({ ...common, ...to, notifyUrl: `${url}/transfer/notify` });
    }
  }

  /** What the handlers have committed, such as `O1 2`. */
  async effects(): Promise<string[]> {
    const { rows } = await this.place.database.execute(`SELECT no, state FROM ${this.parts.own.effects}`);
    return rows.map(({ no, state }) => `${String(no)} ${Number(state)}`);
  }

  async outcomes(): Promise<{ result: unknown; attempts: number; error: unknown; isDue: boolean }[]> {
    const { rows } = await this.place.database.execute(
      `SELECT result, attempts, error, due_at FROM ${this.tables.outcome} ORDER BY id`,
    );
    return rows.map(({ result, attempts, error, due_at: dueAt }) => ({
      result,
      attempts: Number(attempts),
      error,
      isDue: dueAt !== null,
    }));
  }

  /** How many queries the gateway got. */
  queries(): number {
    return this.sandbox.requests.filter(({ endpoint }) => /query/i.test(endpoint ?? '')).length;
  }

  async close(): Promise<void> {
    for (const each of this.closing.splice(0).toReversed()) await each.close();
    await this.sandbox.stop();
    await this.parts.doorway.close();
    await giveBackTables(this.place, this.parts.own);
  }
}

/** The parameters of a notify of a paid order of 100 fen, but for its order's numbers. */
const NOTIFY = {
  mchNo,
  appId,
  amount: '100',
  currency: 'cny',
  state: '2',
  wayCode: 'ALI_QR',
  reqTime: '1716888889000',
  createdAt: '1716888800000',
  successTime: '1716888888123',
};
