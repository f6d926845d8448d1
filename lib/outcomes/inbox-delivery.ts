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

/** Delay before retrying a claim that another process holds, in ms; doubles each time. */
const FIRST_POLL_MS = 100;
const LAST_POLL_MS = 1_000;

/** What is known about an order while its claim is held. */
interface Standing extends Remembered {
  lastState: number | undefined;
}

/** Delivers each event to its handlers once, based on an `Inbox`: recall → match → claim → handlers → complete. */
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
      this.logger.warn(`The lease of ${subject} could not be extended: ${messageOf(error)}`);
    });
  }

  /**
   * @throws what a handler throws: the event is then not applied and must be redelivered.
   * @throws ServiceUnavailableException when the order is being processed elsewhere for longer than the options allow a
   * delivery to wait, and for a mismatch without a handler.
   * @throws Pass2PayMerchantOrdersError when `merchantOrders` fails or returns a value that cannot be compared.
   * @throws Pass2PayConfigError when a handler has `{ after: 'commit' }`.
   */
  override deliver(event: OutcomeEvent): Promise<DeliveryResult> {
    return ObservedDelivery.run(event, (observed) => this.deliverInTurn(event, observed));
  }

  private async deliverInTurn(event: OutcomeEvent, observed: ObservedDelivery): Promise<DeliveryResult> {
    const recognised = this.known.recognisedAs(event);
    if (recognised !== undefined) return recognised;
    // Refused at the start, but a lazily loaded module may have one.
    this.handlers.refuseAfterCommit();
    const { busyWaitMs } = this.options.outcomes;
    const giveUpAt = Date.now() + busyWaitMs;
    try {
      return await this.turns.run(subjectKey(event), busyWaitMs, () => this.deliverOnce(event, observed, giveUpAt));
    } catch (error) {
      throw error instanceof NoTurn ? busy(event) : error;
    }
  }

  /** The inbox is read first, so that a redelivery needs neither the merchant's order nor a claim. */
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
        this.logger.error(`${error.message}. The event is not acknowledged and will be redelivered.`);
      }
      throw error;
    }
  }

  /** @throws ServiceUnavailableException when there is no handler, because an acknowledged mismatch would be lost. */
  private async report(mismatch: Mismatch): Promise<void> {
    const isTaken = await this.handlers.tell(mismatch, 'it is not acknowledged. Add a handler that stores it.');
    if (!isTaken) throw new ServiceUnavailableException('The event does not match, and there is no handler for it.');
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
      this.logger.warn(`The handlers of ${facts.idempotencyKey} took longer than their lease and may run again.`);
    }
  }

  /**
   * Runs the handlers while extending the lease. If they fail, releases the claim and stores the gateway state, so that
   * a late success is still late when it is redelivered.
   */
  private async holding(claim: Claim, gatewayState: number | undefined, work: () => Promise<void>): Promise<void> {
    this.leases.hold(claim);
    try {
      await work();
    } catch (error) {
      // The handler's error matters more than an unreachable store; the lease ends by itself.
      await this.inbox.release(claim, gatewayState).catch((failure: unknown) => {
        this.logger.warn(`The claim of ${claim.subject} could not be released: ${messageOf(failure)}`);
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
