import { sign } from '../../lib/protocol/signature/sign.js';

/** The merchant of the recorded notifies and gateway cases. */
export const MERCHANT = { mchNo: 'M1', appId: 'A1', secrets: 'TESTKEY0123456789abcdefABCDEF' } as const;

/** The parameters of a genuine notify, `sign` aside. */
export function notifyParams(changes: Record<string, string> = {}): Record<string, string> {
  return {
    ifCode: 'alipay',
    amount: '5',
    payOrderId: 'P1795063328371040258',
    mchOrderNo: 'O1',
    subject: '商品',
    wayCode: 'ALI_QR',
    reqTime: '1716888889000',
    body: '0',
    createdAt: '1716888800000',
    appId: MERCHANT.appId,
    clientIp: '1.2.3.4',
    successTime: '1716888888123',
    currency: 'cny',
    state: '2',
    mchNo: MERCHANT.mchNo,
    ...changes,
  };
}

/** The form text of a notify that the gateway signed. */
export function signedForm(params: Record<string, string>, secret: string = MERCHANT.secrets): string {
  return new URLSearchParams({ ...params, sign: sign(params, secret) }).toString();
}
