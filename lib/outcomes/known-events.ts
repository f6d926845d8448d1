import { Inject, Injectable } from '@nestjs/common';
import type { PaymentNotification } from '../payments/payment-notification.js';
import { classify } from '../protocol/state-order.js';
import type { TransferNotification } from '../transfers/transfer-notification.js';
import type { RepetitionCheck } from '../verification/repetition-check.js';
import { busy } from './busy.js';
import { INBOX, type Inbox } from './inbox.js';
import { OrderTurns } from './order-turns.js';
import { outcomeEvent, subjectKey, type OutcomeEvent } from './outcome.js';

/** Tells repetitions from news by what the inbox remembers: one read, and nobody else is asked. */
@Injectable()
export class KnownEvents implements RepetitionCheck {
  /** Repetitions that were let in without a query: they must stay repetitions, whatever the inbox has forgotten since. */
  private readonly repetitions = new WeakMap<object, 'duplicate' | 'stale'>();

  constructor(
    @Inject(INBOX) private readonly inbox: Inbox,
    private readonly turns: OrderTurns,
  ) {}

  /** @throws ServiceUnavailableException where the order is being handled, and no more deliveries of it can wait. */
  async isRepetition(notification: PaymentNotification | TransferNotification): Promise<boolean> {
    const event = outcomeEvent(notification, 'notify');
    if (this.turns.isFull(subjectKey(event))) throw busy(event);
    const value = await this.classify(event);
    if (value === 'new') return false;
    this.repetitions.set(notification, value);
    return true;
  }

  /** What the notification was recognised as when it was let in; undefined where it was not. */
  recognisedAs({ data }: OutcomeEvent): 'duplicate' | 'stale' | undefined {
    return this.repetitions.get(data);
  }

  async classify(event: OutcomeEvent): Promise<'new' | 'duplicate' | 'stale'> {
    return classify(event.kind, event.data.state, await this.inbox.recall(subjectKey(event)));
  }
}
