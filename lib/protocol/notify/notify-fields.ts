/**
 * The parameters that a payment notify is known to have, except `sign`. The gateway adds others without notice: source:
 * protocol §9.
 */
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
  'mchFeeRate',
  'mchFeeAmount',
  'channelUser',
]);

/**
 * The parameters that a transfer notify can have, except `sign`; some only on the platform that the gateway derives
 * from.
 */
export const TRANSFER_NOTIFY_FIELDS: ReadonlySet<string> = new Set([
  'transferId',
  'mchNo',
  'appId',
  'mchOrderNo',
  'ifCode',
  'entryType',
  'amount',
  'currency',
  'state',
  'accountNo',
  'accountName',
  'bankName',
  'transferDesc',
  'channelOrderNo',
  'channelExtra',
  'channelResData',
  'errCode',
  'errMsg',
  'extParam',
  'extraParam',
  'createdAt',
  'successTime',
  'reqTime',
]);
