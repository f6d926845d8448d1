import timers from 'node:timers/promises';
import { DueOrders, type Finding, type TakeDue } from '../../outcomes/due-orders.js';
import { outcomeEvent } from '../../outcomes/outcome.js';
import type { ResolvedOutcomesOptions } from '../../outcomes/outcomes.options.js';
import type { NamedOrder } from '../../outcomes/read-merchant-orders.js';
import type { OrderIdentity } from '../../protocol/order-identity.js';
import { isDocumentedState } from '../../protocol/state-order.js';
import type { FleetRate } from './fleet-rate.js';
import { inTransaction } from '../transaction/in-transaction.js';
import { rerun } from '../transaction/rerun.js';
import { differencesFrom } from '../outcomes/judgement.js';
import { lookAgainAt, type KnownMerchants } from '../known-merchants.js';
import { DAY_MS, isRechecked, nextAttentionCheck, nextPaidCheck, waitAfter } from './next-check.js';
import { isEnded, type CheckedOrder, type OrderChecks } from './order-checks.js';
import { isUnknown } from './order-row.js';
import type { SqlDatabase, SqlLimits, SqlTransaction } from '../sql-database.js';
import { unknownEnded } from './unknown-ended.js';

/** Maximum number of queries of a process that are running or waiting for their slots. */
const AT_ONCE = 20;

/** Lease of an order from its slot on, in ms; then another process takes over. */
const LEASE_MS = 120_000;

/** Maximum lateness of a query for its slot, in ms; after that, the slot is lost. */
const LATE_MS = 1_000;

/**
 * Minimum distance between two queries of a process, as a fraction of the rate's interval, so that they can catch up
 * after a late one.
 */
const LEAST_GAP = 0.9;

/** Assumed lifetime of an order if unknown, in ms. */
const EXPIRES_AFTER_MS = 7_200_000;

/** The clock of a process. */
export interface ProcessClock {
  /** In ms since 1970. */
  now(): number;
  /** Resolves after this many ms, or immediately when the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** From 0 to 1. */
  random: () => number;
}

const OWN_CLOCK: ProcessClock = {
  now: () => Date.now(),
  wait: (ms, signal) =>
    timers.setTimeout(ms, undefined, { ref: false, signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    }),
  random: Math.random,
};

interface Parts {
  database: SqlDatabase;
  checks: OrderChecks;
  rate: FleetRate;
  merchants: KnownMerchants;
}

/** An order that this process has taken. */
class TakenOrder implements NamedOrder {
  constructor(
    readonly row: CheckedOrder,
    /** When to query it, in ms since 1970. */
    readonly at: number,
    /** End of the lease, in ms since 1970; also identifies this process's take of the row. */
    readonly until: number,
  ) {}

  get kind(): NamedOrder['kind'] {
    return this.row.kind;
  }

  get mchOrderNo(): string {
    return this.row.mchOrderNo;
  }

  get merchant(): { mchNo: string; appId: string } {
    return { mchNo: this.row.mchNo, appId: this.row.appId };
  }
}

/** The table's orders without a final state. All processes of an instance share them and the query rate. */
export class SharedOrders extends DueOrders {
  override readonly areThere = true;
  override readonly atOnce = AT_ONCE;
  private readonly stopping = new AbortController();
  /** The turns of this process, in sequence. */
  private line: Promise<unknown> = Promise.resolve();
  private lastTurnAt = -Infinity;
  /** Offset of the database's clock from this process's, in ms. */
  private aheadMs = 0;

  constructor(
    private readonly parts: Parts,
    private readonly options: SqlLimits & Pick<ResolvedOutcomesOptions, 'reconcile'>,
    private readonly clock: ProcessClock = OWN_CLOCK,
  ) {
    super();
  }

  /** @throws what the database throws when orders are taken. */
  override sweep(): TakeDue {
    return (most) => this.take(most);
  }

  /** It becomes the most overdue one, so the process with the next free slot takes it. */
  override async takeNamed(order: OrderIdentity): Promise<NamedOrder | undefined> {
    const now = this.now();
    const row = await this.parts.checks.find(order);
    if (row?.nextCheckAt === undefined || isEnded(row)) return undefined;
    if (row.attentionAt !== undefined || isBeingMade(row, now)) return undefined;
    await this.parts.checks.putFirst(order, now);
    const { orders } = await this.takeOnce(1);
    return (await this.withoutStrangers(orders))[0];
  }

  /** At its slot. */
  override async turn(order: NamedOrder): Promise<boolean> {
    if (!(order instanceof TakenOrder)) return true;
    const turn = this.line.then(() => this.isInTime(order));
    this.line = turn.catch(() => {});
    if (await turn) return true;
    const { row, until } = order;
    await this.parts.checks.putBack(row, until, row.nextCheckAt ?? this.now());
    return false;
  }

  override async noteAttention(order: OrderIdentity): Promise<boolean> {
    return this.parts.checks.noteAttention(order, this.now());
  }

  override async settle(
    order: NamedOrder,
    finding: Finding,
    identity?: OrderIdentity,
  ): Promise<'never-made' | undefined> {
    const taken = order instanceof TakenOrder ? order : undefined;
    const row = taken?.row ?? (identity && (await this.parts.checks.find(identity)));
    if (row === undefined) return undefined;
    if (finding.result === 'not-found' && (await this.isNeverMade(row))) return 'never-made';
    await this.keepFound(row, finding);
    if (taken === undefined) return undefined;
    const next = await this.nextCheck(row, finding);
    if (next !== undefined) await this.parts.checks.lookAgain(row, taken.until, next);
    return undefined;
  }

  override stop(): void {
    this.stopping.abort();
  }

  /** By the database's clock at the last take, so that all processes use the same clock. */
  private now(): number {
    return this.clock.now() + this.aheadMs;
  }

  /** If orders are due and the rate is used up, waits for a free slot. */
  private async take(most: number): Promise<TakenOrder[]> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const { orders, freeInMs } = await this.takeOnce(most);
      const own = await this.withoutStrangers(orders);
      if (own.length > 0) return own;
      if (orders.length > 0) continue;
      if (freeInMs === 0) return [];
      await this.clock.wait(freeInMs, signal);
    }
    return [];
  }

  /** One short transaction; no lock is held during the query. */
  private async takeOnce(most: number): Promise<{ orders: TakenOrder[]; freeInMs: number }> {
    const { database, rate } = this.parts;
    return rerun(async () => {
      await rate.prepare(database);
      return inTransaction(database, this.options, (transaction) => this.takeIn(transaction, most));
    });
  }

  private async takeIn(transaction: SqlTransaction, most: number): Promise<{ orders: TakenOrder[]; freeInMs: number }> {
    const { checks, rate, merchants } = this.parts;
    const { mchNos } = merchants;
    const free = await rate.lock(transaction);
    const { now } = free;
    this.aheadMs = now - this.clock.now();
    if (free.count === 0) {
      await rate.use(transaction, free, 0);
      return { orders: [], freeInMs: (await checks.isAnyDue(transaction, mchNos, now)) ? free.freeInMs : 0 };
    }
    const at = (index: number) => free.firstAt + index * rate.intervalMs;
    let until = 0;
    const rows = await checks.take(transaction, {
      mchNos,
      now,
      most: Math.min(most, free.count),
      until: (count) => (until = Math.ceil(at(count - 1)) + LEASE_MS),
    });
    await rate.use(transaction, free, rows.length);
    return { orders: rows.map((row, index) => new TakenOrder(row, at(index), until)), freeInMs: 0 };
  }

  /** Releases orders whose merchants this process does not know. */
  private async withoutStrangers(orders: readonly TakenOrder[]): Promise<TakenOrder[]> {
    const own: TakenOrder[] = [];
    for (const order of orders) {
      const { row, until } = order;
      if ((await this.parts.merchants.whyStranger(row)) === undefined) own.push(order);
      else await this.parts.checks.putBack(row, until, lookAgainAt(row.createdAt, this.now()));
    }
    return own;
  }

  /** Waits for its slot, with a minimum distance from the previous turn, which may have been late. */
  private async isInTime({ at }: TakenOrder): Promise<boolean> {
    const { signal } = this.stopping;
    const turnAt = Math.max(at, this.lastTurnAt + this.parts.rate.intervalMs * LEAST_GAP);
    const waitMs = turnAt - this.now();
    if (waitMs > 0) await this.clock.wait(Math.ceil(waitMs), signal);
    const now = this.now();
    if (signal.aborted || now > at + LATE_MS) return false;
    this.lastTurnAt = now;
    return true;
  }

  /** A create may take time, and the gateway may know it later. */
  private async isNeverMade(row: CheckedOrder): Promise<boolean> {
    const now = this.now();
    const endsAt = (row.expiresAt ?? row.createdAt + EXPIRES_AFTER_MS) + DAY_MS;
    if (now < endsAt || !(await this.parts.checks.neverMade(row, now))) return false;
    unknownEnded(row, 'never-made');
    return true;
  }

  private async keepFound(row: CheckedOrder, { queried }: Finding): Promise<void> {
    if (queried === undefined || queried.isFinal) return;
    // At the gateway, the number belongs to another order; once that has ended, it is reported as a mismatch.
    if (differencesFrom(row, outcomeEvent(queried.data, 'query')).length > 0) return;
    const { checks } = this.parts;
    if (row.status !== 'created' && (await checks.exists(row, queried, this.now())) && isUnknown(row)) {
      unknownEnded(row, 'query');
    }
    if (row.gatewayState !== queried.data.state || row.gatewayId === undefined) await checks.found(row, queried);
  }

  /** In ms since 1970; null: never; undefined: already set when the event was applied or stored. */
  private async nextCheck(row: CheckedOrder, { result, queried }: Finding): Promise<number | null | undefined> {
    const { random } = this.clock;
    const now = this.now();
    switch (result) {
      case 'applied':
      case 'queued':
        return undefined;
      case 'needs-attention':
        return nextAttentionCheck(row.attentionAt ?? now, now, random);
      case 'mismatch':
        return this.afterMismatch(row, queried);
      case 'duplicate':
      case 'stale':
        return this.afterPaid(row);
      default: {
        const next = now + waitAfter(row.checks + 1, this.options.reconcile, random);
        return queried === undefined ? next : Math.max(next, row.createdAt + this.options.reconcile.afterMs);
      }
    }
  }

  /** Its handlers have run. An undocumented state may still change. */
  private async afterMismatch(row: CheckedOrder, queried: Finding['queried']): Promise<number | null> {
    const now = this.now();
    if (queried === undefined || isDocumentedState(row.kind, queried.data.state)) return null;
    await this.parts.checks.noteAttention(row, now);
    return nextAttentionCheck(row.attentionAt ?? now, now, this.clock.random);
  }

  /** The operator may refund it. */
  private async afterPaid(row: CheckedOrder): Promise<number | null> {
    const days = this.options.reconcile.recheckPaidDays;
    if (days === 0 || row.lastApplied === undefined || !isRechecked(row.kind, row.lastApplied)) return null;
    const paidAt = await this.parts.checks.paidAt(row);
    return paidAt === undefined ? null : nextPaidCheck(paidAt, days, this.now(), this.clock.random);
  }
}

function isBeingMade({ status, creatingUntil }: CheckedOrder, now: number): boolean {
  return status === 'creating' || (creatingUntil !== undefined && creatingUntil > now);
}
