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

/** What the reconciler has done since the process started. */
export interface ReconcilerStats {
  /** Orders asked about. */
  asked: number;
  /** Outcomes handled that no notify had told before; in queue mode, those that workers of this process have handled. */
  missedByNotify: number;
  /** Orders that the gateway did not know; they are never taken for closed. */
  notFound: number;
  /** Orders of which it was not known whether they exist, and which the gateway did not know a day after they would have expired. */
  neverMade: number;
  /** Orders whose query or delivery failed; they are asked about again. */
  failed: number;
  /** Transfers that the gateway has stored although their channel failed: a person must ask Pass2Pay about them. */
  needsAttention: number;
}

/** Brings an event to its handlers. */
type Process = (event: OutcomeEvent) => Promise<ProcessResult>;

/** Asks the gateway about orders whose end no notify has told, and hands on what it learns. */
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
  /** Orders that notifies without a valid signature have named: they come before the others. */
  private readonly named: OrderIdentity[] = [];
  /** The queries that are under way, or wait for their turn. */
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

  /** Whether it is to sweep by itself. */
  get isEnabled(): boolean {
    return this.orders.areThere && this.options.reconcile.enabled;
  }

  /**
   * Asks about the orders that are due, up to `batchSize` of them and no faster than `perMinute`: with `database`, those of
   * the table, which all processes share; without it, those that `MerchantOrders` names as pending. The next sweep goes on
   * from there. Called while a sweep is under way, it waits for that one.
   *
   * @throws what the database throws, and Pass2PayMerchantOrdersError where `MerchantOrders.pending` fails; an order's own
   * failure is counted and logged.
   */
  async sweep(): Promise<void> {
    this.sweepUnderWay ??= this.sweepDue().finally(() => {
      this.sweepUnderWay = undefined;
      this.beginToLook();
    });
    return this.sweepUnderWay;
  }

  /**
   * Asks about one order now, whenever it was asked about last; `perMinute` does not count it.
   *
   * @throws ServiceUnavailableException when the merchant's own order is not found.
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
   * Has a pending order be the next one that is asked about: a notify without a valid signature has named it. Once a minute
   * for one order, and a tenth of the reconciler's rate in all; beyond that, and for an order that is not the merchant's or
   * has ended, nothing happens. Never throws.
   */
  lookAtSoon(order: OrderIdentity): void {
    if (!this.isEnabled || this.isStopped) return;
    if (!this.unsigned.take(orderKey(order))) return;
    this.named.push(order);
    if (this.sweepUnderWay === undefined) this.beginToLook();
  }

  /**
   * What the merchant's books need of a period: counts and sums by kind and currency, and every order whose state at the gateway
   * is not what was applied. Reads the database only.
   *
   * @throws Pass2PayValidationError for a period that is none.
   * @throws Pass2PayConfigError without the option `database`.
   * @throws RangeError where a sum is too large for the database to give it exactly.
   */
  async report(period: ReportPeriod): Promise<OutcomeReport> {
    checkPeriod(period);
    return this.reports.report(period);
  }

  /** Asks about no more orders, and waits for the queries that are under way. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.orders.stop();
    await this.lookUnderWay;
    await this.sweepUnderWay?.catch(() => {});
  }

  /** Counts an event that came by a query, whose handlers have run now. */
  count({ source }: OutcomeEvent, result: ProcessResult): void {
    if (source === 'query' && result === 'applied') this.counts.missedByNotify++;
  }

  private async sweepDue(): Promise<void> {
    const take = this.orders.sweep();
    let left = this.options.reconcile.batchSize;
    try {
      while (left > 0 && !this.isStopped) {
        // A few at a time: each taking is a transaction.
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

  /** Never throws: whoever named the orders is not known, and nobody waits for them. */
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
          `${orderKey(order)}, which an unverified notify names, could not be reconciled: ${messageOf(error)}`,
        );
      }
    }
  }

  /** Resolves when the order's query has begun to wait for its turn. */
  private async start(order: NamedOrder): Promise<void> {
    await this.room(this.orders.atOnce - 1);
    const run = this.run(order).finally(() => this.running.delete(run));
    this.running.add(run);
  }

  /** Resolves when so many queries, or fewer, are under way. */
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
      this.logger.warn(`${key} could not be reconciled, and is tried again: ${messageOf(error)}`);
      await this.settleFailure(order, key);
    }
  }

  private async settleFailure(order: NamedOrder, key: string): Promise<void> {
    try {
      await this.orders.settle(order, { result: 'failed', queried: undefined });
    } catch (error) {
      this.logger.warn(`When ${key} is tried again could not be kept: ${messageOf(error)}`);
    }
  }

  /** One event after the other, however many queries are under way: notifies need the database and the handlers, too. */
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

  /** Hands on what a query has told. */
  private async tell(
    identity: OrderIdentity,
    queried: QueriedOrder | undefined,
    process: Process,
  ): Promise<ReconcileResult | 'unknown-order'> {
    // A create may be on its way, so that is no end of it.
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

  /** Logged once for each transfer: it is looked at again after a day, or when an operator asks. */
  private async reportAttention(order: OrderIdentity): Promise<'needs-attention'> {
    if (await this.orders.noteAttention(order)) {
      this.counts.needsAttention++;
      this.logger.error(
        `${describedOrder(order)} is stored at the gateway although its channel failed: it does not go on by itself, and no notify comes. Ask Pass2Pay what became of the money before you transfer it again.`,
      );
    }
    return 'needs-attention';
  }

  /** Undefined where the gateway does not know the order. */
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
