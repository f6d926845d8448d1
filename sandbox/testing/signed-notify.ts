import type { PaymentNotification } from 'nestjs-pass2pay';
import type { TransferNotification } from 'nestjs-pass2pay';
import { OrderState, sign, TransferState } from 'nestjs-pass2pay/protocol';
import { writeNotify } from '../gateway/notify/notify-message.js';
import { headersOf } from '../gateway/notify/notify-post.js';
import { DEFAULT_MERCHANT, type NotifyFormat, type SandboxMerchant } from '../gateway/options.js';

/** A notify as the gateway posts it, for any HTTP client: `fetch(url + query, { method: 'POST', headers, body })`. */
export interface SignedNotify {
  headers: { 'content-type': string; 'user-agent': string };
  /** The form or the JSON; `''` in the format `query`. */
  body: string;
  /** Appended to the route's URL: `''`, or in the format `query` a `?` and the parameters. */
  query: string;
  /** The signed parameters, including `sign`. */
  params: Readonly<Record<string, string>>;
}

export interface SignedNotifyOptions {
  /** The merchant's app in the notify; the sandbox's default by default. A wrong `secret` creates a forged notify. */
  merchant?: Pick<SandboxMerchant, 'mchNo' | 'appId' | 'secret'>;
  /** The format; `form` by default. */
  format?: NotifyFormat;
}

/**
 * The content of a payment notify; missing parameters get default values, and `undefined` omits a parameter. The
 * members of `extra` become separate parameters.
 */
export type PaymentNotifyFields = Pick<PaymentNotification, 'mchOrderNo' | 'amount'> &
  Partial<Omit<PaymentNotification, 'mchNo' | 'appId' | 'payUrl' | 'gatewayState'>>;

/** Like `PaymentNotifyFields`, for a transfer. */
export type TransferNotifyFields = Pick<TransferNotification, 'mchOrderNo' | 'amount'> &
  Partial<Omit<TransferNotification, 'mchNo' | 'appId' | 'needsAttention'>>;

/**
 * A payment notify with a valid signature. The same order number always gets the same `payOrderId`. Source: protocol §4
 * and §8.
 *
 * @param fields `state` is Success by default
 */
export function signedPaymentNotify(fields: PaymentNotifyFields, options?: SignedNotifyOptions): SignedNotify {
  const now = Date.now();
  const { extra, ...documented } = fields;
  const { mchOrderNo, state = OrderState.Success } = documented;
  const madeUp = {
    payOrderId: `P${mchOrderNo}`,
    ifCode: 'alipay',
    wayCode: 'ALI_QR',
    currency: 'cny',
    state,
    subject: '商品',
    body: '0',
    createdAt: now - 60_000,
    successTime: state === OrderState.Success ? now : undefined,
    reqTime: now,
  };
  return signedNotify({ ...madeUp, ...documented, ...extra }, options);
}

/**
 * A transfer notify with a valid signature. The same order number always gets the same `transferId`. Source: protocol
 * §4 and §8.
 *
 * @param fields `state` is Success by default
 */
export function signedTransferNotify(fields: TransferNotifyFields, options?: SignedNotifyOptions): SignedNotify {
  const now = Date.now();
  const { extra, ...documented } = fields;
  const { mchOrderNo, state = TransferState.Success } = documented;
  const madeUp = {
    transferId: `T${mchOrderNo}`,
    ifCode: 'alipay',
    entryType: 'BANK_CARD',
    currency: 'cny',
    state,
    accountNo: '6222000000000000000',
    transferDesc: '0',
    createdAt: now - 60_000,
    successTime: state === TransferState.Success ? now : undefined,
    reqTime: now,
  };
  return signedNotify({ ...madeUp, ...documented, ...extra }, options);
}

function signedNotify(
  fields: Readonly<Record<string, string | number | undefined>>,
  { merchant = DEFAULT_MERCHANT, format = 'form' }: SignedNotifyOptions = {},
): SignedNotify {
  const { mchNo, appId, secret } = merchant;
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) params[name] = String(value);
  }
  Object.assign(params, { mchNo, appId });
  const signed = { ...params, sign: sign(params, secret) };
  const message = writeNotify('', signed, format);
  const headers = headersOf(message);
  return {
    headers: { 'content-type': message.contentType, 'user-agent': headers['User-Agent'] ?? '' },
    body: message.body,
    query: message.url,
    params: signed,
  };
}
