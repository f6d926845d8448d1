import { ServiceUnavailableException } from '@nestjs/common';
import { describedOrder } from '../protocol/order-identity.js';
import { identityOf, type OutcomeEvent } from './outcome.js';

/** The error for an event whose order is being processed: it must be redelivered. */
export function busy(event: OutcomeEvent): ServiceUnavailableException {
  return new ServiceUnavailableException(
    `Another event of ${describedOrder(identityOf(event))} is being processed; send it again later.`,
  );
}
