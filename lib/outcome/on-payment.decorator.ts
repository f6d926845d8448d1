import { SetMetadata } from '@nestjs/common';
import type { OrderState } from '../order/order-state.js';

export const ON_PAYMENT = Symbol('PASS2PAY_ON_PAYMENT');

/**
 * Makes a provider's method a handler of payment orders that reached one of the states; without states, of every one.
 * The method gets the `PaymentOrder`. Where it throws, the news is not acknowledged and comes again.
 */
export function OnPayment(...states: OrderState[]): MethodDecorator {
  return SetMetadata(ON_PAYMENT, states);
}
