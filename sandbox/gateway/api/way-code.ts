import type { WayCode } from '../dialects/dialect.js';
import { collated } from '../orders/collation.js';
import { type Call, textOf } from './call.js';
import { memberOf, parseChannelExtra } from './channel-extra.js';
import { GatewayRefusal } from './gateway-response.js';

/** The payment method of a request. */
export interface ResolvedWayCode {
  readonly code: string;
  readonly way: WayCode;
  /** Whether its spelling is exactly the gateway's. */
  readonly isSpelledSo: boolean;
}

/**
 * The payment method for AUTO_BAR, by the prefix and the length of the payer's code. Source: protocol §10, way codes.
 */
const BAR_CODES: readonly (readonly [pattern: RegExp, wayCode: string])[] = [
  [/^1[0-5].{16}$/, 'WX_BAR'],
  [/^(?:2[5-9]|30).{14,22}$/, 'ALI_BAR'],
  [/^62.{17}$/, 'YSF_BAR'],
];

/** @throws GatewayRefusal if the gateway does not know it, or for AUTO_BAR with a code of no known channel. */
export function resolveWayCode({ bean, endpoint, dialect }: Call): ResolvedWayCode {
  const asked = textOf(bean, 'wayCode').trim() === '' ? (endpoint.order?.wayCode ?? '') : textOf(bean, 'wayCode');
  const code = asked === 'AUTO_BAR' ? barOf(memberOf(parseChannelExtra(bean), 'authCode')) : asked;
  // A payment method with a page of the gateway is not in its database, whose lookup would ignore the case.
  const known = Object.entries(dialect.wayCodes).find(([name, { opensCashier }]) =>
    opensCashier ? name === code : collated(name) === collated(code),
  );
  if (known) return { code, way: known[1], isSpelledSo: known[0] === code };
  if (dialect.wayCodePrefixes.some((prefix) => code.startsWith(prefix))) {
    return { code, way: { payDataTypes: ['none'] }, isSpelledSo: true };
  }
  throw new GatewayRefusal('不支持的支付方式');
}

function barOf(authCode: string): string {
  if (authCode === '') throw new GatewayRefusal('条码为空');
  const found = BAR_CODES.find(([pattern]) => pattern.test(authCode));
  if (!found) throw new GatewayRefusal('不支持的条码');
  return found[1];
}
