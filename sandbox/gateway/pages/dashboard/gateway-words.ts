/** The gateway's messages in English; others are shown unchanged. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/^验签失败/, 'The signature does not verify'],
  [/^参数有误/, 'The body is not what its Content-Type says'],
  [/^系统异常/, 'System error: a value of the wrong type or too long'],
  [/^商户或商户应用不存在/, 'Unknown mchNo or appId'],
  [/^商户信息不存在或商户状态不可用/, 'The merchant is disabled'],
  [/^商户应用不存在或应用状态不可用/, 'The app is disabled'],
  [/^参数appId与商户号不匹配/, 'The appId belongs to another merchant'],
  [/^不支持的支付方式/, 'Unknown wayCode'],
  [/^商户应用不支持该支付方式/, 'The app may not use this wayCode'],
  [/^商户订单\[.*\]已存在/s, 'This mchOrderNo exists already'],
  [/^异步通知地址协议/, 'The notifyUrl must start with http:// or https://'],
  [/^同步通知地址协议/, 'The returnUrl must start with http:// or https://'],
  [/^mchOrderNo 和 \w+不能同时为空/, 'Send the mchOrderNo or the gateway’s id'],
  [/^订单不存在/, 'No such order'],
  [/^接口版本过低/, 'The version is too low for this endpoint'],
  [/^分账模式/, 'divisionMode must be 0, 1 or 2'],
  [/不能为空/, 'A required field is missing'],
];

/** The gateway's message in English; undefined if it is not known. */
export function meaningOf(words: string): string | undefined {
  return MEANINGS.find(([pattern]) => pattern.test(words))?.[1];
}
