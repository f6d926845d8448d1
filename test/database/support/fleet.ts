import { randomBytes } from 'node:crypto';
import { FleetRate } from '../../../lib/database/orders/fleet-rate.js';
import { KnownMerchants } from '../../../lib/database/known-merchants.js';
import { OrderChecks } from '../../../lib/database/orders/order-checks.js';
import { ensureSchema } from '../../../lib/database/schema/ensure-schema.js';
import { tablesOf, type Tables } from '../../../lib/database/schema/schema-names.js';
import { SharedOrders } from '../../../lib/database/orders/shared-orders.js';
import type { SqlDatabase } from '../../../lib/database/sql-database.js';
import { MerchantDirectory } from '../../../lib/merchants/merchant-directory.js';
import type { KnownEvents } from '../../../lib/outcomes/known-events.js';
import type { OutcomeProcessor } from '../../../lib/outcomes/outcome-processor.js';
import type { ResolvedOutcomesOptions } from '../../../lib/outcomes/outcomes.options.js';
import type { OutcomeReports } from '../../../lib/outcomes/outcome-report.js';
import { Reconciler } from '../../../lib/outcomes/reconciler.js';
import { PaymentOrder } from '../../../lib/payments/payment-order.dto.js';
import type { PaymentQuery } from '../../../lib/payments/payment-query.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { isDocumentedState } from '../../../lib/protocol/state-order.js';
import type { TransferQuery } from '../../../lib/transfers/transfer-query.js';
import { UnsignedLimit } from '../../../lib/verification/unsigned-limit.js';
import { MERCHANT } from '../../support/test-merchant.js';
import type { Place } from './places.js';
import type { VirtualTime } from './virtual-time.js';

const { mchNo, appId } = MERCHANT;
const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

/** A query that the gateway got. */
export interface Query {
  mchOrderNo: string;
  at: number;
  by: string;
}

export interface FleetOptions {
  everyMs?: number;
  maxDelayMs?: number;
  perMinute?: number;
  batchSize?: number;
  /** How long the gateway takes, in ms. */
  latencyMs?: number;
  /** How long handlers take, in ms. */
  handlingMs?: number;
}

/** A process of a fleet. */
export interface Member {
  reconciler: Reconciler;
  orders: SharedOrders;
  /** Sweeps again and again, until it is stopped. */
  run: () => Promise<void>;
}

/** Processes that share the tables of one database, and a gateway that only counts and says what a test has it say. */
export class Fleet {
  readonly queries: Query[] = [];
  /** What the gateway says of orders; `Paying` of any other. */
  readonly states = new Map<string, OrderState>();
  readonly database: SqlDatabase;
  /** With what the next transactions fail. */
  readonly failures: Error[] = [];
  /** How many events were handled at once, at most. */
  mostHandled = 0;
  private handled = 0;
  private isPutBack = false;

  static async open(place: Place, time: VirtualTime, options: FleetOptions = {}): Promise<Fleet> {
    const tables = tablesOf({ prefix: `f${randomBytes(5).toString('hex')}_` });
    await ensureSchema(place.database, { prefix: tables.order.slice(0, -'order'.length) });
    return new Fleet(place, time, tables, options);
  }

  private constructor(
    private readonly place: Place,
    private readonly time: VirtualTime,
    readonly tables: Tables,
    private readonly options: FleetOptions,
  ) {
    const watched = time.watch(place.database);
    this.database = {
      ...watched,
      begin: async (limits) => {
        const failure = this.failures.shift();
        if (failure !== undefined) throw failure;
        return watched.begin(limits);
      },
    };
  }

  /** Empties the tables. */
  async clear(): Promise<void> {
    this.queries.length = 0;
    this.states.clear();
    for (const table of [this.tables.order, this.tables.rate])
      await this.place.database.execute(`DELETE FROM ${table}`);
  }

  async add(mchOrderNo: string, dueInMs: number, row: Record<string, string | number> = {}): Promise<void> {
    const whole = {
      instance: '',
      kind: 'payment',
      mch_no: mchNo,
      compared_no: mchOrderNo.toLowerCase(),
      mch_order_no: mchOrderNo,
      app_id: appId,
      amount: 100,
      currency: 'cny',
      status: 'created',
      created_at: this.time.now - 3_600_000,
      next_check_at: this.time.now + dueInMs,
      checks: 0,
      ...row,
    };
    const columns = Object.keys(whole);
    await this.place.database.execute(
      `INSERT INTO ${this.tables.order} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      Object.values(whole),
    );
  }

  member(
    name: string,
    {
      skewMs = 0,
      random,
      options = {},
      merchants = [MERCHANT],
    }: {
      skewMs?: number;
      random?: () => number;
      options?: FleetOptions;
      merchants?: ConstructorParameters<typeof MerchantDirectory>[0];
    } = {},
  ): Member {
    const { latencyMs = 0, handlingMs = 0, ...reconcile } = { ...this.options, ...options };
    const resolved = {
      reconcile: {
        enabled: true,
        afterMs: 0,
        everyMs: 60_000,
        maxDelayMs: 3_600_000,
        perMinute: 600,
        batchSize: 100_000,
        recheckPaidDays: 0,
        ...reconcile,
      },
    } as ResolvedOutcomesOptions;
    const directory = new MerchantDirectory(merchants);
    const dbClock = () => ({
      sql: '?',
      params: [String(Math.floor(this.time.now) - (this.isPutBack ? 3_600_000 : 0))],
    });
    const { dialect } = this.database;
    const parts = {
      database: this.database,
      checks: new OrderChecks(this.database, this.tables, ''),
      rate: new FleetRate(dialect, this.tables, '', resolved.reconcile.perMinute, dbClock),
      merchants: new KnownMerchants(directory),
    };
    const orders = new SharedOrders(
      parts,
      { ...LIMITS, ...resolved },
      this.time.clockOf({ skewMs, ...(random && { random }) }),
    );
    const reconciler = new Reconciler(
      orders,
      { find: ({ mchOrderNo }) => this.answer(mchOrderNo!, name, latencyMs) } as PaymentQuery,
      {} as TransferQuery,
      {
        processEvent: async ({ data }) => {
          this.mostHandled = Math.max(this.mostHandled, ++this.handled);
          if (handlingMs > 0) await this.time.wait(handlingMs);
          this.handled--;
          if (!isDocumentedState('payment', data.state)) return 'mismatch';
          await this.database.execute(
            `UPDATE ${this.tables.order} SET last_applied = ?, next_check_at = NULL WHERE mch_order_no = ?`,
            [data.state, data.mchOrderNo],
          );
          return 'applied';
        },
      } as OutcomeProcessor,
      directory,
      new UnsignedLimit(1_000_000, () => this.time.now),
      { classify: async () => 'new' } as unknown as KnownEvents,
      {} as OutcomeReports,
      resolved,
    );
    const stopping = new AbortController();
    const run = async () => {
      while (!stopping.signal.aborted) {
        await reconciler.sweep();
        await this.time.wait(resolved.reconcile.everyMs, stopping.signal);
      }
    };
    const stop = reconciler.stop.bind(reconciler);
    reconciler.stop = async () => {
      stopping.abort();
      await stop();
    };
    return { reconciler, orders, run };
  }

  /** In how many ms an order is due; infinitely many where nobody looks at it any more. */
  async dueInMs(mchOrderNo: string): Promise<number> {
    const { rows } = await this.place.database.execute(
      `SELECT next_check_at FROM ${this.tables.order} WHERE mch_order_no = ?`,
      [mchOrderNo],
    );
    const { next_check_at: at } = rows[0]!;
    return at === null ? Infinity : Number(at) - this.time.now;
  }

  /** From now on the database's clock is an hour behind. */
  putBackClock(): void {
    this.isPutBack = true;
  }

  async close(): Promise<void> {
    for (const table of Object.values(this.tables)) await this.place.database.execute(`DROP TABLE ${table}`);
  }

  private async answer(mchOrderNo: string, by: string, latencyMs: number): Promise<PaymentOrder> {
    this.queries.push({ mchOrderNo, at: this.time.now, by });
    if (latencyMs > 0) await this.time.wait(latencyMs);
    const state = this.states.get(mchOrderNo) ?? OrderState.Paying;
    return Object.assign(new PaymentOrder(), {
      mchNo,
      appId,
      mchOrderNo,
      payOrderId: `P-${mchOrderNo}`,
      amount: 100,
      currency: 'cny',
      state,
    });
  }
}
