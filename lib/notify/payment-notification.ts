import { PaymentOrder } from '../order/payment-order.dto.js';

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
