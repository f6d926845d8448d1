import { Inject, Injectable } from '@nestjs/common';
import type { PaymentOrder } from '../payments/payment-order.dto.js';
import type { Transfer } from '../transfers/transfer.dto.js';
import type { ResolvedOptions } from '../pass2pay.options.js';
import { RESOLVED_OPTIONS } from '../pass2pay.tokens.js';
import { OutcomeDelivery, type DeliveryResult } from './outcome-delivery.js';
import { newsOf, type News } from './outcome.js';

/** What became of news that was dispatched; `queued`: it is kept safely, and a worker delivers it. */
export type DispatchResult = DeliveryResult | 'queued';

/** The one way from news of an order or transfer, by notify or by query, to its handlers. */
@Injectable()
export class OutcomeDispatcher {
  constructor(
    private readonly delivery: OutcomeDelivery,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * Inline, hands the news to its handlers, and resolves when all of them have it: a notify may then be acknowledged.
   * In queue mode, resolves when the news is kept in the queue.
   *
   * @throws as `OutcomeDelivery.deliver` and the queue do: the news must then come again.
   */
  async dispatch(about: PaymentOrder | Transfer): Promise<DispatchResult> {
    return this.dispatchNews(newsOf(about));
  }

  /** As `dispatch`, for news that says where it comes from. */
  async dispatchNews(news: News): Promise<DispatchResult> {
    const { outcomeQueue } = this.options;
    if (outcomeQueue === undefined) return this.delivery.deliver(news);
    await outcomeQueue.add(news);
    return 'queued';
  }
}
