import { PaymentOrder } from './payment-order.dto.js';
import { readPaymentOrder } from './read-payment-order.js';
import { NotifyFields, type FlatParams } from '../protocol/notify/flat-params.js';
import { ApiSchema } from '../openapi/decorators.js';
import { MILLISECONDS } from '../openapi/schema.js';
import { assignGiven } from '../validation/assign-given.js';

/**
 * A payment order's result as the gateway posts it, after its signature was verified. `state` is passed on even where it is
 * not a documented one. Source: protocol §8 and §9.
 */
export class PaymentNotification extends PaymentOrder {
  /**
   * When the gateway wrote the notify, in ms since 1970. Retries repeat it, so it may be days old.
   * @example 1716888889000
   */
  @ApiSchema(MILLISECONDS)
  reqTime?: number;

  /**
   * What the query that confirmed the notify said, where that was 3, 4 or 6 although the notify says 2: the order was paid
   * after it had failed or was closed. Never part of the message itself.
   * @example 6
   */
  @ApiSchema({ type: 'integer', readOnly: true })
  gatewayState?: number;

  /**
   * Every other field that the notify was signed with, by its name: the gateway adds fields without notice. All are text.
   * @example { storeId: '1001' }
   */
  @ApiSchema({ type: 'object', additionalProperties: { type: 'string' }, readOnly: true })
  override extra!: Readonly<Record<string, string>>;
}

/**
 * @param onUnreadable is told the name of each optional field whose value cannot be read, and is left out
 * @throws NotifyRefusal when what identifies or binds the order is missing or impossible.
 */
export function readPaymentNotification(
  params: FlatParams,
  onUnreadable?: (field: string) => void,
): PaymentNotification {
  const fields = new NotifyFields(params, onUnreadable);
  const payment = readPaymentOrder(new PaymentNotification(), fields);
  assignGiven<Partial<PaymentNotification>>(payment, {
    reqTime: fields.optionalTime('reqTime'),
    mchFeeRate: fields.optionalText('mchFeeRate'),
    mchFeeAmount: fields.optionalInteger('mchFeeAmount'),
    channelUser: fields.optionalText('channelUser'),
  });
  payment.extra = fields.rest();
  return payment;
}
