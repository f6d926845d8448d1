import { assignGiven } from '../gateway/assign-given.js';
import { ORDER_STATES } from '../order/order-state.js';
import { PaymentOrder } from '../order/payment-order.dto.js';
import { NotifyFields, type FlatParams } from './flat-params.js';

/** A payment order's result as the gateway posts it, after its signature was verified. Source: protocol §8. */
export class PaymentNotification extends PaymentOrder {
  /** When the gateway wrote the notify, in ms since 1970. Retries repeat it, so it may be days old. */
  reqTime!: number;
}

/** The parameters that a payment notify can have, `sign` aside. */
export const PAYMENT_NOTIFY_FIELDS: ReadonlySet<string> = new Set([
  'payOrderId',
  'mchNo',
  'appId',
  'mchOrderNo',
  'ifCode',
  'wayCode',
  'amount',
  'currency',
  'state',
  'clientIp',
  'subject',
  'body',
  'channelOrderNo',
  'errCode',
  'errMsg',
  'extParam',
  'createdAt',
  'successTime',
  'reqTime',
]);

/** @throws NotifyRefusal when a parameter is missing or not as documented. */
export function readPaymentNotification(params: FlatParams): PaymentNotification {
  const fields = new NotifyFields(params);
  return assignGiven(new PaymentNotification(), {
    payOrderId: fields.text('payOrderId'),
    mchOrderNo: fields.text('mchOrderNo'),
    mchNo: fields.text('mchNo'),
    appId: fields.text('appId'),
    amount: fields.integer('amount'),
    currency: fields.text('currency'),
    state: fields.state(ORDER_STATES),
    wayCode: fields.optionalText('wayCode'),
    ifCode: fields.optionalText('ifCode'),
    clientIp: fields.optionalText('clientIp'),
    subject: fields.optionalText('subject'),
    body: fields.optionalText('body'),
    channelOrderNo: fields.optionalText('channelOrderNo'),
    errCode: fields.optionalText('errCode'),
    errMsg: fields.optionalText('errMsg'),
    extParam: fields.optionalText('extParam'),
    createdAt: fields.optionalInteger('createdAt'),
    successTime: fields.optionalInteger('successTime'),
    reqTime: fields.integer('reqTime'),
  });
}
