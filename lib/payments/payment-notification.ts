import { PaymentOrder } from './payment-order.dto.js';
import { readPaymentOrder } from './read-payment-order.js';
import { NotifyFields, type FlatParams } from '../protocol/notify/flat-params.js';
import { ApiSchema } from '../openapi/decorators.js';
import { MILLISECONDS } from '../openapi/schema.js';

/** A payment order's result as the gateway posts it, after its signature was verified. Source: protocol §8. */
export class PaymentNotification extends PaymentOrder {
  /**
   * When the gateway wrote the notify, in ms since 1970. Retries repeat it, so it may be days old.
   * @example 1716888889000
   */
  @ApiSchema(MILLISECONDS)
  reqTime!: number;
}

/** @throws NotifyRefusal when a parameter is missing or not as documented. */
export function readPaymentNotification(params: FlatParams): PaymentNotification {
  const fields = new NotifyFields(params);
  const payment = readPaymentOrder(new PaymentNotification(), fields);
  payment.reqTime = fields.integer('reqTime');
  return payment;
}
