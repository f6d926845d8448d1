import { verify } from 'nestjs-pass2pay/protocol';
import type { Bean, CheckName, Dialect, Endpoint } from '../dialects/dialect.js';
import type { SandboxMerchant } from '../options.js';
import { collated } from '../orders/collation.js';
import { type Call, textOf } from './call.js';
import { findEntry } from './find-entry.js';
import { memberOf, parseChannelExtra } from './channel-extra.js';
import { GatewayRefusal } from './gateway-response.js';
import { asJavaEncodes } from './reading/request-bean.js';
import { checkRefundable } from './refund-checks.js';
import type { SignatureCheck } from './signature-check.js';
import { isUrlOrMissing, NOTIFY_URL_WORDS, RETURN_URL_WORDS } from './urls.js';
import { resolveWayCode } from './way-code.js';

/** Throws a GatewayRefusal with the gateway's message. */
type Check = (call: Call) => void;

/** The checks that an endpoint may make after the signature. Source: protocol §2, §9 and §10. */
export const CHECKS: Readonly<Record<CheckName, Check>> = {
  createVersion: ({ bean }) => {
    // No page documents this message; it is ours.
    refuseIf(/^(0|1\.0)(\.|$)/.test(textOf(bean, 'version')), '接口版本过低，当前接口支持最低版本为1.1');
  },
  requiredFields: ({ bean, endpoint }) => {
    for (const [field, words] of endpoint.requiredFields ?? []) refuseIf(isBlank(bean[field]), words);
  },
  wayCode: (call) => void resolveWayCode(call),
  channelExtra: ({ bean }) => void parseChannelExtra(bean),
  newOrder: ({ bean, desks, merchant }) => {
    const mchOrderNo = textOf(bean, 'mchOrderNo');
    if (desks.orders.ledger.find(merchant.mchNo, mchOrderNo)) throw alreadyExists(mchOrderNo);
  },
  urls: ({ bean }) => {
    refuseIf(!isUrlOrMissing(bean['notifyUrl']), NOTIFY_URL_WORDS);
    refuseIf(!isUrlOrMissing(bean['returnUrl']), RETURN_URL_WORDS);
  },
  openedWayCode: (call) => {
    const { code, isSpelledSo, way } = resolveWayCode(call);
    if (way.opensCashier || isBlank(call.bean['wayCode'])) return;
    const { wayCodes } = call.merchant;
    const isOpened = wayCodes === undefined || wayCodes.some((opened) => collated(opened) === collated(code));
    refuseIf(!isOpened, '商户应用不支持该支付方式');
    // The database finds the code, but the lookup of its class then fails.
    refuseIf(!isSpelledSo, '系统异常');
  },
  payerOfWayCode: (call) => {
    const { needs } = resolveWayCode(call).way;
    if (needs) refuseIf(memberOf(parseChannelExtra(call.bean), needs.member) === '', needs.words);
  },
  newTransfer: ({ bean, desks, merchant }) => {
    const mchOrderNo = textOf(bean, 'mchOrderNo');
    if (desks.transfers.ledger.find(merchant.mchNo, mchOrderNo)) throw alreadyExists(mchOrderNo);
  },
  transferChannel: ({ bean, dialect }) => {
    const entryTypes = entryTypesOf(dialect, textOf(bean, 'ifCode'));
    if (!entryTypes) throw new GatewayRefusal('应用未开通此接口配置!');
    refuseIf(entryTypes.length === 0, '无此转账通道接口');
    refuseIf(!entryTypes.includes(textOf(bean, 'entryType')), '该接口不支持该入账方式');
  },
  refundable: checkRefundable,
  divisionAccount: ({ bean, dialect }) => {
    refuseIf(!entryTypesOf(dialect, textOf(bean, 'ifCode')), '商户应用的支付配置不存在或已关闭');
    throw new GatewayRefusal('商户分账账号组不存在，请检查或进入商户平台进行创建操作');
  },
  dividableOrder: (call) => {
    findEntry(call, { kind: 'order', ledger: call.desks.orders.ledger });
    throw new GatewayRefusal('当前订单状态不支持分账');
  },
  knownClient: () => {
    throw new GatewayRefusal('不支持的客户端');
  },
  storable: ({ bean, endpoint: { lengths } }) => {
    const isTooLong = Object.entries(lengths).some(([field, most]) => charactersIn(textOf(bean, field)) > most);
    refuseIf(isTooLong, '系统异常');
  },
};

/** Checks the rules for the typed request, before merchant and signature. */
export function checkRules(bean: Bean, { rules }: Endpoint): void {
  for (const { field, missing, range } of rules) {
    const value = bean[field];
    if (missing !== undefined && isBlank(value)) throw new GatewayRefusal(missing);
    if (!range || typeof value !== 'bigint') continue;
    const { least, most, words } = range;
    refuseIf(value < least || (most !== undefined && value > most), words);
  }
}

/**
 * The app of the request. The database ignores case and trailing spaces; the merchant number is then compared exactly.
 */
export function findMerchant(bean: Bean, merchants: readonly SandboxMerchant[]): SandboxMerchant {
  const mchNo = textOf(bean, 'mchNo');
  const found = merchants.find(
    (merchant) =>
      collated(merchant.appId) === collated(textOf(bean, 'appId')) && collated(merchant.mchNo) === collated(mchNo),
  );
  if (!found) throw new GatewayRefusal('商户或商户应用不存在');
  const isDisabled = merchants.some((merchant) => merchant.mchNo === found.mchNo && merchant.disabled);
  refuseIf(isDisabled, '商户信息不存在或商户状态不可用');
  refuseIf(found.appDisabled === true, '商户应用不存在或应用状态不可用');
  refuseIf(found.mchNo !== mchNo, '参数appId与商户号不匹配');
  return found;
}

/** The signature is checked over the bean, so signing an undeclared field makes it invalid. */
export function checkSignature(bean: Bean, secret: string, explain: () => SignatureCheck): void {
  const { sign, ...signed } = asJavaEncodes(bean);
  if (!verify(signed, sign, secret)) throw new GatewayRefusal('验签失败', 9999, explain());
}

export function alreadyExists(mchOrderNo: string): GatewayRefusal {
  return new GatewayRefusal(`商户订单[${mchOrderNo}]已存在`);
}

function refuseIf(isRefused: boolean, words: string): void {
  if (isRefused) throw new GatewayRefusal(words);
}

/** The entry types that a channel accepts; undefined if the app has no such channel. */
function entryTypesOf({ transferChannels }: Dialect, ifCode: string): readonly string[] | undefined {
  return Object.hasOwn(transferChannels, ifCode) ? transferChannels[ifCode] : transferChannels['*'];
}

/** Like Java's trim(): every code unit up to the space is blank. */
function isBlank(value: string | bigint | undefined): boolean {
  // oxlint-disable-next-line no-control-regex -- Java trims control characters too
  return value === undefined || (typeof value === 'string' && /^[\x00-\x20]*$/.test(value));
}

/** Counted as by the database: an emoji is one character. */
function charactersIn(text: string): number {
  return Array.from(text).length;
}
