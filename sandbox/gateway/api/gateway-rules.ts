import { verify } from 'nestjs-pass2pay/protocol';
import { type EndpointTable, WAY_CODES } from './endpoints.js';
import { GatewayRefusal } from './gateway-response.js';
import type { SandboxMerchant } from '../options.js';
import type { Bean } from './request-bean.js';
import type { SignatureCheck } from './signature-check.js';

/**
 * The checks of the gateway, in its order and words; each throws a GatewayRefusal.
 *
 * Source: protocol §2.
 */
export function checkBean(bean: Bean, endpoint: EndpointTable): void {
  for (const [field, words] of endpoint.notBlank) {
    if (isBlank(bean[field])) throw new GatewayRefusal(words);
  }
  for (const [field, words] of endpoint.atLeastOne) {
    const value = bean[field];
    if (typeof value !== 'bigint' || value < 1n) throw new GatewayRefusal(words);
  }
  const divisionMode = bean['divisionMode'];
  if (typeof divisionMode === 'bigint' && (divisionMode < 0n || divisionMode > 2n)) {
    throw new GatewayRefusal('分账模式设置值有误');
  }
}

export function findMerchant(bean: Bean, merchants: readonly SandboxMerchant[]): SandboxMerchant {
  const ofMerchant = merchants.filter((merchant) => merchant.mchNo === bean['mchNo']);
  const ofApp = merchants.filter((merchant) => merchant.appId === bean['appId']);
  if (ofMerchant.length === 0 || ofApp.length === 0) throw new GatewayRefusal('商户或商户应用不存在');
  if (ofMerchant.some((merchant) => merchant.disabled)) throw new GatewayRefusal('商户信息不存在或商户状态不可用');
  const found = ofMerchant.find((merchant) => merchant.appId === bean['appId']);
  if ((found ?? ofApp[0])?.appDisabled) throw new GatewayRefusal('商户应用不存在或应用状态不可用');
  if (!found) throw new GatewayRefusal('参数appId与商户号不匹配');
  return found;
}

/** The signature is checked over the bean, so a field that was signed but is not declared makes it wrong. */
export function checkSignature(bean: Bean, secret: string, explain: () => SignatureCheck): void {
  const { sign: signature, ...signed } = bean;
  if (!verify(signed, signature, secret)) throw new GatewayRefusal('验签失败', 9999, explain());
}

/** The create endpoints take no version below 1.1 since 2024-05-16. No page gives the words; these are ours. */
export function checkCreateVersion(bean: Bean): void {
  if (/^(0|1\.0)(\.|$)/.test(String(bean['version']))) {
    throw new GatewayRefusal('接口版本过低，当前接口支持最低版本为1.1');
  }
}

export function checkPass2PayFields(bean: Bean, endpoint: EndpointTable): void {
  for (const [field, words] of endpoint.requiredByPass2Pay) {
    if (isBlank(bean[field])) throw new GatewayRefusal(words);
  }
}

export function checkWayCode(bean: Bean, merchant: SandboxMerchant): void {
  const wayCode = bean['wayCode'];
  if (isBlank(wayCode)) return;
  if (!isWayCode(String(wayCode))) throw new GatewayRefusal('不支持的支付方式');
  if (merchant.wayCodes && !merchant.wayCodes.includes(String(wayCode))) {
    throw new GatewayRefusal('商户应用不支持该支付方式');
  }
}

export function checkUrls(bean: Bean): void {
  checkScheme(bean['notifyUrl'], '异步通知地址协议仅支持http:// 或 https:// !');
  checkScheme(bean['returnUrl'], '同步通知地址协议仅支持http:// 或 https:// !');
}

/** What does not fit into the gateway's database ends as an error without a reason. */
export function checkStorable(bean: Bean, endpoint: EndpointTable): void {
  for (const [field, length] of Object.entries(endpoint.lengths)) {
    const value = bean[field];
    if (typeof value === 'string' && charactersIn(value) > length) throw new GatewayRefusal('系统异常');
  }
  // The gateway's column takes 64 bits; the sandbox keeps amounts as JavaScript numbers.
  const amount = bean['amount'];
  if (typeof amount === 'bigint' && amount > BigInt(Number.MAX_SAFE_INTEGER)) throw new GatewayRefusal('系统异常');
}

function checkScheme(url: string | bigint | undefined, words: string): void {
  if (typeof url !== 'string' || url === '') return;
  if (!url.startsWith('http://') && !url.startsWith('https://')) throw new GatewayRefusal(words);
}

function isWayCode(wayCode: string): boolean {
  return WAY_CODES.has(wayCode) || wayCode.startsWith('DCEP_');
}

/** As Java's trim() sees it: every unit up to the space is blank. */
function isBlank(value: string | bigint | undefined): boolean {
  // oxlint-disable-next-line no-control-regex -- Java trims control characters too
  return value === undefined || (typeof value === 'string' && /^[\x00-\x20]*$/.test(value));
}

/** As the database counts: an emoji is one. */
function charactersIn(text: string): number {
  return Array.from(text).length;
}
