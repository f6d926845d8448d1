import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import type { PaymentOrder } from '../order/payment-order.dto.js';
import { HandlerRegistry } from './handler-registry.js';
import { OUTCOME_STORE, type OutcomeStore } from './outcome-store.js';

/** How long a handler may take before another delivery of the same outcome may try, in ms. */
const LEASE_MS = 60_000;

/** The one way from news of an order to the `@OnPayment` handlers. */
@Injectable()
export class OutcomeDispatcher {
  constructor(
    private readonly handlers: HandlerRegistry,
    @Inject(OUTCOME_STORE) private readonly store: OutcomeStore,
  ) {}

  /**
   * Hands an order's state to its handlers, one after the other, unless that was done before. Resolves when all of them
   * have; a notify may then be acknowledged.
   *
   * @throws what a handler throws: the outcome then counts as not handled, and comes again.
   * @throws ServiceUnavailableException while the same outcome is being handled.
   */
  async dispatch(payment: PaymentOrder): Promise<'delivered' | 'duplicate'> {
    const key = [payment.appId, payment.payOrderId, payment.state].join(':');
    const claim = await this.store.claim(key, LEASE_MS);
    if (claim === 'done') return 'duplicate';
    if (claim === 'busy') throw new ServiceUnavailableException('This outcome is being handled; send it again later.');
    try {
      // One after the other: the next handler may count on what the one before has done.
      for (const handler of this.handlers.paymentHandlers(payment.state)) await handler.handle(payment);
    } catch (error) {
      await this.store.release(key);
      throw error;
    }
    await this.store.complete(key);
    return 'delivered';
  }
}
