import { ServiceUnavailableException } from '@nestjs/common';
import { describedOrder, type OrderIdentity } from '../protocol/order-identity.js';

/**
 * The result, or an error for `unknown-order`: the event must then be redelivered, because a notify can be faster than
 * the transaction that stores the order.
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
