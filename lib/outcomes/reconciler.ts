import { Inject, Injectable, Logger } from '@nestjs/common';
import timers from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { ORDER_NOT_FOUND } from '../protocol/gateway-messages.js';
import type { MerchantRef } from '../merchants/merchant.js';
import { isFinal } from '../protocol/order-state.js';
import type { PaymentOrder } from '../payments/payment-order.dto.js';
import { PaymentQuery } from '../payments/payment-query.js';
import { Pass2PayApiError, Pass2PayMerchantOrdersError } from '../errors/pass2pay.errors.js';
import { OUTCOMES_OPTIONS, type ResolvedOutcomesOptions } from './outcomes.options.js';
import { TransferQuery } from '../transfers/transfer-query.js';
import { observeReconciling } from '../telemetry/outcome-telemetry.js';
import { isFinalTransfer } from '../protocol/transfer-state.js';
import type { Transfer } from '../transfers/transfer.dto.js';
import { describedOrder, orderKey, type OrderIdentity } from '../protocol/order-identity.js';
import { MerchantDirectory } from '../merchants/merchant-directory.js';
import { messageOf } from '../errors/message-of.js';
import { UnsignedLimit } from '../verification/unsigned-limit.js';
import { OutcomeMemory } from './outcome-memory.js';
import { outcomeEvent, type OutcomeEvent, type ProcessResult } from './outcome.js';
import { findOwnOrder, readPendingOrders, type NamedOrder, type PendingEntry } from './read-merchant-orders.js';
import { OutcomeProcessor } from './outcome-processor.js';
import { unlessUnknown } from './unless-unknown.js';

/** What asking about one order came to: what became of its event, or why there was none. */
export type ReconcileResult = Exclude<ProcessResult, 'unknown-order'> | 'pending' | 'not-found' | 'needs-attention';

/** What the reconciler has done since the process started. */
export interface ReconcilerStats {
  /** Orders asked about. */
  asked: number;
  /** Outcomes handled that no notify had told before; in queue mode, those that workers of this process have handled. */
  missedByNotify: number;
  /** Orders that the gateway did not know; they are never taken for closed. */
  notFound: number;
  /** Orders whose query or delivery failed; they are asked about again. */
  failed: number;
  /** Transfers that the gateway has stored although their channel failed: a person must ask Pass2Pay about them. */
  needsAttention: number;
}

interface Postponed {
  /** How often the order was asked about without coming to its end. */
  times: number;
  /** In ms since 1970. */
  until: number;
  /** Whether it was reported as a transfer that a person must look at. */
  needsAttention?: boolean;
}

/** What a query says of an order. */
interface QueriedOrder {
  data: PaymentOrder | Transfer;
  isFinal: boolean;
  needsAttention?: boolean;
}

/** How many orders' waits are remembered; one that is forgotten is asked about earlier. */
const MAX_POSTPONED = 100_000;

/** How long a transfer that a person must look at is left in peace, in ms: it does not go on by itself. */
const NEEDS_ATTENTION_MS = 86_400_000;

/** Asks the gateway about orders whose end no notify has told, and hands on what it learns. */
@Injectable()
export class Reconciler {
  private readonly logger = new Logger('Pass2PayReconciler');
  private waiting: LRUCache<string, Postponed> | undefined;
  private readonly counts: ReconcilerStats = { asked: 0, missedByNotify: 0, notFound: 0, failed: 0, needsAttention: 0 };
  private sweepUnderWay: Promise<void> | undefined;
  /** How many of the pending orders the last sweep has left behind it: the next one begins there. */
  private position = 0;
  private readonly stopping = new AbortController();
  /** When the next query may be made, in ms since 1970. */
  private nextQueryAt = 0;
  /** Orders that notifies without a valid signature have named: they come before the others. */
  private readonly named: OrderIdentity[] = [];
  private lookUnderWay: Promise<void> | undefined;

  constructor(
    private readonly payments: PaymentQuery,
    private readonly transfers: TransferQuery,
    private readonly outcomes: OutcomeProcessor,
    private readonly merchants: MerchantDirectory,
    private readonly unsigned: UnsignedLimit,
    private readonly memory: OutcomeMemory,
    @Inject(OUTCOMES_OPTIONS) private readonly options: ResolvedOutcomesOptions,
  ) {}

  get stats(): Readonly<ReconcilerStats> {
    return { ...this.counts };
  }

  /**
   * Asks about the orders that the `MerchantOrders` names as pending, one after the other, no faster than the options allow,
   * up to `batchSize` of them; the next sweep goes on from there. Called while a sweep is under way, it waits for that one.
   *
   * @throws Pass2PayMerchantOrdersError where `MerchantOrders.pending` fails; an order's own failure is counted and logged.
   */
  async sweep(): Promise<void> {
    this.sweepUnderWay ??= this.sweepPending().finally(() => {
      this.sweepUnderWay = undefined;
      this.beginToLook();
    });
    return this.sweepUnderWay;
  }

  /**
   * Asks about one order now, whenever it was asked about last.
   *
   * @throws ServiceUnavailableException when the merchant's own order is not found.
   * @throws the errors of `GatewayClient.call`, and of the order's handlers.
   */
  async reconcileNow(
    mchOrderNo: string,
    { kind = 'payment', merchant }: { kind?: 'payment' | 'transfer'; merchant?: MerchantRef } = {},
  ): Promise<ReconcileResult> {
    return this.reconcile({ mchOrderNo, kind, ...(merchant && { merchant }) });
  }

  /**
   * Has a pending order be the next one that is asked about: a notify without a valid signature has named it. Once a minute
   * for one order, and a tenth of the reconciler's rate in all; beyond that, and for an order that is not the merchant's or
   * has ended, nothing happens. Never throws.
   */
  lookAtSoon(order: OrderIdentity): void {
    const { merchantOrders, reconcile } = this.options;
    if (merchantOrders === undefined || !reconcile.enabled || this.isStopped) return;
    if (!this.unsigned.take(orderKey(order))) return;
    this.named.push(order);
    if (this.sweepUnderWay === undefined) this.beginToLook();
  }

  /** Asks about no more orders, and ends a sweep under way after the order that it is at. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.lookUnderWay;
  }

  private get isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Counts an event that came by a query, whose handlers have run now. */
  count({ source }: OutcomeEvent, result: ProcessResult): void {
    if (source === 'query' && result === 'applied') this.counts.missedByNotify++;
  }

  /** Goes round the pending orders, so that those which never end do not keep the others from their turn. */
  private async sweepPending(): Promise<void> {
    const { merchantOrders, reconcile } = this.options;
    if (merchantOrders === undefined) return;
    const before = new Date(Date.now() - reconcile.afterMs);
    let hasTurned = this.position === 0;
    let left = reconcile.batchSize;
    const isMchNoRequired = this.merchants.onlyMchNo === undefined;
    let lastFirst: string | undefined;
    while (left > 0 && !this.isStopped) {
      const page = await readPendingOrders(merchantOrders, [before, reconcile.batchSize, this.position], {
        isMchNoRequired,
      });
      const first = page[0] && this.keyOf(page[0]);
      // `pending` ignores `skip`, or still names what is in the queue.
      if (first !== undefined && first === lastFirst) return;
      lastFirst = first;
      left = await this.reconcilePage(page, left);
      if (page.length >= reconcile.batchSize || left === 0 || this.isStopped) continue;
      this.position = 0;
      if (hasTurned) return;
      hasTurned = true;
    }
  }

  /** @returns how many more orders may be asked about. */
  private async reconcilePage(page: readonly PendingEntry[], most: number): Promise<number> {
    let left = most;
    for (const order of page) {
      if (left === 0 || this.isStopped) break;
      if (order instanceof Pass2PayMerchantOrdersError) {
        this.counts.failed++;
        this.position++;
        this.logger.error(`An order cannot be reconciled: ${order.message}`);
        continue;
      }
      const isDue = (this.postponed.get(this.keyOf(order))?.until ?? 0) <= Date.now();
      if (!isDue) {
        this.position++;
        continue;
      }
      await this.lookAtNamed();
      await this.turnToAsk();
      if (this.isStopped) break;
      if (!(await this.reconcileDue(order))) this.position++;
      left--;
    }
    return left;
  }

  private beginToLook(): void {
    this.lookUnderWay ??= this.lookAtNamed().finally(() => {
      this.lookUnderWay = undefined;
    });
  }

  private async lookAtNamed(): Promise<void> {
    while (this.named.length > 0 && !this.isStopped) {
      await this.turnToAsk();
      const order = this.named.shift();
      if (order !== undefined && !this.isStopped) await this.lookAt(order);
    }
  }

  /** Never throws: whoever named the order is not known, and nobody waits for it. */
  private async lookAt(order: OrderIdentity): Promise<void> {
    const { kind, mchNo, appId, mchOrderNo } = order;
    try {
      if (await this.isPending(order)) await this.reconcile({ kind, mchOrderNo, merchant: { mchNo, appId } });
    } catch (error) {
      this.counts.failed++;
      this.logger.warn(
        `${orderKey(order)}, which an unverified notify names, could not be reconciled: ${messageOf(error)}`,
      );
    }
  }

  /** Whether it is an order of the merchant whose end nobody knows. */
  private async isPending(order: OrderIdentity): Promise<boolean> {
    const isMchNoRequired = this.merchants.onlyMchNo === undefined;
    const own = await findOwnOrder(this.options.merchantOrders!, order, { isMchNoRequired });
    if (own === undefined || this.postponed.get(orderKey(order))?.needsAttention) return false;
    const { lastApplied } = await this.memory.recall(order);
    return [own.lastState, lastApplied].every((state) => state === undefined || !isEnded(order.kind, state));
  }

  /** Resolves when a query may be made, at the rate that the options give. */
  private async turnToAsk(): Promise<void> {
    const now = Date.now();
    const at = Math.max(now, this.nextQueryAt);
    this.nextQueryAt = at + 60_000 / this.options.reconcile.perMinute;
    if (at <= now) return;
    const { signal } = this.stopping;
    await timers.setTimeout(at - now, undefined, { ref: false, signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** @returns whether the order is none of the pending ones any more. */
  private async reconcileDue(order: NamedOrder): Promise<boolean> {
    try {
      const result = await this.reconcile(order);
      // As long as it is named as pending, it is queried again, less and less often.
      if (result === 'applied') this.postponed.delete(this.keyOf(order));
      else this.postpone(order, result === 'needs-attention');
      return result === 'applied' || result === 'queued';
    } catch (error) {
      this.counts.failed++;
      this.postpone(order);
      this.logger.warn(`${this.keyOf(order)} could not be reconciled, and is tried again: ${messageOf(error)}`);
      return false;
    }
  }

  private async reconcile({ kind, mchOrderNo, merchant }: NamedOrder): Promise<ReconcileResult> {
    const { mchNo, appId } = await this.merchants.resolveForCall(merchant);
    const order = { kind, mchNo, appId, mchOrderNo };
    return unlessUnknown(await observeReconciling(order, () => this.reconcileOnce(order)), order);
  }

  private async reconcileOnce(order: OrderIdentity): Promise<ReconcileResult | 'unknown-order'> {
    this.counts.asked++;
    const known = await this.query(order);
    if (known === undefined) {
      this.counts.notFound++;
      return 'not-found';
    }
    if (known.needsAttention) return this.reportAttention(order);
    if (!known.isFinal) return 'pending';
    const event = outcomeEvent(known.data, 'query');
    const result = await this.outcomes.processEvent(event);
    this.count(event, result);
    return result;
  }

  /** Logged once for each transfer: it is looked at again after a day, or when an operator asks. */
  private reportAttention(order: OrderIdentity): 'needs-attention' {
    if (this.postponed.get(orderKey(order))?.needsAttention) return 'needs-attention';
    this.counts.needsAttention++;
    this.logger.error(
      `${describedOrder(order)} is stored at the gateway although its channel failed: it does not go on by itself, and no notify comes. Ask Pass2Pay what became of the money before you transfer it again.`,
    );
    return 'needs-attention';
  }

  /** Undefined where the gateway does not know the order: a create may be on its way, so that is no end of it. */
  private async query({ kind, mchNo, appId, mchOrderNo }: OrderIdentity): Promise<QueriedOrder | undefined> {
    const options = { merchant: { mchNo, appId } };
    try {
      if (kind === 'transfer') {
        const transfer = await this.transfers.find({ mchOrderNo }, options);
        return { data: transfer, isFinal: isEnded(kind, transfer.state), needsAttention: transfer.needsAttention };
      }
      const order = await this.payments.find({ mchOrderNo }, options);
      return { data: order, isFinal: isEnded(kind, order.state) };
    } catch (error) {
      if (error instanceof Pass2PayApiError && ORDER_NOT_FOUND.test(error.gatewayMessage)) return undefined;
      throw error;
    }
  }

  /** Made when it is first needed: room for all of them takes 15 ms of a start on a slow machine. */
  private get postponed(): LRUCache<string, Postponed> {
    this.waiting ??= new LRUCache({ max: MAX_POSTPONED });
    return this.waiting;
  }

  private postpone(order: NamedOrder, needsAttention = false): void {
    const { everyMs, maxDelayMs } = this.options.reconcile;
    const key = this.keyOf(order);
    const times = (this.postponed.get(key)?.times ?? 0) + 1;
    const delayMs = needsAttention ? NEEDS_ATTENTION_MS : Math.min(everyMs * 2 ** (times - 1), maxDelayMs);
    this.postponed.set(key, { times, until: Date.now() + delayMs, needsAttention });
  }

  /** With more than one merchant, each entry names its own. */
  private keyOf(entry: PendingEntry): string {
    if (entry instanceof Pass2PayMerchantOrdersError) return entry.message;
    const { kind, mchOrderNo, merchant } = entry;
    return orderKey({ kind, mchNo: merchant?.mchNo ?? this.merchants.onlyMchNo ?? '', mchOrderNo });
  }
}

function isEnded(kind: OrderIdentity['kind'], state: number): boolean {
  return kind === 'payment' ? isFinal(state) : isFinalTransfer(state);
}
