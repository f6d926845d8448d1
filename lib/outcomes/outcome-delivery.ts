import { Inject, Injectable, Logger, ServiceUnavailableException } from '@nestjs/common';
import { messageOf } from '../errors/message-of.js';
import timers from 'node:timers/promises';
import { OUTCOMES_OPTIONS, type ResolvedOutcomesOptions } from './outcomes.options.js';
import { observeHandler, ObservedDelivery } from '../telemetry/outcome-telemetry.js';
import { HandlerExplorer, type OutcomeHandler } from './handler-explorer.js';
import { LeaseKeeper } from './lease-keeper.js';
import { OrderMatcher, type Mismatch } from './order-matcher.js';
import { INBOX, type Claim, type ClaimResult, type Inbox } from './inbox.js';
import {
  idempotencyKey,
  PaymentOutcome,
  subjectKey,
  TransferOutcome,
  type DeliveryResult,
  type OutcomeEvent,
} from './outcome.js';
import { classify } from '../protocol/state-order.js';

/** How often a claim that another one holds is tried again, in ms. */
const BUSY_POLL_MS = 100;

/** Brings events to its handlers once: bind → claim → handlers → commit. */
@Injectable()
export class OutcomeDelivery {
  private readonly logger = new Logger('Pass2PayOutcome');
  private readonly leases: LeaseKeeper;

  constructor(
    private readonly handlers: HandlerExplorer,
    private readonly binding: OrderMatcher,
    @Inject(INBOX) private readonly store: Inbox,
    @Inject(OUTCOMES_OPTIONS) private readonly options: ResolvedOutcomesOptions,
  ) {
    this.leases = new LeaseKeeper(store, options.outcomes.leaseMs, ({ subject }, error) => {
      this.logger.warn(`The lease of ${subject} could not be prolonged: ${messageOf(error)}`);
    });
  }

  /**
   * @throws what a handler throws: the event then counts as not handled, and is to come again.
   * @throws ServiceUnavailableException while the same order is handled elsewhere for longer than the options let a
   * delivery wait.
   */
  async deliver(event: OutcomeEvent): Promise<DeliveryResult> {
    return ObservedDelivery.run(event, (observed) => this.deliverOnce(event, observed));
  }

  private async deliverOnce(event: OutcomeEvent, observed: ObservedDelivery): Promise<DeliveryResult> {
    const mismatch = await this.binding.mismatch(event);
    if (mismatch === 'unknown-order') return mismatch;
    if (mismatch !== undefined) return this.report(mismatch);
    const { claim, lastApplied } = await this.claim(event);
    const value = classify(event.kind, event.data.state, lastApplied);
    if (value === 'duplicate' || value === 'stale') {
      await this.store.release(claim);
      return value;
    }
    if (value === 'late') observed.late();
    await this.holding(claim, () => this.handle(event, value === 'late'));
    const isStillHeld = await this.store.complete(claim, event.data.state);
    if (!isStillHeld) {
      this.logger.warn(
        `The handlers of ${idempotencyKey(event)} took longer than their lease: they may run once more.`,
      );
    }
    return 'applied';
  }

  private async claim(event: OutcomeEvent): Promise<Extract<ClaimResult, { status: 'claimed' }>> {
    const { leaseMs, busyWaitMs } = this.options.outcomes;
    const giveUpAt = Date.now() + busyWaitMs;
    for (;;) {
      const result = await this.store.claim(subjectKey(event), leaseMs);
      if (result.status === 'claimed') return result;
      if (Date.now() + BUSY_POLL_MS > giveUpAt) {
        throw new ServiceUnavailableException(
          `Another event of ${event.data.mchOrderNo} is being handled; send it again later.`,
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
      this.leases.release(claim);
    }
  }

  /** One after the other: the next handler may count on what the one before has done. */
  private async handle(event: OutcomeEvent, late: boolean): Promise<void> {
    const added = { late, idempotencyKey: idempotencyKey(event) };
    const outcome =
      event.kind === 'payment'
        ? Object.assign(new PaymentOutcome(), event.data, added)
        : Object.assign(new TransferOutcome(), event.data, added);
    for (const handler of this.handlers.forState(event.kind, event.data.state)) await this.run(handler, outcome, event);
  }

  private async report(mismatch: Mismatch): Promise<'mismatch'> {
    const { event, differences } = mismatch;
    this.logger.error(
      `${event.kind} ${event.data.mchOrderNo} does not match the merchant's order: ${differences.join('; ')}`,
    );
    for (const handler of this.handlers.ofKind('mismatch')) await this.run(handler, mismatch, event);
    return 'mismatch';
  }

  private async run(handler: OutcomeHandler, argument: unknown, { kind, data }: OutcomeEvent): Promise<void> {
    try {
      await observeHandler(handler.name, () => handler.handle(argument));
    } catch (error) {
      // Nest logs no HTTP exception, and the gateway gives up after six tries: here is the trace of it.
      this.logger.error(
        `${handler.name} failed on ${kind} ${data.mchOrderNo}, state ${data.state}: ${messageOf(error)}`,
      );
      throw error;
    }
  }
}
