import { SetMetadata } from '@nestjs/common';
import type { OrderState } from '../protocol/order-state.js';
import type { TransferState } from '../protocol/transfer-state.js';
import type { Mismatch } from './order-matcher.js';
import type { PaymentOutcome, TransferOutcome } from './outcome.js';

/** What a method is decorated to handle; without states, every one. */
export type HandlerMetadata =
  | { kind: 'payment'; states: readonly OrderState[] }
  | { kind: 'transfer'; states: readonly TransferState[] }
  | { kind: 'mismatch' };

export const HANDLER_METADATA = Symbol('PASS2PAY_HANDLER');

/** What decorates a method that takes one argument of a kind. */
type HandlerDecorator<Argument> = <Handler extends (argument: Argument) => unknown>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Handler>,
) => void;

/**
 * Makes a provider's method a handler of payment orders that reached one of the states; without states, of every one.
 * Where it throws, the event is not acknowledged and comes again: do all in one transaction, and let that be repeatable.
 */
export function OnPayment(...states: OrderState[]): HandlerDecorator<PaymentOutcome> {
  return SetMetadata<symbol, HandlerMetadata>(HANDLER_METADATA, { kind: 'payment', states });
}

/** As `@OnPayment`, for transfers. */
export function OnTransfer(...states: TransferState[]): HandlerDecorator<TransferOutcome> {
  return SetMetadata<symbol, HandlerMetadata>(HANDLER_METADATA, { kind: 'transfer', states });
}

/**
 * Makes a provider's method a handler of events that do not match the merchant's own order: somebody
 * should look at it. Such an event is acknowledged, and reaches no other handler.
 */
export function OnMismatch(): HandlerDecorator<Mismatch> {
  return SetMetadata<symbol, HandlerMetadata>(HANDLER_METADATA, { kind: 'mismatch' });
}
