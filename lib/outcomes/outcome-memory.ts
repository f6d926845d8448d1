import { orderKey, type OrderIdentity } from '../protocol/order-identity.js';
import type { Inbox, Remembered } from './inbox.js';

/** What is remembered of orders and transfers, by the inbox or by the database; reading it claims nothing. */
export abstract class OutcomeMemory {
  /** @throws what the store throws. */
  abstract recall(order: OrderIdentity): Promise<Remembered>;
}

export class InboxMemory extends OutcomeMemory {
  constructor(private readonly inbox: Inbox) {
    super();
  }

  override recall(order: OrderIdentity): Promise<Remembered> {
    return this.inbox.recall(orderKey(order));
  }
}
