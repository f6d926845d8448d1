/** The meaning of a refusal message of the gateway. Source: protocol §2, §9 and §10. */
export interface GatewayMessage {
  /** What it means and what to do, in English. */
  explanation: string;
  /**
   * Whether the order of the refused create can exist: `no`, it was refused before anything was stored; `yes`, the
   * number is taken; `unknown`, it may have been stored before the failure.
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
  refusedBefore(/^商户未配置签名方式/, 'The merchant has no signature method: set it to MD5 on the management page.'),
  refusedBefore(/^商户不支持\[.*\]签名方式/, 'The merchant does not allow MD5: allow it on the management page.'),
  refusedBefore(/^商户或商户应用不存在/, 'The merchant or the app does not exist: check mchNo and appId.'),
  refusedBefore(/^商户信息不存在或商户状态不可用/, 'The merchant is unknown or disabled: ask Pass2Pay.'),
  refusedBefore(/^商户应用不存在或应用状态不可用/, 'The app is unknown or disabled: check it on the management page.'),
  refusedBefore(
    /^参数appId与商户号不匹配/,
    'The app belongs to another merchant: check that mchNo and appId belong together.',
  ),
  refusedBefore(/^不支持的支付方式/, 'The gateway does not know this payment method: check wayCode.'),
  refusedBefore(
    /^商户应用不支持该支付方式/,
    'The app may not use this payment method: enable it on the management page, or send another wayCode.',
  ),
  {
    pattern: /^商户订单\[.*\]已存在/,
    explanation:
      'An order with this mchOrderNo exists, possibly in a different case: query it before you use another number.',
    stored: 'yes',
  },
  refusedBefore(/^异步通知地址协议仅支持/, 'notifyUrl must begin with http:// or https://, in lower case.'),
  refusedBefore(/^同步通知地址协议仅支持/, 'returnUrl must begin with http:// or https://, in lower case.'),
  refusedBefore(
    /^获取商户应用信息失败/,
    'The gateway found no settings of this merchant and app: check mchNo and appId.',
  ),
  refusedBefore(
    /^(商户应用|特约商户|服务商)参数未配置/,
    'The payment channel of this payment method is not configured: set its parameters on the management page, or ask Pass2Pay.',
  ),
  refusedBefore(
    /^无此支付通道接口/,
    'The gateway has no channel for this payment method: send another wayCode, or ask Pass2Pay.',
  ),
  refusedBefore(
    /^接口不支持该支付方式/,
    'The app’s channel does not support this payment method: choose another channel for it on the management page, or send another wayCode.',
  ),
  refusedBefore(
    /^应用未开通此接口配置/,
    'The app is not enabled for this transfer channel: check ifCode, or ask Pass2Pay.',
  ),
  refusedBefore(/^无此转账通道接口/, 'The gateway has no such transfer channel: check ifCode, or ask Pass2Pay.'),
  refusedBefore(
    /^该接口不支持该入账方式/,
    'The transfer channel cannot pay to this kind of account: check entryType and ifCode.',
  ),
  refusedBefore(/^分账模式设置值有误/, 'divisionMode must be 0, 1 or 2; leave it out if profit is not shared.'),
  refusedBefore(/^(转账|支付|退款)金额(不能小于1分|请大于1分)/, 'The amount must be at least 1 minor unit (1 fen).'),
  refusedBefore(
    /^接口版本过低/,
    'The gateway no longer accepts this version: set the option versions, e.g. 1.1 for creates.',
  ),
  refusedBefore(
    /^(条码为空|不支持的条码)/,
    'channelExtra.authCode is not a payment code that the gateway can assign to a channel: scan the payer’s code again.',
  ),
  {
    // Checked by the channel. The open platform has stored nothing at that point; another gateway may store first.
    pattern: /^(用户支付条码)?\[\w+\]不可为空/,
    explanation:
      'The payment channel requires the named member of channelExtra, such as authCode, openid or buyerUserId: send it.',
    stored: 'unknown',
  },
  {
    pattern: /^更新(转账)?订单异常/,
    explanation: 'The gateway stored the order, and another request changed it at the same time: query it.',
    stored: 'unknown',
  },
  refusedBefore(
    /^mch(Order|Refund)No\s*和\s*\w+\s*不能同时为空/,
    'The query names no order: pass one of the order’s numbers.',
  ),
  refusedBefore(/^(退款)?订单不存在/, 'The gateway has no such order for this merchant.'),
  refusedBefore(/^当前订单不可关闭/, 'The order cannot be closed: only created and paying ones can.'),
  refusedBefore(/^订单状态不正确，\s*无法完成退款/, 'The order cannot be refunded in its state: only a paid one can.'),
  refusedBefore(/^订单已全额退款/, 'The order has been refunded in full.'),
  refusedBefore(/^申请金额超出订单可退款余额/, 'The amount exceeds what can still be refunded for the order.'),
  refusedBefore(
    /^支付订单具有在途退款申请/,
    'Another refund of the order is in progress: query that one, then try again.',
  ),
  refusedBefore(/^当前通道不支持退款/, 'The payment channel cannot refund: ask Pass2Pay.'),
  {
    pattern: /^商户退款订单号\[.*\]已存在/,
    explanation: 'A refund with this mchRefundNo exists: query it before you use another number.',
    stored: 'yes',
  },
  refusedBefore(/^参数有误/, 'The gateway could not read the request: check the parameters’ types.'),
  refusedBefore(
    /不能为空$/,
    'A parameter that the gateway requires is missing or empty; the gateway’s message names it.',
  ),
  {
    pattern: /^系统异常/,
    explanation: 'The gateway failed internally, or a value was too long: query the order, then try again.',
    stored: 'unknown',
  },
  {
    pattern: /^数据库服务异常/,
    explanation: 'The gateway’s database failed: query the order, then try again.',
    stored: 'unknown',
  },
];

const UNKNOWN: GatewayMessage = {
  explanation: 'This message is not documented; send it and the traceId to Pass2Pay support.',
  stored: 'unknown',
};

/** The gateway's message for an unknown order. */
export const ORDER_NOT_FOUND = /^订单不存在/;

/** Explains a message of the gateway. */
export function explain(gatewayMessage: string): GatewayMessage {
  return KNOWN.find(({ pattern }) => pattern.test(gatewayMessage.trim())) ?? UNKNOWN;
}

function refusedBefore(pattern: RegExp, explanation: string): KnownMessage {
  return { pattern, explanation, stored: 'no' };
}
