// The built package, as users install it. Its dependencies, including Nest, are resolved from the repository's root.
import 'reflect-metadata';
import { createRequire } from 'node:module';

export * from '../../dist/index.js';
export { BullMqOutcomeQueue } from '../../dist/bullmq/index.js';

export const fromRoot = createRequire(new URL('../../package.json', import.meta.url));

export const MERCHANT = {
  mchNo: 'M1621873433953',
  appId: '60cc09bce4b0f1c0b83761c9',
  secrets: 'bench-secret-0123456789abcdef',
};

/** The parameters of a cashier order; together with those that the module adds, 15 are signed. */
export const ORDER = {
  mchOrderNo: '20160427210604000490',
  amount: 10031,
  registerTime: 1622016572190,
  custNo: 'C200492312',
  userName: '张三',
  notifyUrl: 'https://shop.example/pay/notify',
  returnUrl: 'https://shop.example/thanks',
  expiredTime: 3600,
  currency: 'cny',
};

/** An order as it is signed, with 15 parameters. */
export const SIGNED_ORDER = {
  ...ORDER,
  extParam: '134586944573118714',
  mchNo: MERCHANT.mchNo,
  appId: MERCHANT.appId,
  version: '1.1',
  reqTime: 1716888889000,
  signType: 'MD5',
};

/** The parameters of a genuine notify, without `sign`. */
export function notifyParams(n) {
  return {
    ifCode: 'alipay',
    amount: '10031',
    payOrderId: `P17950633283710${n}`,
    mchOrderNo: `201604272106${n}`,
    subject: '商品',
    wayCode: 'ALI_QR',
    reqTime: '1716888889000',
    body: '0',
    createdAt: '1716888800000',
    appId: MERCHANT.appId,
    clientIp: '210.73.10.148',
    successTime: '1716888888123',
    currency: 'cny',
    state: '2',
    mchNo: MERCHANT.mchNo,
  };
}
