const MAX_LENGTH = 200;

/** Request parameters that identify a payer or receiver. */
const PERSONAL = [
  'custNo',
  'userName',
  'mbrTel',
  'idNo',
  'clientIp',
  'accountNo',
  'accountName',
  'bankName',
  'extParam',
  'extraParam',
  'channelExtra',
];

const MASK = '***';
const CUT = '…';

/** As long as an MD5 signature or longer. */
const SIGNATURE = /[0-9a-f]{32,}/gi;
const NAMED_SIGNATURE = /sign ?=[^\s&,;，；。]*/gi;

type Request = Readonly<Record<string, unknown>>;

/**
 * Gateway text that is safe for an error or a log: one printable line of at most 200 characters, without signatures and
 * without personal data of the request that the gateway may repeat.
 *
 * @param request what was sent, `sign` included
 */
export function gatewayWords(text: string, request: Request = {}): string {
  const secret = secretsOf(request);
  // Masked before and after, because a value may contain characters that are not shown.
  const shown = printable(masked(text, secret)).replaceAll(SIGNATURE, CUT).replaceAll(NAMED_SIGNATURE, `sign${CUT}`);
  return shortened(masked(shown, secret));
}

/**
 * The gateway's request ID in a form that is safe for an error, a log or a span. It may have 32 hex digits, unless they
 * are the request's own signature.
 */
export function shownTraceId(traceId: string, request: Request = {}): string {
  const isOwnSignature = typeof request.sign === 'string' && traceId.toLowerCase() === request.sign.toLowerCase();
  return /^[0-9a-f]{32}$/.test(traceId) && !isOwnSignature ? traceId : gatewayWords(traceId, request);
}

/** Personal data of the request, longest first, since one value may be part of another. */
function secretsOf(request: Request): string[] {
  const values = PERSONAL.flatMap((name) => textsIn(request[name]));
  return values.flatMap((value) => [value, printable(value)]).toSorted((one, other) => other.length - one.length);
}

/** A value and, if it is the text of a JSON object such as channelExtra, the values in it. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'string') return Object.values(value ?? {}).flatMap(textsIn);
  return value.startsWith('{') ? [value, ...textsIn(parsed(value))] : [value];
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function masked(text: string, values: readonly string[]): string {
  return values.reduce((shown, value) => (value.trim() === '' ? shown : shown.replaceAll(value, MASK)), text);
}

function printable(text: string): string {
  return text
    .replaceAll(/[\s\p{Z}]+/gu, ' ')
    .replaceAll(/\p{C}/gu, '?')
    .trim();
}

/** Cuts between characters, never inside one. */
function shortened(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  const kept = text.slice(0, MAX_LENGTH - 1);
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}${CUT}`;
}
