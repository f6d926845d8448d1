import timers from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { Pass2PayMerchantOrdersError } from '../errors/pass2pay.errors.js';
import type { MerchantDirectory } from '../merchants/merchant-directory.js';
import { orderKey, type OrderIdentity } from '../protocol/order-identity.js';
import { isFinalState } from '../protocol/state-order.js';
import { DueOrders, type Finding, type TakeDue } from './due-orders.js';
import type { MerchantOrders } from './merchant-orders.js';
import type { OutcomeMemory } from './outcome-memory.js';
import type { ResolvedOutcomesOptions } from './outcomes.options.js';
import {
  findOwnOrder,
  readPendingOrders,
  type MerchantOrdersWithPending,
  type NamedOrder,
  type PendingEntry,
} from './read-merchant-orders.js';
import { upTo } from './up-to.js';

interface Postponed {
  /** Number of queries without a final state. */
  times: number;
  /** In ms since 1970. */
  until: number;
  /** Whether it was reported as a transfer that needs attention. */
  needsAttention: boolean;
}

/** Maximum number of remembered delays; a forgotten order is queried earlier. */
const MAX_POSTPONED = 100_000;

/** Delay between queries of a transfer that needs attention, in ms; it does not continue by itself. */
const NEEDS_ATTENTION_MS = 86_400_000;

/** The orders that `MerchantOrders` returns as pending. This process remembers when to check each next. */
export class PendingOrders extends DueOrders {
  /** Sequential, because the rate applies to this process. */
  override readonly atOnce = 1;
  private readonly postponed = new LRUCache<string, Postponed>(upTo(MAX_POSTPONED));
  /** The number of pending orders that the last sweep has passed; the next sweep starts there. */
  private position = 0;
  /** The position of the current sweep. */
  private atHand: NamedOrder | undefined;
  /** When the next query may be made, in ms since 1970. */
  private nextQueryAt = 0;
  private readonly stopping = new AbortController();

  constructor(
    private readonly memory: OutcomeMemory,
    private readonly merchants: MerchantDirectory,
    private readonly options: Pick<ResolvedOutcomesOptions, 'merchantOrders' | 'reconcile'>,
  ) {
    super();
  }

  override get areThere(): boolean {
    return this.merchantOrders !== undefined;
  }

  /** @throws Pass2PayMerchantOrdersError, when orders are taken, if `MerchantOrders.pending` fails. */
  override sweep(): TakeDue {
    const { merchantOrders } = this;
    if (merchantOrders === undefined) return async () => [];
    const round = this.round(merchantOrders);
    return async () => {
      const next = await round.next();
      return next.done === true ? [] : [next.value];
    };
  }

  override async takeNamed(order: OrderIdentity): Promise<NamedOrder | undefined> {
    const { merchantOrders } = this;
    if (merchantOrders === undefined || !(await this.isPending(merchantOrders, order))) return undefined;
    const { kind, mchNo, appId, mchOrderNo } = order;
    return { kind, mchOrderNo, merchant: { mchNo, appId } };
  }

  /** At the configured rate. */
  override async turn(): Promise<boolean> {
    const now = Date.now();
    const at = Math.max(now, this.nextQueryAt);
    this.nextQueryAt = at + 60_000 / this.options.reconcile.perMinute;
    const { signal } = this.stopping;
    if (at > now) {
      await timers.setTimeout(at - now, undefined, { ref: false, signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
    return !signal.aborted;
  }

  override async noteAttention(order: OrderIdentity): Promise<boolean> {
    const key = orderKey(order);
    const { times = 0, until = 0, needsAttention = false } = this.postponed.get(key) ?? {};
    this.postponed.set(key, { times, until, needsAttention: true });
    return !needsAttention;
  }

  /** While it is pending, it is queried with growing delays. */
  override async settle(order: NamedOrder, { result }: Finding): Promise<undefined> {
    if (order !== this.atHand) return;
    if (result === 'applied') this.postponed.delete(this.keyOf(order));
    else this.postpone(order, result === 'needs-attention');
    const isGone = result === 'applied' || result === 'queued';
    if (!isGone) this.position++;
  }

  override stop(): void {
    this.stopping.abort();
  }

  private get merchantOrders(): MerchantOrdersWithPending | undefined {
    // Checked at the start.
    return this.options.merchantOrders as MerchantOrdersWithPending | undefined;
  }

  /** Cycles through the pending orders, so that orders which never end do not block others. */
  private async *round(merchantOrders: MerchantOrdersWithPending): AsyncGenerator<PendingEntry, void> {
    const { afterMs, batchSize } = this.options.reconcile;
    const before = new Date(Date.now() - afterMs);
    const isMchNoRequired = this.merchants.onlyMchNo === undefined;
    let hasTurned = this.position === 0;
    let lastFirst: string | undefined;
    for (;;) {
      const page = await readPendingOrders(merchantOrders, [before, batchSize, this.position], { isMchNoRequired });
      const first = page[0] && this.keyOf(page[0]);
      // `pending` ignores `skip`, or still returns what is in the queue.
      if (first !== undefined && first === lastFirst) return;
      lastFirst = first;
      yield* this.due(page);
      if (page.length >= batchSize) continue;
      this.position = 0;
      if (hasTurned) return;
      hasTurned = true;
    }
  }

  private *due(page: readonly PendingEntry[]): Generator<PendingEntry, void> {
    for (const entry of page) {
      const isUnreadable = entry instanceof Pass2PayMerchantOrdersError;
      if (!isUnreadable && (this.postponed.get(this.keyOf(entry))?.until ?? 0) <= Date.now()) {
        this.atHand = entry;
        yield entry;
        continue;
      }
      this.position++;
      if (isUnreadable) yield entry;
    }
  }

  /** Whether it is an order of the merchant without a final state. */
  private async isPending(merchantOrders: MerchantOrders, order: OrderIdentity): Promise<boolean> {
    const isMchNoRequired = this.merchants.onlyMchNo === undefined;
    const own = await findOwnOrder(merchantOrders, order, { isMchNoRequired });
    if (own === undefined || this.postponed.get(orderKey(order))?.needsAttention) return false;
    const { lastApplied } = await this.memory.recall(order);
    return [own.lastState, lastApplied].every((state) => state === undefined || !isFinalState(order.kind, state));
  }

  private postpone(order: NamedOrder, needsAttention: boolean): void {
    const { everyMs, maxDelayMs } = this.options.reconcile;
    const key = this.keyOf(order);
    const times = (this.postponed.get(key)?.times ?? 0) + 1;
    const delayMs = needsAttention ? NEEDS_ATTENTION_MS : Math.min(everyMs * 2 ** (times - 1), maxDelayMs);
    this.postponed.set(key, { times, until: Date.now() + delayMs, needsAttention });
  }

  /** With several merchants, each entry contains its merchant. */
  private keyOf(entry: PendingEntry): string {
    if (entry instanceof Pass2PayMerchantOrdersError) return entry.message;
    const { kind, mchOrderNo, merchant } = entry;
    return orderKey({ kind, mchNo: merchant?.mchNo ?? this.merchants.onlyMchNo ?? '', mchOrderNo });
  }
}
