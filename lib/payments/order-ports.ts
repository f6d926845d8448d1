import type { CreatePorts } from '../client/order-store.js';
import type { PaymentEvent } from './payment-event.js';

/** Receives the final state of a create that ends at once. */
export interface OutcomeSink<Event> {
  /**
   * Receives the queried order; the create waits for it. If it throws, the create's result does not change and a
   * warning is logged: the notify or the next query will report the same state.
   */
  deliver(event: Event): Promise<unknown>;
}

/** The ports of payment creates, all optional. */
export interface OrderPorts extends CreatePorts {
  sink?: OutcomeSink<PaymentEvent>;
}
