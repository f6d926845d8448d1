import { Inject, Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../errors/message-of.js';
import { Pass2PayApiError } from '../errors/pass2pay.errors.js';
import { MerchantDirectory } from '../merchants/merchant-directory.js';
import type { MerchantRef } from '../merchants/merchant.js';
import { PaymentQuery } from '../payments/payment-query.js';
import { ORDER_NOT_FOUND } from '../protocol/gateway-messages.js';
import { describedOrder, orderKey, type OrderIdentity } from '../protocol/order-identity.js';
import { isFinalState } from '../protocol/state-order.js';
import { observeReconciling } from '../telemetry/outcome-telemetry.js';
import { TransferQuery } from '../transfers/transfer-query.js';
import { UnsignedLimit } from '../verification/unsigned-limit.js';
import { DueOrders, type QueriedOrder, type ReconcileResult } from './due-orders.js';
import { KnownEvents } from './known-events.js';
import { outcomeEvent, type OutcomeEvent, type ProcessResult } from './outcome.js';
import { OutcomeProcessor } from './outcome-processor.js';
import { OUTCOMES_OPTIONS, type ResolvedOutcomesOptions } from './outcomes.options.js';
import type { NamedOrder } from './read-merchant-orders.js';
import { checkPeriod, OutcomeReports, type OutcomeReport, type ReportPeriod } from './outcome-report.js';
import { unlessUnknown } from './unless-unknown.js';

export type { ReconcileResult };

/** Counters since the process started. */
export interface ReconcilerStats {
  /** Queried orders. */
  asked: number;
  /** Outcomes applied without a notify; in queue mode, those applied by workers of this process. */
  missedByNotify: number;
  /** Orders that the gateway did not know; they are never treated as closed. */
  notFound: number;
  /** Orders with an unknown create outcome that the gateway did not know a day after they would have expired. */
  neverMade: number;
  /** Orders whose query or delivery failed; they are queried again. */
  failed: number;
  /** Transfers that the gateway has stored although their channel failed; ask Pass2Pay about them. */
  needsAttention: number;
}

/** Delivers an event to its handlers. */
type Process = (event: OutcomeEvent) => Promise<ProcessResult>;

/** Queries orders without a final notify, and processes the results. */
@Injectable()
export class Reconciler {
  private readonly logger = new Logger('Pass2PayReconciler');
  private readonly counts: ReconcilerStats = {
    asked: 0,
    missedByNotify: 0,
    notFound: 0,
    neverMade: 0,
    failed: 0,
    needsAttention: 0,
  };
  private sweepUnderWay: Promise<void> | undefined;
  private lookUnderWay: Promise<void> | undefined;
  /** Orders from notifies without a valid signature, which are queried before the others. */
  private readonly named: OrderIdentity[] = [];
  /** The queries that are running or waiting. */
  private readonly running = new Set<Promise<void>>();
  private isStopped = false;
  private line: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly orders: DueOrders,
    private readonly payments: PaymentQuery,
    private readonly transfers: TransferQuery,
    private readonly outcomes: OutcomeProcessor,
    private readonly merchants: MerchantDirectory,
    private readonly unsigned: UnsignedLimit,
    private readonly known: KnownEvents,
    private readonly reports: OutcomeReports,
    @Inject(OUTCOMES_OPTIONS) private readonly options: ResolvedOutcomesOptions,
  ) {}

  get stats(): Readonly<ReconcilerStats> {
    return { ...this.counts };
  }

  /** Whether it sweeps automatically. */
  get isEnabled(): boolean {
    return this.orders.areThere && this.options.reconcile.enabled;
  }

  /**
   * Queries the due orders, up to `batchSize` and at most `perMinute`: with `database`, those of the table, which all
   * processes share; without it, those that `MerchantOrders` returns as pending. The next sweep continues from there.
   * If a sweep is running, waits for it.
   *
   * @throws what the database throws, and Pass2PayMerchantOrdersError when `MerchantOrders.pending` fails; failures of
   * single orders are counted and logged.
   */
  async sweep(): Promise<void> {
    this.sweepUnderWay ??= this.sweepDue().finally(() => {
      this.sweepUnderWay = undefined;
      this.beginToLook();
    });
    return this.sweepUnderWay;
  }

  /**
   * Queries one order now, regardless of `perMinute` and of the last query.
   *
   * @throws ServiceUnavailableException when the merchant's order is not found.
   * @throws the errors of `GatewayClient.call`, and of the order's handlers.
   */
  async reconcileNow(
    mchOrderNo: string,
    { kind = 'payment', merchant }: { kind?: 'payment' | 'transfer'; merchant?: MerchantRef } = {},
  ): Promise<ReconcileResult> {
    const order = { mchOrderNo, kind, ...(merchant && { merchant }) };
    return this.reconcile(order, (event) => this.outcomes.processEvent(event));
  }

  /**
   * Queries a pending order next, because a notify without a valid signature contained it. At most once a minute for an
   * order, and a tenth of the reconciler's rate in total; otherwise, and for an order that is unknown or has ended,
   * nothing happens. Never throws.
   */
  lookAtSoon(order: OrderIdentity): void {
    if (!this.isEnabled || this.isStopped) return;
    if (!this.unsigned.take(orderKey(order))) return;
    this.named.push(order);
    if (this.sweepUnderWay === undefined) this.beginToLook();
  }

  /**
   * The figures of a period for accounting: counts and sums by kind and currency, and every order whose gateway state
   * is not applied. Reads only the database.
   *
   * @throws Pass2PayValidationError for an invalid period.
   * @throws Pass2PayConfigError without the option `database`.
   * @throws RangeError when a sum is too large for the database to return exactly.
   */
  async report(period: ReportPeriod): Promise<OutcomeReport> {
    checkPeriod(period);
    return this.reports.report(period);
  }

  /** Starts no more queries, and waits for the running ones. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.orders.stop();
    await this.lookUnderWay;
    await this.sweepUnderWay?.catch(() => {});
  }

  /** Counts an event from a query that has been applied. */
  count({ source }: OutcomeEvent, result: ProcessResult): void {
    if (source === 'query' && result === 'applied') this.counts.missedByNotify++;
  }

  private async sweepDue(): Promise<void> {
    const take = this.orders.sweep();
    let left = this.options.reconcile.batchSize;
    try {
      while (left > 0 && !this.isStopped) {
        // A few at a time, because each take is a transaction.
        await this.room(this.orders.atOnce / 2);
        const taken = await take(Math.min(left, this.orders.atOnce - this.running.size));
        if (taken.length === 0) break;
        for (const order of taken) {
          if (order instanceof Error) {
            this.counts.failed++;
            this.logger.error(`An order cannot be reconciled: ${order.message}`);
            continue;
          }
          await this.startNamed();
          await this.start(order);
          left--;
        }
      }
    } finally {
      await this.idle();
    }
  }

  private beginToLook(): void {
    this.lookUnderWay ??= this.startNamed()
      .then(() => this.idle())
      .finally(() => {
        this.lookUnderWay = undefined;
      });
  }

  /** Never throws: the sender of the notifies is unknown, and no caller waits. */
  private async startNamed(): Promise<void> {
    while (!this.isStopped) {
      const order = this.named.shift();
      if (order === undefined) return;
      try {
        const taken = await this.orders.takeNamed(order);
        if (taken !== undefined) await this.start(taken);
      } catch (error) {
        this.counts.failed++;
        this.logger.warn(
          `${orderKey(order)}, which is named in an unverified notify, could not be reconciled: ${messageOf(error)}`,
        );
      }
    }
  }

  /** Resolves when the order's query is waiting for its turn. */
  private async start(order: NamedOrder): Promise<void> {
    await this.room(this.orders.atOnce - 1);
    const run = this.run(order).finally(() => this.running.delete(run));
    this.running.add(run);
  }

  /** Resolves when at most this many queries are running. */
  private async room(most: number): Promise<void> {
    while (this.running.size > most) await Promise.race(this.running);
  }

  private async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  /** Never throws. */
  private async run(order: NamedOrder): Promise<void> {
    try {
      if (await this.orders.turn(order)) await this.reconcile(order, (event) => this.processInLine(event));
    } catch (error) {
      this.counts.failed++;
      const { kind, mchOrderNo, merchant } = order;
      const key = orderKey({ kind, mchNo: merchant?.mchNo ?? this.merchants.onlyMchNo ?? '', mchOrderNo });
      this.logger.warn(`${key} could not be reconciled and will be retried: ${messageOf(error)}`);
      await this.settleFailure(order, key);
    }
  }

  private async settleFailure(order: NamedOrder, key: string): Promise<void> {
    try {
      await this.orders.settle(order, { result: 'failed', queried: undefined });
    } catch (error) {
      this.logger.warn(`The next check of ${key} could not be stored: ${messageOf(error)}`);
    }
  }

  /** One event at a time, even with concurrent queries, because notifies need the database and the handlers too. */
  private async processInLine(event: OutcomeEvent): Promise<ProcessResult> {
    const processing = this.line.then(() => this.outcomes.processEvent(event));
    this.line = processing.catch(() => {});
    return processing;
  }

  private async reconcile(order: NamedOrder, process: Process): Promise<ReconcileResult> {
    const { kind, mchOrderNo, merchant } = order;
    const { mchNo, appId } = await this.merchants.resolveForCall(merchant);
    const identity = { kind, mchNo, appId, mchOrderNo };
    return unlessUnknown(
      await observeReconciling(identity, () => this.reconcileOnce(order, identity, process)),
      identity,
    );
  }

  private async reconcileOnce(
    order: NamedOrder,
    identity: OrderIdentity,
    process: Process,
  ): Promise<ReconcileResult | 'unknown-order'> {
    this.counts.asked++;
    const queried = await this.query(identity);
    const told = await this.tell(identity, queried, process);
    if (told === 'unknown-order') return told;
    const result = (await this.orders.settle(order, { result: told, queried }, identity)) ?? told;
    if (result === 'not-found') this.counts.notFound++;
    if (result === 'never-made') this.counts.neverMade++;
    return result;
  }

  /** Processes the result of a query. */
  private async tell(
    identity: OrderIdentity,
    queried: QueriedOrder | undefined,
    process: Process,
  ): Promise<ReconcileResult | 'unknown-order'> {
    // A create may be in flight, so this is not final.
    if (queried === undefined) return 'not-found';
    if (queried.needsAttention) return this.reportAttention(identity);
    if (!queried.isFinal) return 'pending';
    const event = outcomeEvent(queried.data, 'query');
    const known = await this.known.classify(event);
    if (known !== 'new') return known;
    const result = await process(event);
    this.count(event, result);
    return result;
  }

  /** Logged once for each transfer; it is queried again after a day, or when an operator asks. */
  private async reportAttention(order: OrderIdentity): Promise<'needs-attention'> {
    if (await this.orders.noteAttention(order)) {
      this.counts.needsAttention++;
      this.logger.error(
        `${describedOrder(order)} is stored at the gateway although its channel failed: it does not continue by itself, and no notify follows. Ask Pass2Pay about the money before you transfer it again.`,
      );
    }
    return 'needs-attention';
  }

  /** Undefined if the gateway does not know the order. */
  private async query({ kind, mchNo, appId, mchOrderNo }: OrderIdentity): Promise<QueriedOrder | undefined> {
    const options = { merchant: { mchNo, appId } };
    try {
      if (kind === 'transfer') {
        const transfer = await this.transfers.find({ mchOrderNo }, options);
        const needsAttention = transfer.needsAttention === true;
        return { data: transfer, isFinal: isFinalState(kind, transfer.state), needsAttention };
      }
      const order = await this.payments.find({ mchOrderNo }, options);
      return { data: order, isFinal: isFinalState(kind, order.state), needsAttention: false };
    } catch (error) {
      if (error instanceof Pass2PayApiError && ORDER_NOT_FOUND.test(error.gatewayMessage)) return undefined;
      throw error;
    }
  }
}
