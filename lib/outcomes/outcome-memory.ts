import { orderKey, type OrderIdentity } from '../protocol/order-identity.js';
import type { Inbox, Remembered } from './inbox.js';

/** What the inbox or the database stores about orders and transfers, read without a claim. */
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
