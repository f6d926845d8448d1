import { DEFAULT_MERCHANT, type Pass2PaySandbox } from '../../../lib/sandbox/index.js';
import { sign } from '../../../lib/signature/sign.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;

export const AMOUNT = 8800;

/** The merchant's numbers of `count` orders. */
export function orderNumbers(count: number, prefix = 'O'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

/** Makes the order at the gateway, as a merchant's create does. */
export async function createAtGateway(sandbox: Pass2PaySandbox, mchOrderNo: string, notifyUrl: string): Promise<void> {
  const fields = {
    mchNo,
    appId,
    mchOrderNo,
    amount: String(AMOUNT),
    currency: 'cny',
    custNo: 'C1',
    registerTime: '1622016572190',
    notifyUrl,
    // At most; in a sandbox that makes haste, the order must not expire before it is paid.
    expiredTime: '86400',
    reqTime: String(Date.now()),
    version: '1.1',
    signType: 'MD5',
  };
  const body = new URLSearchParams({ ...fields, sign: sign(fields, secret) });
  const response = await fetch(`${sandbox.url}/api/pay/cashierOrder`, { method: 'POST', body });
  const { code, msg } = (await response.json()) as { code: number; msg: string };
  if (code !== 0) throw new Error(`The sandbox refused order ${mchOrderNo}: ${msg}`);
}

/** A notify as the gateway signs it: that the order is paid. */
export function paidNotify(mchOrderNo: string): string {
  const fields = {
    payOrderId: `P${mchOrderNo}`,
    mchNo,
    appId,
    mchOrderNo,
    wayCode: 'ALI_QR',
    amount: String(AMOUNT),
    currency: 'cny',
    state: '2',
    createdAt: '1716888800000',
    successTime: '1716888888123',
    reqTime: '1716888889000',
  };
  return new URLSearchParams({ ...fields, sign: sign(fields, secret) }).toString();
}

/** The answer to a notify that is posted to a merchant's process, such as `200 success`. */
export async function post(notifyUrl: string, body: string): Promise<string> {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const response = await fetch(notifyUrl, { method: 'POST', headers, body });
  return `${response.status} ${await response.text()}`;
}
