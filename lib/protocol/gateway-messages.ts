/** What a refusal in the gateway's words means. Source: protocol §2. */
export interface GatewayMessage {
  /** What it means and what to do, in English. */
  explanation: string;
  /**
   * Whether the order of the refused create can exist: `no`, it was refused before anything was stored; `yes`, the
   * gateway says that the number is taken; `unknown`, it can have been stored before the fault.
   */
  stored: 'no' | 'yes' | 'unknown';
}

interface KnownMessage extends GatewayMessage {
  pattern: RegExp;
}

const KNOWN: readonly KnownMessage[] = [
  refusedBefore(/^验签失败/, 'The signature does not verify: check that the secret is the current one of this app.'),
  refusedBefore(
    /^通信秘钥错误/,
    'The secret is wrong, or none is set for the app: compare it with the management page.',
  ),
  refusedBefore(/^商户未配置签名方式/, 'The merchant has no signature method: set MD5 on the management page.'),
  refusedBefore(/^商户不支持\[.*\]签名方式/, 'The merchant does not allow MD5: allow it on the management page.'),
  refusedBefore(/^商户或商户应用不存在/, 'There is no such merchant or app: check mchNo and appId.'),
  refusedBefore(/^商户信息不存在或商户状态不可用/, 'The merchant is unknown or disabled: ask Pass2Pay.'),
  refusedBefore(/^商户应用不存在或应用状态不可用/, 'The app is unknown or disabled: check it on the management page.'),
  refusedBefore(
    /^参数appId与商户号不匹配/,
    'The app belongs to another merchant: check that mchNo and appId are a pair.',
  ),
  refusedBefore(/^不支持的支付方式/, 'The gateway knows no such payment method: check wayCode.'),
  refusedBefore(
    /^商户应用不支持该支付方式/,
    'The app may not use this payment method: enable it on the management page, or send another wayCode.',
  ),
  {
    pattern: /^商户订单\[.*\]已存在/,
    explanation: 'An order with this mchOrderNo exists: query it before you use another number.',
    stored: 'yes',
  },
  refusedBefore(
    /^异步通知地址协议仅支持/,
    'notifyUrl or returnUrl must begin with http:// or https://, in lower case.',
  ),
  refusedBefore(
    /^mchOrderNo\s*和\s*(payOrderId|transferId)\s*不能同时为空/,
    'The query names no order: give one of its numbers.',
  ),
  refusedBefore(/^订单不存在/, 'The gateway knows no such order of this merchant.'),
  refusedBefore(/^当前订单不可关闭/, 'The order cannot be closed: only created and paying ones can.'),
  refusedBefore(/^参数有误/, 'The gateway could not read the request: check the parameters’ types.'),
  refusedBefore(/不能为空$/, 'A parameter that the gateway requires is missing or empty; its words name it.'),
  {
    pattern: /^系统异常/,
    explanation: 'The gateway failed within, or was given a value too long for it: query the order, then try again.',
    stored: 'unknown',
  },
  {
    pattern: /^数据库服务异常/,
    explanation: 'The gateway’s database failed: query the order, then try again.',
    stored: 'unknown',
  },
];

const UNKNOWN: GatewayMessage = {
  explanation: 'These words are not documented; quote them and the traceId to Pass2Pay.',
  stored: 'unknown',
};

/** The words with which the gateway says that it does not know an order. */
export const ORDER_NOT_FOUND = /^订单不存在/;

/** Explains the gateway's words. */
export function explain(gatewayMessage: string): GatewayMessage {
  return KNOWN.find(({ pattern }) => pattern.test(gatewayMessage.trim())) ?? UNKNOWN;
}

function refusedBefore(pattern: RegExp, explanation: string): KnownMessage {
  return { pattern, explanation, stored: 'no' };
}
