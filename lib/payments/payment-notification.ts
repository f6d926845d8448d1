import { PaymentOrder } from './payment-order.dto.js';
import { readPaymentOrder } from './read-payment-order.js';
import { NotifyFields, type FlatParams } from '../protocol/notify/flat-params.js';
import { ApiSchema } from '../openapi/decorators.js';
import { MILLISECONDS } from '../openapi/schema.js';
import { assignGiven } from '../validation/assign-given.js';

/**
 * A payment order's result as the gateway posts it, with a verified signature. An undocumented `state` is passed on.
 * Source: protocol §8 and §9.
 */
export class PaymentNotification extends PaymentOrder {
  /**
   * When the gateway wrote the notify, in ms since 1970. Redeliveries repeat it, so it may be days old.
   * @example 1716888889000
   */
  @ApiSchema(MILLISECONDS)
  reqTime?: number;

  /**
   * The state in the query that confirmed the notify, if that was 3, 4 or 6 although the notify has 2: the order was
   * paid after it had failed or was closed. Not part of the message itself.
   * @example 6
   */
  @ApiSchema({ type: 'integer', readOnly: true })
  gatewayState?: number;

  /**
   * All other signed fields of the notify, by name: the gateway adds fields without notice. All values are strings.
   * @example { storeId: '1001' }
   */
  @ApiSchema({ type: 'object', additionalProperties: { type: 'string' }, readOnly: true })
  override extra!: Readonly<Record<string, string>>;
}

/**
 * @param onUnreadable called with the name of each optional field that is left out because its value cannot be read
 * @throws NotifyRefusal when a field that identifies the order or sets its terms is missing or invalid.
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
