import type { FieldReader } from '../protocol/field-reader.js';
import { assignGiven } from '../validation/assign-given.js';
import { ORDER_STATES } from '../protocol/order-state.js';
import type { PaymentOrder } from './payment-order.dto.js';

/** Sets the fields that query responses and notifies have in common. Source: protocol §8. */
export function readPaymentOrder<T extends PaymentOrder>(order: T, fields: FieldReader): T {
  return assignGiven<PaymentOrder>(order, {
    payOrderId: fields.text('payOrderId'),
    mchOrderNo: fields.text('mchOrderNo'),
    mchNo: fields.text('mchNo'),
    appId: fields.text('appId'),
    amount: fields.integer('amount'),
    currency: fields.text('currency'),
    state: fields.state('state', ORDER_STATES),
    wayCode: fields.optionalText('wayCode'),
    ifCode: fields.optionalText('ifCode'),
    clientIp: fields.optionalText('clientIp'),
    subject: fields.optionalText('subject'),
    body: fields.optionalText('body'),
    payUrl: fields.optionalText('payUrl'),
    channelOrderNo: fields.optionalText('channelOrderNo'),
    errCode: fields.optionalText('errCode'),
    errMsg: fields.optionalText('errMsg'),
    extParam: fields.optionalText('extParam'),
    createdAt: fields.optionalTime('createdAt'),
    successTime: fields.optionalTime('successTime'),
  }) as T;
}
