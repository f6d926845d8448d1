import { javaHashOrder } from '../orders/java-hash-order.js';
import type { HutoolVersion, NotifyGeneration } from '../options.js';
import type { SignedFields } from '../orders/order-data.js';

/** A notify as it goes over the wire, each time the same bytes. */
export interface NotifyMessage {
  /** Where it is posted; with generation 1, the parameters are in its query. */
  readonly url: string;
  readonly body: string;
}

/**
 * The gateway keeps a notify as a URL and, later, sends that URL in the way of its generation: 1 posts the URL as it
 * is, 2 posts its raw query as the body, 3 decodes the query and posts it as a form. What was lost when the URL was made
 * (an `&` in a value is not escaped) stays lost.
 *
 * Source: protocol §4 and the recorded notifies.
 */
export function writeNotify(
  notifyUrl: string,
  fields: SignedFields,
  generation: NotifyGeneration,
  hutool: HutoolVersion = '5.8',
): NotifyMessage {
  return messageOf(appendQuery(notifyUrl, fields, hutool), generation, hutool);
}

/** @param stored the notify as the gateway keeps it, written by `appendQuery` */
export function messageOf(stored: string, generation: NotifyGeneration, hutool: HutoolVersion = '5.8'): NotifyMessage {
  if (generation === 1) {
    const url = withoutFragment(stored);
    // 5.7 takes the URL apart and puts it together anew, as 5.8 writes it.
    return { url: hutool === '5.7' ? url.replace(/%(?:2B|3B|3F)/g, decodeURIComponent) : url, body: '' };
  }
  const mark = stored.indexOf('?');
  const url = withoutFragment(stored.slice(0, mark));
  const rawQuery = stored.slice(mark + 1);
  return { url, body: generation === 2 ? rawQuery : formBody(rawQuery) };
}

/** The URL with the fields in its query, in hash order. Source: protocol §4. */
export function appendQuery(url: string, fields: SignedFields, hutool: HutoolVersion = '5.8'): string {
  const query = javaHashOrder(Object.keys(fields)).map((name) => `${name}=${encodeQuery(fields[name] ?? '', hutool)}`);
  return `${url}${url.includes('?') ? '&' : '?'}${query.join('&')}`;
}

/** What hutool's encodeQuery leaves as it is; `&` and `=` are among it, which is the gateway's bug. */
const LEFT_ALONE: Readonly<Record<HutoolVersion, RegExp>> = {
  '5.7': /%(?:2[46CF]|3[AD]|40)/g,
  '5.8': /%(?:2[46BCF]|3[ABDF]|40)/g,
};

/** 5.7 writes a space as `+`, which generation 3 then takes for a plus. */
export function encodeQuery(value: string, hutool: HutoolVersion = '5.8'): string {
  // A lone surrogate becomes U+FFFD; encodeURIComponent would throw.
  const utf8 = Buffer.from(value, 'utf8').toString('utf8');
  const encoded = encodeURIComponent(utf8).replace(LEFT_ALONE[hutool], decodeURIComponent);
  return hutool === '5.7' ? encoded.replaceAll('%20', '+') : encoded;
}

function formBody(rawQuery: string): string {
  const decoded = new Map<string, string>();
  for (const part of rawQuery.split('&')) {
    const equals = part.indexOf('=');
    if (equals > 0) decoded.set(decodePercent(part.slice(0, equals)), decodePercent(part.slice(equals + 1)));
  }
  const form = new URLSearchParams();
  for (const name of javaHashOrder([...decoded.keys()])) form.append(name, decoded.get(name) ?? '');
  return form.toString();
}

/** Leaves `+` alone, and a text with a broken escape too. */
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
