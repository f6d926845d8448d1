import type { DeliveryResult, OutcomeEvent } from './outcome.js';

/** Delivers events to their handlers once and in order. */
export abstract class OutcomeDelivery {
  /** @throws when the event was not applied and must be redelivered. */
  abstract deliver(event: OutcomeEvent): Promise<DeliveryResult>;
}
