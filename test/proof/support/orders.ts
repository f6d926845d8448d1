import { request } from 'undici';
import { DEFAULT_MERCHANT, type Pass2PaySandbox } from '../../../sandbox/index.js';
import { sign } from '../../../lib/protocol/signature/sign.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;

export const AMOUNT = 8800;

/** The merchant's numbers of `count` orders. */
export function orderNumbers(count: number, prefix = 'O'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

/** What an event is about; the merchant's numbers of transfers begin with T. */
export type Kind = 'payment' | 'transfer';

export function kindOf(mchOrderNo: string): Kind {
  return mchOrderNo.startsWith('T') ? 'transfer' : 'payment';
}

/** Makes the order or the transfer at the gateway, as a merchant's create does. */
export async function createAtGateway(sandbox: Pass2PaySandbox, mchOrderNo: string, notifyUrl: string): Promise<void> {
  const isTransfer = kindOf(mchOrderNo) === 'transfer';
  const fields = {
    mchNo,
    appId,
    mchOrderNo,
    amount: String(AMOUNT),
    currency: 'cny',
    custNo: 'C1',
    notifyUrl,
    ...(isTransfer ? TRANSFER : ORDER),
    reqTime: String(Date.now()),
    version: '1.1',
    signType: 'MD5',
  };
  const body = new URLSearchParams({ ...fields, sign: sign(fields, secret) });
  const path = isTransfer ? 'api/transferOrder' : 'api/pay/cashierOrder';
  const response = await fetch(`${sandbox.url}/${path}`, { method: 'POST', body });
  const { code, msg } = (await response.json()) as { code: number; msg: string };
  if (code !== 0) throw new Error(`The sandbox refused ${mchOrderNo}: ${msg}`);
}

const ORDER = {
  registerTime: '1622016572190',
  // At most; in a sandbox that makes haste, the order must not expire before it is paid.
  expiredTime: '86400',
};

const TRANSFER = {
  ifCode: 'bank',
  entryType: 'BANK_CARD',
  accountNo: '6222020200112233445',
  transferDesc: '0',
  clientIp: '210.73.10.148',
};

/** A notify as the gateway signs it: that the order is paid, or the transfer has arrived. */
export function successNotify(mchOrderNo: string, gatewayId = `G${mchOrderNo}`): string {
  const fields = {
    mchNo,
    appId,
    mchOrderNo,
    amount: String(AMOUNT),
    currency: 'cny',
    state: '2',
    createdAt: '1716888800000',
    successTime: '1716888888123',
    reqTime: '1716888889000',
    ...(kindOf(mchOrderNo) === 'transfer'
      ? { transferId: gatewayId, ifCode: 'bank', entryType: 'BANK_CARD', accountNo: TRANSFER.accountNo }
      : { payOrderId: gatewayId, wayCode: 'ALI_QR' }),
  };
  return new URLSearchParams({ ...fields, sign: sign(fields, secret) }).toString();
}

/** The number that the gateway gave to the order or transfer. */
export function gatewayIdOf(sandbox: Pass2PaySandbox, mchOrderNo: string): string {
  const isTransfer = kindOf(mchOrderNo) === 'transfer';
  return isTransfer ? sandbox.transfer(mchOrderNo)!.transferId : sandbox.order(mchOrderNo)!.payOrderId;
}

/** Has a process of a merchant make the order or transfer, with notifies to come to an address. */
export async function createBy(processUrl: string, mchOrderNo: string, notifyUrl: string): Promise<string> {
  const query = new URLSearchParams({ amount: String(AMOUNT), notifyUrl });
  return post(`${processUrl}/orders/${mchOrderNo}?${query.toString()}`, '');
}

/** The answer to a notify that is posted to a merchant's process, such as `200 success`. */
export async function post(notifyUrl: string, body: string): Promise<string> {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  // On a connection of its own, as the gateway posts: one that is kept may be closed just when it is used again.
  const response = await request(notifyUrl, { method: 'POST', headers, body, reset: true });
  return `${response.statusCode} ${await response.body.text()}`;
}

/** What a customer was told of an order that a process was to make. */
export interface Attempt {
  /** The gateway's number of the order. */
  payOrderId?: string;
  /** Why there is none: the error's code, or `no answer` where the process died. */
  code?: string;
}

/** Has a process of a merchant make the order by one payment method. */
export async function attemptBy(processUrl: string, mchOrderNo: string, notifyUrl: string): Promise<Attempt> {
  const query = new URLSearchParams({ amount: String(AMOUNT), notifyUrl });
  try {
    const answer = await post(`${processUrl}/orders/${mchOrderNo}/attempts?${query.toString()}`, '');
    const [status, body] = [answer.slice(0, 3), answer.slice(4)];
    if (status !== '201') throw new Error(`${processUrl} answered ${answer}`);
    return JSON.parse(body) as Attempt;
  } catch (error) {
    if (error instanceof Error && error.message.includes(' answered ')) throw error;
    return { code: 'no answer' };
  }
}

/** What a customer was told of a checkout. */
export interface CheckoutAnswer {
  mchOrderNo?: string;
  /** Why there is no order: the error's code. */
  code?: string;
}

/** Has a process of a merchant check out a basket. */
export async function checkOutBy(processUrl: string, key: string, notifyUrl: string): Promise<CheckoutAnswer> {
  const query = new URLSearchParams({ amount: String(AMOUNT), notifyUrl });
  const answer = await post(`${processUrl}/orders/${key}/checkouts?${query.toString()}`, '');
  if (!answer.startsWith('201 ')) throw new Error(`${processUrl} answered ${answer}`);
  return JSON.parse(answer.slice(4)) as CheckoutAnswer;
}
