import { ServiceUnavailableException } from '@nestjs/common';
import { describedOrder } from '../protocol/order-identity.js';
import { identityOf, type OutcomeEvent } from './outcome.js';

/** For an event whose order is being handled: it is to come again. */
export function busy(event: OutcomeEvent): ServiceUnavailableException {
  return new ServiceUnavailableException(
    `Another event of ${describedOrder(identityOf(event))} is being handled; send it again later.`,
  );
}
