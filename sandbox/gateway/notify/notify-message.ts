import type { HutoolVersion, NotifyFormat } from '../options.js';
import type { SignedFields } from '../orders/entry-data.js';
import { javaHashOrder } from './java-hash-order.js';

/** A notify as it is sent, with the same bytes each time. */
export interface NotifyMessage {
  /** The target URL; in the format `query`, its query contains the parameters. */
  readonly url: string;
  readonly body: string;
  readonly contentType: string;
}

const FORM = 'application/x-www-form-urlencoded;charset=UTF-8';

/**
 * The gateway stores a notify as a URL and later sends that URL in its format: `query` posts the URL unchanged,
 * `raw-form` posts its raw query as the body, `form` decodes the query and posts it as a form, `json` as JSON. Anything
 * lost when the URL was built (an `&` in a value is not escaped) stays lost.
 *
 * Source: protocol §4, §9 and the recorded notifies.
 */
export function writeNotify(
  notifyUrl: string,
  fields: SignedFields,
  format: NotifyFormat,
  hutool: HutoolVersion = '5.8',
): NotifyMessage {
  return messageOf(appendQuery(notifyUrl, fields, hutool), format, hutool);
}

/** @param stored the notify as the gateway stores it, written by `appendQuery` */
export function messageOf(stored: string, format: NotifyFormat, hutool: HutoolVersion = '5.8'): NotifyMessage {
  if (format === 'query') {
    const url = withoutFragment(stored);
    // 5.7 parses the URL and rebuilds it the way 5.8 writes it.
    const sent = hutool === '5.7' ? url.replace(/%(?:2B|3B|3F)/g, decodeURIComponent) : url;
    return { url: sent, body: '', contentType: FORM };
  }
  const mark = stored.indexOf('?');
  const url = withoutFragment(stored.slice(0, mark));
  const rawQuery = stored.slice(mark + 1);
  if (format === 'json') return { url, body: jsonBody(rawQuery), contentType: 'application/json;charset=UTF-8' };
  return { url, body: format === 'raw-form' ? rawQuery : formBody(rawQuery), contentType: FORM };
}

/**
 * The URL with the fields in its query, in hash order. If there is an `=` anywhere in the URL, the gateway puts an `&`
 * before the first of them.
 *
 * Source: protocol §4 and §9, returnUrl.
 */
export function appendQuery(url: string, fields: SignedFields, hutool: HutoolVersion = '5.8'): string {
  const query = javaHashOrder(Object.keys(fields)).map((name) => `${name}=${encodeQuery(fields[name] ?? '', hutool)}`);
  return `${url}${url.includes('?') ? '' : '?'}${url.includes('=') ? '&' : ''}${query.join('&')}`;
}

/** Characters that hutool's encodeQuery does not escape; they include `&` and `=`, which is the gateway's bug. */
const LEFT_ALONE: Readonly<Record<HutoolVersion, RegExp>> = {
  '5.7': /%(?:2[46CF]|3[AD]|40)/g,
  '5.8': /%(?:2[46BCF]|3[ABDF]|40)/g,
};

/** 5.7 writes a space as `+`, which the format `form` then reads as a plus. */
export function encodeQuery(value: string, hutool: HutoolVersion = '5.8'): string {
  // A lone surrogate becomes U+FFFD; encodeURIComponent would throw.
  const utf8 = Buffer.from(value, 'utf8').toString('utf8');
  const encoded = encodeURIComponent(utf8).replace(LEFT_ALONE[hutool], decodeURIComponent);
  return hutool === '5.7' ? encoded.replaceAll('%20', '+') : encoded;
}

function formBody(rawQuery: string): string {
  const form = new URLSearchParams();
  for (const [name, value] of decodedParams(rawQuery)) form.append(name, value);
  return form.toString();
}

/** Amounts, state and times are numbers, as in the response to a query; they are signed by their digits. */
function jsonBody(rawQuery: string): string {
  const members = decodedParams(rawQuery).map(([name, value]) => {
    const isNumber = NUMBERS.has(name) && /^\d+$/.test(value);
    return `${JSON.stringify(name)}:${isNumber ? value : JSON.stringify(value)}`;
  });
  return `{${members.join(',')}}`;
}

const NUMBERS: ReadonlySet<string> = new Set([
  'amount',
  'createdAt',
  'mchFeeAmount',
  'payAmount',
  'refundAmount',
  'state',
  'successTime',
]);

/** In hash order; if a name is repeated, the last value is used. */
function decodedParams(rawQuery: string): [name: string, value: string][] {
  const decoded = new Map<string, string>();
  for (const part of rawQuery.split('&')) {
    const equals = part.indexOf('=');
    if (equals > 0) decoded.set(decodePercent(part.slice(0, equals)), decodePercent(part.slice(equals + 1)));
  }
  return javaHashOrder([...decoded.keys()]).map((name) => [name, decoded.get(name) ?? '']);
}

/** Keeps `+`, and returns a text with an invalid escape unchanged. */
function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function withoutFragment(url: string): string {
  return url.split('#', 1)[0] ?? '';
}
