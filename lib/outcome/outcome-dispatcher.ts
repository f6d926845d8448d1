import { Inject, Injectable, Logger, ServiceUnavailableException } from '@nestjs/common';
import type { PaymentOrder } from '../order/payment-order.dto.js';
import { HandlerRegistry } from './handler-registry.js';
import { OUTCOME_STORE, type OutcomeStore } from './outcome-store.js';

/** How long a handler may take before another delivery of the same outcome may try, in ms. */
const LEASE_MS = 60_000;

/** The one way from news of an order to the `@OnPayment` handlers. */
@Injectable()
export class OutcomeDispatcher {
  private readonly logger = new Logger('Pass2PayOutcome');

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
      await this.handle(payment);
    } catch (error) {
      await this.store.release(key);
      throw error;
    }
    await this.store.complete(key);
    return 'delivered';
  }

  /** One after the other: the next handler may count on what the one before has done. */
  private async handle(payment: PaymentOrder): Promise<void> {
    for (const handler of this.handlers.paymentHandlers(payment.state)) {
      try {
        await handler.handle(payment);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        // Nest logs no HTTP exception, and the gateway gives up after six tries: here is the trace of it.
        this.logger.error(`${handler.name} failed on ${payment.mchOrderNo} in state ${payment.state}: ${why}`);
        throw error;
      }
    }
  }
}
