import type { DeliveryResult, OutcomeEvent } from './outcome.js';

/** Brings events to their handlers once and in order. */
export abstract class OutcomeDelivery {
  /** @throws where the event counts as not handled, and is to come again. */
  abstract deliver(event: OutcomeEvent): Promise<DeliveryResult>;
}
