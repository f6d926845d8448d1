import { randomBytes } from 'node:crypto';
import { writeNotify, type NotifyMessage } from '../../gateway/notify/notify-message.js';
import { headersOf, postNotify, type NotifyReceipt } from '../../gateway/notify/notify-post.js';
import type { NotifyFormat } from '../../gateway/options.js';
import { newChannelOrderNo, newGatewayId } from '../../gateway/orders/gateway-ids.js';
import { sign } from 'nestjs-pass2pay/protocol';

export type NotifyKind = 'payment' | 'transfer';

/** The content of a test notify. */
export interface TestNotify {
  readonly kind: NotifyKind;
  /** 2 is success, 3 failure, 6 closed. */
  readonly state: number;
  readonly mchNo: string;
  readonly appId: string;
  readonly mchOrderNo: string;
  /** In minor units. */
  readonly amount: number;
  readonly currency: string;
  /** Parameters to add, to replace or, with `""`, to leave empty. */
  readonly changes: Readonly<Record<string, string>>;
  readonly format: NotifyFormat;
}

/** A sent notify and its result. */
export interface SentNotify extends NotifyReceipt {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The posted bytes, as text. */
  readonly body: string;
  readonly durationMs: number;
}

/** The states that are notified. Source: protocol §4. */
export const ANNOUNCED_STATES: Readonly<Record<NotifyKind, ReadonlyMap<string, number>>> = {
  payment: new Map([
    ['success', 2],
    ['failed', 3],
    ['closed', 6],
  ]),
  transfer: new Map([
    ['success', 2],
    ['failed', 3],
  ]),
};

/** A random secret that belongs to no merchant: every receiver must refuse what it signs. */
export function secretOfNobody(): string {
  return randomBytes(32).toString('hex');
}

/** The notify as the gateway would write it. Source: protocol §4 and §8. */
export function writeTestNotify(notifyUrl: string, notify: TestNotify, secret: string): NotifyMessage {
  const fields = { ...(notify.kind === 'payment' ? paymentFields(notify) : transferFields(notify)), ...notify.changes };
  return writeNotify(notifyUrl, { ...fields, sign: sign(fields, secret) }, notify.format);
}

/** Posts it once, as the gateway does. */
export async function sendTestNotify(message: NotifyMessage, timeoutMs: number): Promise<SentNotify> {
  const start = performance.now();
  const receipt = await postNotify(message, timeoutMs, new AbortController().signal);
  return { ...message, headers: headersOf(message), ...receipt, durationMs: Math.round(performance.now() - start) };
}

function paymentFields(notify: TestNotify): Record<string, string> {
  return {
    payOrderId: newGatewayId('P'),
    ...commonFields(notify, 'PASS2PAY_TEST'),
    wayCode: 'ALI_QR',
    clientIp: '127.0.0.1',
    subject: '商品',
    body: '0',
    ...resultFields(notify, 'The payer declined'),
  };
}

function transferFields(notify: TestNotify): Record<string, string> {
  return {
    transferId: newGatewayId('T'),
    ...commonFields(notify, 'PASS2PAY_TEST'),
    entryType: 'BANK_CARD',
    accountNo: '6222000011112222',
    transferDesc: '0',
    ...resultFields(notify, 'The bank declined'),
  };
}

function commonFields({ mchNo, appId, mchOrderNo, amount, currency, state }: TestNotify, ifCode: string) {
  return { mchNo, appId, mchOrderNo, ifCode, amount: String(amount), currency, state: String(state) };
}

function resultFields({ state }: TestNotify, errMsg: string): Record<string, string> {
  const now = Date.now();
  const times = { createdAt: String(now - 60_000), reqTime: String(now) };
  if (state === 2) return { ...times, channelOrderNo: newChannelOrderNo(), successTime: String(now - 1_000) };
  return state === 3 ? { ...times, errCode: 'PASS2PAY_TEST', errMsg } : times;
}
