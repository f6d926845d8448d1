import { Inject, Injectable, Logger, ServiceUnavailableException } from '@nestjs/common';
import timers from 'node:timers/promises';
import { messageOf } from '../errors/message-of.js';
import { Pass2PayMerchantOrdersError } from '../errors/pass2pay.errors.js';
import { classify, gatewayStateAfter, unpaidBefore } from '../protocol/state-order.js';
import { ObservedDelivery } from '../telemetry/outcome-telemetry.js';
import { busy } from './busy.js';
import { INBOX, type Claim, type ClaimResult, type Inbox, type Remembered } from './inbox.js';
import { KnownEvents } from './known-events.js';
import { LeaseKeeper } from './lease-keeper.js';
import { OrderMatcher, type Mismatch } from './order-matcher.js';
import { NoTurn, OrderTurns } from './order-turns.js';
import { OutcomeDelivery } from './outcome-delivery.js';
import { OutcomeHandlers } from './outcome-handlers.js';
import { OUTCOMES_OPTIONS, type ResolvedOutcomesOptions } from './outcomes.options.js';
import {
  confirmedState,
  idempotencyKey,
  subjectKey,
  type DeliveryResult,
  type OutcomeEvent,
  type OutcomeFacts,
} from './outcome.js';

/** How long to wait before a claim that another process holds is tried again, in ms: twice as long each time. */
const FIRST_POLL_MS = 100;
const LAST_POLL_MS = 1_000;

/** What is known of an order when its claim is held. */
interface Standing extends Remembered {
  lastState: number | undefined;
}

/** Brings events to their handlers once by the memory of an `Inbox`: recall → match → claim → handlers → complete. */
@Injectable()
export class InboxDelivery extends OutcomeDelivery {
  private readonly logger = new Logger('Pass2PayOutcome');
  private readonly leases: LeaseKeeper;

  constructor(
    private readonly handlers: OutcomeHandlers,
    private readonly matcher: OrderMatcher,
    private readonly known: KnownEvents,
    private readonly turns: OrderTurns,
    @Inject(INBOX) private readonly inbox: Inbox,
    @Inject(OUTCOMES_OPTIONS) private readonly options: ResolvedOutcomesOptions,
  ) {
    super();
    this.leases = new LeaseKeeper(inbox, options.outcomes.leaseMs, ({ subject }, error) => {
      this.logger.warn(`The lease of ${subject} could not be prolonged: ${messageOf(error)}`);
    });
  }

  /**
   * @throws what a handler throws: the event then counts as not handled, and is to come again.
   * @throws ServiceUnavailableException while the same order is handled elsewhere for longer than the options let a
   * delivery wait, and for a mismatch that no handler takes.
   * @throws Pass2PayMerchantOrdersError where `merchantOrders` fails, or gives what cannot be compared.
   * @throws Pass2PayConfigError when a handler is to run after the commit: there is none.
   */
  override deliver(event: OutcomeEvent): Promise<DeliveryResult> {
    return ObservedDelivery.run(event, (observed) => this.deliverInTurn(event, observed));
  }

  private async deliverInTurn(event: OutcomeEvent, observed: ObservedDelivery): Promise<DeliveryResult> {
    const recognised = this.known.recognisedAs(event);
    if (recognised !== undefined) return recognised;
    // The start has refused them; a module that was loaded lazily since may have one.
    this.handlers.refuseAfterCommit();
    const { busyWaitMs } = this.options.outcomes;
    const giveUpAt = Date.now() + busyWaitMs;
    try {
      return await this.turns.run(subjectKey(event), busyWaitMs, () => this.deliverOnce(event, observed, giveUpAt));
    } catch (error) {
      throw error instanceof NoTurn ? busy(event) : error;
    }
  }

  /** What is remembered comes first: a repetition costs neither a look at the merchant's orders nor a claim. */
  private async deliverOnce(
    event: OutcomeEvent,
    observed: ObservedDelivery,
    giveUpAt: number,
  ): Promise<DeliveryResult> {
    const { kind, data } = event;
    const known = await this.known.classify(event);
    if (known !== 'new') return known;
    const match = await this.match(event);
    if (match.result === 'unknown-order') return match.result;
    if (match.result === 'mismatch') {
      await this.report(match.mismatch);
      return match.result;
    }
    const { claim, lastApplied, gatewayState } = await this.claim(event, giveUpAt);
    const standing = { lastApplied, gatewayState, lastState: match.lastState };
    const value = classify(kind, data.state, standing);
    if (value !== 'new') {
      await this.inbox.release(claim);
      return value;
    }
    await this.apply(event, claim, standing, observed);
    return 'applied';
  }

  private async match(event: OutcomeEvent) {
    try {
      return await this.matcher.match(event);
    } catch (error) {
      if (error instanceof Pass2PayMerchantOrdersError) {
        this.logger.error(`${error.message}. The event is not acknowledged, and is to come again.`);
      }
      throw error;
    }
  }

  /** @throws ServiceUnavailableException where nobody takes it: acknowledged, it would be lost. */
  private async report(mismatch: Mismatch): Promise<void> {
    const isTaken = await this.handlers.tell(mismatch, 'it is not acknowledged: add one that stores it.');
    if (!isTaken) throw new ServiceUnavailableException('The event does not match, and no handler takes it.');
  }

  private async claim(event: OutcomeEvent, giveUpAt: number): Promise<Extract<ClaimResult, { status: 'claimed' }>> {
    for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(2 * waitMs, LAST_POLL_MS)) {
      const result = await this.inbox.claim(subjectKey(event), this.options.outcomes.leaseMs);
      if (result.status === 'claimed') return result;
      if (Date.now() + waitMs > giveUpAt) throw busy(event);
      await timers.setTimeout(waitMs);
    }
  }

  private async apply(
    event: OutcomeEvent,
    claim: Claim,
    standing: Standing,
    observed: ObservedDelivery,
  ): Promise<void> {
    const { kind, data } = event;
    const facts = factsOf(event, standing);
    if (facts.late) observed.late();
    const gatewayState = [data.state, confirmedState(event)].reduce<number | undefined>(
      (remembered, said) => gatewayStateAfter(kind, remembered, said),
      standing.gatewayState,
    );
    await this.holding(claim, gatewayState, () => this.handlers.handle(event, facts));
    const isStillHeld = await this.inbox.complete(claim, data.state, gatewayState);
    if (!isStillHeld) {
      this.logger.warn(`The handlers of ${facts.idempotencyKey} took longer than their lease: they may run once more.`);
    }
  }

  /**
   * Runs the handlers while the lease is kept alive. Where they fail, gives the claim back, and keeps what the gateway said:
   * a late success must still be late when it comes again.
   */
  private async holding(claim: Claim, gatewayState: number | undefined, work: () => Promise<void>): Promise<void> {
    this.leases.hold(claim);
    try {
      await work();
    } catch (error) {
      // What the handler said matters more than a store that is away: the lease ends by itself.
      await this.inbox.release(claim, gatewayState).catch((failure: unknown) => {
        this.logger.warn(`The claim of ${claim.subject} could not be given back: ${messageOf(failure)}`);
      });
      throw error;
    } finally {
      this.leases.release(claim);
    }
  }
}

function factsOf(event: OutcomeEvent, { lastApplied, gatewayState, lastState }: Standing): OutcomeFacts {
  const { kind, data, source } = event;
  const unpaid = unpaidBefore(kind, data.state, [confirmedState(event), gatewayState, lastApplied, lastState]);
  const previousState = lastApplied ?? lastState;
  return {
    late: unpaid !== undefined,
    ...(unpaid !== undefined && { gatewayState: unpaid }),
    ...(previousState !== undefined && { previousState }),
    adopted: false,
    replayed: false,
    source,
    idempotencyKey: idempotencyKey(event),
  };
}
