import { Inject, Injectable } from '@nestjs/common';
import type { PaymentOrder } from '../payments/payment-order.dto.js';
import type { Transfer } from '../transfers/transfer.dto.js';
import { KnownEvents } from './known-events.js';
import { OUTCOMES_OPTIONS, type ResolvedOutcomesOptions } from './outcomes.options.js';
import { OutcomeDelivery } from './outcome-delivery.js';
import { identityOf, outcomeEvent, type OutcomeEvent, type ProcessResult } from './outcome.js';
import { ProcessingWatches } from './processing-watch.js';
import { unlessUnknown } from './unless-unknown.js';

/** Processes events of orders and transfers, from notifies and queries. */
@Injectable()
export class OutcomeProcessor {
  constructor(
    private readonly delivery: OutcomeDelivery,
    private readonly known: KnownEvents,
    private readonly watches: ProcessingWatches,
    @Inject(OUTCOMES_OPTIONS) private readonly options: ResolvedOutcomesOptions,
  ) {}

  /**
   * In inline mode, passes the event to its handlers and resolves when all have succeeded; a notify may then be
   * acknowledged. In queue mode, resolves when the event is stored in the queue.
   *
   * @throws ServiceUnavailableException when no merchant order is found, so that the notify is not acknowledged.
   * @throws as `processEvent` does: the event must then be redelivered.
   */
  process(data: PaymentOrder | Transfer): Promise<Exclude<ProcessResult, 'unknown-order'>> {
    const event = outcomeEvent(data, 'notify');
    return this.watches.show(event, () => this.applyKnown(event));
  }

  /**
   * Same as `process`, for an event that is not from a notify; without a merchant order, the result is `unknown-order`.
   *
   * @throws as `OutcomeDelivery.deliver` and the queue do.
   */
  processEvent(event: OutcomeEvent): Promise<ProcessResult> {
    return this.watches.show(event, () => this.apply(event));
  }

  private async applyKnown(event: OutcomeEvent): Promise<Exclude<ProcessResult, 'unknown-order'>> {
    return unlessUnknown(await this.apply(event), identityOf(event));
  }

  private async apply(event: OutcomeEvent): Promise<ProcessResult> {
    const { outcomeQueue } = this.options;
    const isQueued = outcomeQueue !== undefined && this.known.recognisedAs(event) === undefined;
    if (!isQueued) return this.delivery.deliver(event);
    await outcomeQueue.add(event);
    return 'queued';
  }
}
