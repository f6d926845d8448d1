import { Injectable } from '@nestjs/common';
import type { PaymentNotification } from '../payments/payment-notification.js';
import { classify } from '../protocol/state-order.js';
import type { TransferNotification } from '../transfers/transfer-notification.js';
import type { RepetitionCheck } from '../verification/repetition-check.js';
import { busy } from './busy.js';
import { NoTurn, OrderTurns } from './order-turns.js';
import { OutcomeMemory } from './outcome-memory.js';
import { identityOf, outcomeEvent, subjectKey, type OutcomeEvent } from './outcome.js';

/** How long a notify waits while another one of its order is confirmed, in ms. The gateway waits 20 s for all of it. */
const CONFIRM_WAIT_MS = 5_000;

/** Tells repetitions from news by what is remembered of the order: one read, and nobody else is asked. */
@Injectable()
export class KnownEvents implements RepetitionCheck {
  /** Repetitions that were let in without a query: they must stay repetitions, whatever was forgotten since. */
  private readonly repetitions = new WeakMap<object, 'duplicate' | 'stale'>();
  private readonly confirmations = new OrderTurns();

  constructor(
    private readonly memory: OutcomeMemory,
    private readonly turns: OrderTurns,
  ) {}

  /** @throws ServiceUnavailableException where too many notifies of the order are confirmed or handled already. */
  async confirmInTurn<Told extends PaymentNotification | TransferNotification>(
    notification: Told,
    isAmbiguous: boolean,
    confirm: () => Promise<Told>,
  ): Promise<Told> {
    const event = outcomeEvent(notification, 'notify');
    const subject = subjectKey(event);
    try {
      return await this.confirmations.run(subject, CONFIRM_WAIT_MS, async () => {
        if (this.turns.isFull(subject)) throw new NoTurn();
        const value = isAmbiguous ? 'new' : await this.classify(event);
        if (value === 'new') return confirm();
        this.repetitions.set(notification, value);
        return notification;
      });
    } catch (error) {
      throw error instanceof NoTurn ? busy(event) : error;
    }
  }

  /** What the notification was recognised as when it was let in; undefined where it was not. */
  recognisedAs({ data }: OutcomeEvent): 'duplicate' | 'stale' | undefined {
    return this.repetitions.get(data);
  }

  async classify(event: OutcomeEvent): Promise<'new' | 'duplicate' | 'stale'> {
    return classify(event.kind, event.data.state, await this.memory.recall(identityOf(event)));
  }
}
