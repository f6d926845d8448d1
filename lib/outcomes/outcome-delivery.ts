import { Inject, Injectable, Logger, ServiceUnavailableException } from '@nestjs/common';
import timers from 'node:timers/promises';
import type { ResolvedOptions } from '../pass2pay.options.js';
import { RESOLVED_OPTIONS } from '../pass2pay.tokens.js';
import { observeHandler, ObservedDelivery } from '../telemetry/outcome-telemetry.js';
import { HandlerRegistry, type OutcomeHandler } from './handler-registry.js';
import { LeaseKeeper } from './lease-keeper.js';
import { OutcomeBinding, type Mismatch } from './outcome-binding.js';
import { OUTCOME_STORE, type Claim, type ClaimResult, type OutcomeStore } from './outcome-store.js';
import { outcomeKey, PaymentOutcome, subjectKey, TransferOutcome, type News } from './outcome.js';
import { worth } from '../protocol/state-order.js';

/** What became of news: handled now, handled before, older than what was handled, or not about the merchant's order. */
export type DeliveryResult = 'delivered' | 'duplicate' | 'stale' | 'mismatch';

/** How often a claim that another one holds is tried again, in ms. */
const BUSY_POLL_MS = 100;

/** Brings news to its handlers once: bind → claim → handlers → commit. */
@Injectable()
export class OutcomeDelivery {
  private readonly logger = new Logger('Pass2PayOutcome');
  private readonly leases: LeaseKeeper;

  constructor(
    private readonly handlers: HandlerRegistry,
    private readonly binding: OutcomeBinding,
    @Inject(OUTCOME_STORE) private readonly store: OutcomeStore,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {
    this.leases = new LeaseKeeper(store, options.outcomes.leaseMs, ({ subject }, error) => {
      this.logger.warn(`The lease of ${subject} could not be prolonged: ${messageOf(error)}`);
    });
  }

  /**
   * @throws what a handler throws: the news then counts as not handled, and is to come again.
   * @throws ServiceUnavailableException when the order book does not know the order, or while the same order is handled
   * elsewhere for longer than the options let a delivery wait.
   */
  async deliver(news: News): Promise<DeliveryResult> {
    return ObservedDelivery.run(news, (observed) => this.deliverOnce(news, observed));
  }

  private async deliverOnce(news: News, observed: ObservedDelivery): Promise<DeliveryResult> {
    const mismatch = await this.binding.mismatch(news);
    if (mismatch !== undefined) return this.report(mismatch);
    const { claim, delivered } = await this.claim(news);
    const value = worth(news, delivered);
    if (value === 'duplicate' || value === 'stale') {
      await this.store.release(claim);
      return value;
    }
    if (value === 'late') observed.late();
    await this.holding(claim, () => this.handle(news, value === 'late'));
    const isStillHeld = await this.store.complete(claim, news.about.state);
    if (!isStillHeld) {
      this.logger.warn(`The handlers of ${outcomeKey(news)} took longer than their lease: they may run once more.`);
    }
    return 'delivered';
  }

  private async claim(news: News): Promise<Extract<ClaimResult, { status: 'claimed' }>> {
    const { leaseMs, busyWaitMs } = this.options.outcomes;
    const giveUpAt = Date.now() + busyWaitMs;
    for (;;) {
      const result = await this.store.claim(subjectKey(news), leaseMs);
      if (result.status === 'claimed') return result;
      if (Date.now() + BUSY_POLL_MS > giveUpAt) {
        throw new ServiceUnavailableException(
          `News of ${news.about.mchOrderNo} is being handled; send it again later.`,
        );
      }
      await timers.setTimeout(BUSY_POLL_MS);
    }
  }

  /** Runs the handlers while the lease is kept alive; gives the claim back where they fail. */
  private async holding(claim: Claim, work: () => Promise<void>): Promise<void> {
    this.leases.hold(claim);
    try {
      await work();
    } catch (error) {
      // What the handler said matters more than a store that is away: the lease ends by itself.
      await this.store.release(claim).catch((failure: unknown) => {
        this.logger.warn(`The claim of ${claim.subject} could not be given back: ${messageOf(failure)}`);
      });
      throw error;
    } finally {
      this.leases.letGo(claim);
    }
  }

  /** One after the other: the next handler may count on what the one before has done. */
  private async handle(news: News, late: boolean): Promise<void> {
    const added = { late, outcomeKey: outcomeKey(news) };
    const outcome =
      news.kind === 'payment'
        ? Object.assign(new PaymentOutcome(), news.about, added)
        : Object.assign(new TransferOutcome(), news.about, added);
    for (const handler of this.handlers.forState(news.kind, news.about.state)) await this.run(handler, outcome, news);
  }

  private async report(mismatch: Mismatch): Promise<'mismatch'> {
    const { news, differences } = mismatch;
    this.logger.error(
      `News of ${news.kind} ${news.about.mchOrderNo} is not about the own order: ${differences.join('; ')}`,
    );
    for (const handler of this.handlers.ofKind('mismatch')) await this.run(handler, mismatch, news);
    return 'mismatch';
  }

  private async run(handler: OutcomeHandler, argument: unknown, { kind, about }: News): Promise<void> {
    try {
      await observeHandler(handler.name, () => handler.handle(argument));
    } catch (error) {
      // Nest logs no HTTP exception, and the gateway gives up after six tries: here is the trace of it.
      this.logger.error(
        `${handler.name} failed on ${kind} ${about.mchOrderNo}, state ${about.state}: ${messageOf(error)}`,
      );
      throw error;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
