import { sign } from 'nestjs-pass2pay/protocol';
import type { ResponseData } from '../api/gateway-response.js';
import type { SandboxOrder, SandboxTransfer } from './sandbox-order.js';

/** The parameters of a notify or a returnUrl, `sign` among them; all strings, as on the wire. */
export type SignedFields = Readonly<Record<string, string>>;

/** Source: protocol §8, create data. */
export function createdOrderData(order: SandboxOrder): ResponseData {
  return {
    payOrderId: order.payOrderId,
    mchOrderNo: order.mchOrderNo,
    orderState: order.state,
    payDataType: order.payDataType,
    payData: order.payData,
  };
}

/** Source: protocol §8, pay query data. */
export function queriedOrderData(order: SandboxOrder): ResponseData {
  return { ...orderFields(order), payUrl: order.endpoint === 'cashierOrder' ? order.payData : undefined };
}

/** Source: protocol §8, transfer create data. */
export function createdTransferData(transfer: SandboxTransfer): ResponseData {
  return {
    transferId: transfer.transferId,
    mchOrderNo: transfer.mchOrderNo,
    amount: transfer.amount,
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
    amount: transfer.amount,
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
    createdAt: transfer.createdAt,
    successTime: transfer.successTime,
  };
}

/**
 * What a notify about the order says: the query's fields without payUrl, reqTime and sign. Source: protocol §4.
 *
 * @param reqTime ms since 1970
 */
export function orderNotifyFields(order: SandboxOrder, secret: string, reqTime = Date.now()): SignedFields {
  return signedFields(orderFields(order), secret, reqTime);
}

export function transferNotifyFields(transfer: SandboxTransfer, secret: string, reqTime: number): SignedFields {
  return signedFields(queriedTransferData(transfer), secret, reqTime);
}

function orderFields(order: SandboxOrder): ResponseData {
  return {
    payOrderId: order.payOrderId,
    mchNo: order.mchNo,
    appId: order.appId,
    mchOrderNo: order.mchOrderNo,
    ifCode: order.ifCode,
    wayCode: order.wayCode,
    amount: order.amount,
    currency: order.currency,
    state: order.state,
    clientIp: order.clientIp,
    subject: order.subject,
    body: order.body,
    channelOrderNo: order.channelOrderNo,
    errCode: order.errCode,
    errMsg: order.errMsg,
    extParam: order.extParam,
    createdAt: order.createdAt,
    successTime: order.successTime,
  };
}

function signedFields(data: ResponseData, secret: string, reqTime: number): SignedFields {
  const fields: Record<string, string> = {};
  // The gateway puts the names into its hash map by the alphabet, which decides where two fall into one bucket.
  for (const name of Object.keys(data).toSorted()) {
    if (data[name] !== undefined) fields[name] = String(data[name]);
  }
  fields['reqTime'] = String(reqTime);
  return { ...fields, sign: sign(fields, secret) };
}
