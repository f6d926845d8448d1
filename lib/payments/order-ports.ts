import type { CreatePorts } from '../client/order-store.js';
import type { PaymentEvent } from './payment-event.js';

/** Where a create whose response says a final state hands it on, as the first that knows. */
export interface OutcomeSink<Event> {
  /**
   * Takes what a query says of the order; the create waits for it. Where it throws, the create ends as it would have, with
   * a warning: the notify, or the next query, says the same again.
   */
  deliver(event: Event): Promise<unknown>;
}

/** Whom creates of payment orders tell; each may be left out. */
export interface OrderPorts extends CreatePorts {
  sink?: OutcomeSink<PaymentEvent>;
}
