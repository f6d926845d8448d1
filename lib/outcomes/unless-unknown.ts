import { ServiceUnavailableException } from '@nestjs/common';
import { describedOrder, type OrderIdentity } from '../protocol/order-identity.js';

/**
 * The result, unless the event is of no order of the merchant: it is then to come again, since a notify can be faster
 * than the transaction that writes the order.
 *
 * @throws ServiceUnavailableException for `unknown-order`.
 */
export function unlessUnknown<Result extends string>(
  result: Result,
  order: OrderIdentity,
): Exclude<Result, 'unknown-order'> {
  if (result !== 'unknown-order') return result as Exclude<Result, 'unknown-order'>;
  throw new ServiceUnavailableException(`No merchant order found for ${describedOrder(order)}.`);
}
