import { sign } from 'nestjs-pass2pay';
import type { Pass2PaySandbox } from 'pass2pay-sandbox';

/** A notify as the gateway would sign it: that the order is paid, but for what `change` says. */
export function signedNotify(
  sandbox: Pass2PaySandbox,
  mchOrderNo: string,
  change: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const order = sandbox.order(mchOrderNo)!;
  const fields = {
    payOrderId: order.payOrderId,
    mchNo: order.mchNo,
    appId: order.appId,
    mchOrderNo,
    wayCode: 'ALI_QR',
    amount: String(order.amount),
    currency: order.currency,
    state: '2',
    createdAt: String(order.createdAt),
    successTime: String(order.createdAt + 1000),
    reqTime: String(Date.now()),
    ...change,
  };
  return { ...fields, sign: sign(fields, sandbox.merchants[0]!.secret) };
}
