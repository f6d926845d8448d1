import { SetMetadata } from '@nestjs/common';
import type { OrderState } from '../order/order-state.js';
import type { PaymentOrder } from '../order/payment-order.dto.js';

export const ON_PAYMENT = Symbol('PASS2PAY_ON_PAYMENT');

/** What decorates a method that takes a payment order. */
type PaymentHandlerDecorator = <Handler extends (payment: PaymentOrder) => unknown>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Handler>,
) => void;

/**
 * Makes a provider's method a handler of payment orders that reached one of the states; without states, of every one.
 * The method gets the `PaymentOrder`. Where it throws, the news is not acknowledged and comes again.
 */
export function OnPayment(...states: OrderState[]): PaymentHandlerDecorator {
  return SetMetadata(ON_PAYMENT, states);
}
