import { sign } from 'nestjs-pass2pay/protocol';
import { amountOf, type Entry } from './entry.js';
import { ORDER_STATE } from './order-state.js';
import type { SandboxOrder, SandboxRefund, SandboxTransfer } from './sandbox-order.js';

/** The members of a response's `data`; undefined ones are omitted, `""` stays and is not signed. */
export type ResponseData = Record<string, string | number | bigint | undefined>;

/** The parameters of a notify or a returnUrl, including `sign`; all strings, as they are sent. */
export type SignedFields = Readonly<Record<string, string>>;

/** Source: protocol §8, create data; an order that failed immediately has no payData (§10). */
export function createdOrderData(order: SandboxOrder): ResponseData {
  return {
    payOrderId: order.payOrderId,
    mchOrderNo: order.mchOrderNo,
    orderState: order.state,
    ...(order.state !== ORDER_STATE.failed && { payDataType: order.payDataType, payData: order.payData }),
    errCode: order.errCode,
    errMsg: order.errMsg,
  };
}

/** Source: protocol §8, pay query data; times are whole seconds (§10). */
export function queriedOrderData(order: SandboxOrder): ResponseData {
  return {
    payOrderId: order.payOrderId,
    mchNo: order.mchNo,
    appId: order.appId,
    mchOrderNo: order.mchOrderNo,
    ifCode: order.ifCode,
    wayCode: order.wayCode,
    amount: amountOf({ kind: 'order', of: order }),
    currency: order.currency,
    state: order.state,
    clientIp: order.clientIp,
    subject: order.subject,
    body: order.body,
    channelOrderNo: order.channelOrderNo,
    errCode: order.errCode,
    errMsg: order.errMsg,
    extParam: order.extParam,
    createdAt: wholeSeconds(order.createdAt),
    successTime: wholeSeconds(order.successTime),
  };
}

/** Source: protocol §8, transfer create data. */
export function createdTransferData(transfer: SandboxTransfer): ResponseData {
  return {
    transferId: transfer.transferId,
    mchOrderNo: transfer.mchOrderNo,
    amount: amountOf({ kind: 'transfer', of: transfer }),
    accountNo: transfer.accountNo,
    accountName: transfer.accountName,
    bankName: transfer.bankName,
    state: transfer.state,
    channelOrderNo: transfer.channelOrderNo,
    errCode: transfer.errCode,
    errMsg: transfer.errMsg,
  };
}

/** Source: protocol §8, transfer query data. */
export function queriedTransferData(transfer: SandboxTransfer): ResponseData {
  return {
    mchNo: transfer.mchNo,
    appId: transfer.appId,
    mchOrderNo: transfer.mchOrderNo,
    transferId: transfer.transferId,
    amount: amountOf({ kind: 'transfer', of: transfer }),
    currency: transfer.currency,
    ifCode: transfer.ifCode,
    entryType: transfer.entryType,
    state: transfer.state,
    accountNo: transfer.accountNo,
    accountName: transfer.accountName,
    bankName: transfer.bankName,
    transferDesc: transfer.transferDesc,
    channelOrderNo: transfer.channelOrderNo,
    errCode: transfer.errCode,
    errMsg: transfer.errMsg,
    extParam: transfer.extParam,
    createdAt: wholeSeconds(transfer.createdAt),
    successTime: wholeSeconds(transfer.successTime),
  };
}

/** Source: protocol §10, refund. */
export function createdRefundData(refund: SandboxRefund): ResponseData {
  return {
    refundOrderId: refund.refundOrderId,
    mchRefundNo: refund.mchRefundNo,
    payAmount: refund.payAmount,
    refundAmount: amountOf({ kind: 'refund', of: refund }),
    state: refund.state,
    channelOrderNo: refund.channelOrderNo,
    errCode: refund.errCode,
    errMsg: refund.errMsg,
  };
}

/** Source: protocol §6 and §10, refund. */
export function queriedRefundData(refund: SandboxRefund): ResponseData {
  return {
    ...createdRefundData(refund),
    payOrderId: refund.payOrderId,
    mchNo: refund.mchNo,
    appId: refund.appId,
    currency: refund.currency,
    extParam: refund.extParam,
    createdAt: wholeSeconds(refund.createdAt),
    successTime: wholeSeconds(refund.successTime),
  };
}

function queriedData(entry: Entry): ResponseData {
  switch (entry.kind) {
    case 'order':
      return queriedOrderData(entry.of);
    case 'transfer':
      return queriedTransferData(entry.of);
    case 'refund':
      return queriedRefundData(entry.of);
    default: {
      const unknown: never = entry;
      throw new Error(`No such entry: ${JSON.stringify(unknown)}`);
    }
  }
}

/**
 * The fields of a notify or a returnUrl: the query's fields, reqTime and sign. Source: protocol §4.
 *
 * @param reqTime in ms since 1970
 * @param extras additional fields, signed like the others
 */
export function signedFields(
  entry: Entry,
  secret: string,
  reqTime: number,
  extras: Readonly<Record<string, string>> = {},
): SignedFields {
  const data: ResponseData = { ...extras, ...queriedData(entry) };
  const fields: Record<string, string> = {};
  // The gateway inserts the names into its hash map in alphabetical order, which matters if two share a bucket.
  for (const name of Object.keys(data).toSorted()) {
    if (data[name] !== undefined) fields[name] = String(data[name]);
  }
  fields['reqTime'] = String(reqTime);
  return { ...fields, sign: sign(fields, secret) };
}

/** A time with the precision of the database. */
function wholeSeconds(ms: number): number;
function wholeSeconds(ms: number | undefined): number | undefined;
function wholeSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.floor(ms / 1_000) * 1_000;
}
