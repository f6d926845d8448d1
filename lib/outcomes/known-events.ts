import { Injectable } from '@nestjs/common';
import type { PaymentNotification } from '../payments/payment-notification.js';
import { classify } from '../protocol/state-order.js';
import type { TransferNotification } from '../transfers/transfer-notification.js';
import type { RepetitionCheck } from '../verification/repetition-check.js';
import { busy } from './busy.js';
import { NoTurn, OrderTurns } from './order-turns.js';
import { OutcomeMemory } from './outcome-memory.js';
import { identityOf, outcomeEvent, subjectKey, type OutcomeEvent } from './outcome.js';

/**
 * How long a notify waits while another one of its order is confirmed, in ms. The gateway waits 20 s for the response.
 */
const CONFIRM_WAIT_MS = 5_000;

/** Recognises redeliveries from what is stored about the order, with a single read. */
@Injectable()
export class KnownEvents implements RepetitionCheck {
  /**
   * Redeliveries that were accepted without a query; they stay redeliveries even if the store has lost the order since.
   */
  private readonly repetitions = new WeakMap<object, 'duplicate' | 'stale'>();
  private readonly confirmations = new OrderTurns();

  constructor(
    private readonly memory: OutcomeMemory,
    private readonly turns: OrderTurns,
  ) {}

  /** @throws ServiceUnavailableException when too many notifies of the order are being confirmed or processed. */
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

  /** How the notification was recognised on arrival; undefined if it was not. */
  recognisedAs({ data }: OutcomeEvent): 'duplicate' | 'stale' | undefined {
    return this.repetitions.get(data);
  }

  async classify(event: OutcomeEvent): Promise<'new' | 'duplicate' | 'stale'> {
    return classify(event.kind, event.data.state, await this.memory.recall(identityOf(event)));
  }
}
