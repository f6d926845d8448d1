import { isLosslessNumber, parse, stringify } from 'lossless-json';
import { verify } from 'nestjs-pass2pay/protocol';
import { isObject } from '../../gateway/api/reading/json-object.js';
import { ENTRY_NUMBERS } from '../../gateway/dialects/dialect.js';

/** A response as received. */
export interface ReceivedResponse {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string;
}

export interface ComparisonOptions {
  /** Signs the data of both responses. */
  readonly secret: string;
  /** Equivalent messages: if several fields are missing, the gateway may name any of them. */
  readonly interchangeable?: ReadonlySet<string>;
  /** Members of data that depend on the caller or the account: only their presence is compared. */
  readonly unknowable?: ReadonlySet<string>;
}

/** A difference between two responses. */
export interface Divergence {
  /** `status`, `contentType`, `body`, `msg`, `members`, `data.amount`, … */
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

/** `P`, `T` or `R` and 19 digits: the format of the gateway's IDs. */
const GATEWAY_ID = /^[PTR]\d{19}$/;
/** Members of the envelope that are compared separately. */
const SEPARATE: ReadonlySet<string> = new Set(['data', 'sign', 'traceId']);
const IDS: ReadonlySet<string> = new Set(Object.values(ENTRY_NUMBERS).map(({ id }) => id));
/** IDs that the channel assigns. */
const CHANNEL_IDS: ReadonlySet<string> = new Set(['channelOrderNo']);
/** Whole seconds, in ms since 1970. */
const TIMES: ReadonlySet<string> = new Set(['createdAt', 'successTime']);

/**
 * Compares the responses of two gateways to the same request: HTTP status, content type, code, msg, members and their
 * order, values, and whether the sign verifies. Only the format of IDs and times and the kind of payData and payUrl are
 * compared; the text inside `系统异常[…]` is ignored.
 */
export function compareResponses(
  expected: ReceivedResponse,
  actual: ReceivedResponse,
  options: ComparisonOptions,
): Divergence[] {
  const found = new Divergences();
  found.compare('status', String(expected.status), String(actual.status));
  found.compare('contentType', normalType(expected.contentType), normalType(actual.contentType));
  const [wanted, got] = [readObject(expected.body), readObject(actual.body)];
  if (!wanted || !got) {
    found.compare('body', kindOf(expected.body), kindOf(actual.body));
    return found.list;
  }
  found.compare('members', membersOf(wanted), membersOf(got));
  found.compare('traceId', presenceOf(wanted['traceId']), presenceOf(got['traceId']));
  for (const name of Object.keys(wanted).filter((member) => member in got && !SEPARATE.has(member))) {
    found.compare(name, envelopeValue(name, wanted[name], options), envelopeValue(name, got[name], options));
  }
  found.compare('sign', signatureOf(wanted, options.secret), signatureOf(got, options.secret));
  compareData(wanted['data'], got['data'], options, found);
  return found.list;
}

class Divergences {
  readonly list: Divergence[] = [];

  compare(what: string, expected: string, actual: string): void {
    if (expected !== actual) this.list.push({ what, expected, actual });
  }
}

function compareData(expected: unknown, actual: unknown, { unknowable }: ComparisonOptions, found: Divergences): void {
  if (!isObject(expected) || !isObject(actual)) {
    found.compare('data', dataKind(expected), dataKind(actual));
    return;
  }
  found.compare('data members', membersOf(expected), membersOf(actual));
  for (const name of Object.keys(expected).filter((member) => member in actual && !unknowable?.has(member))) {
    found.compare(`data.${name}`, dataValue(name, expected[name]), dataValue(name, actual[name]));
  }
}

function envelopeValue(name: string, value: unknown, { interchangeable }: ComparisonOptions): string {
  const text = textOf(value);
  if (name === 'timestamp') return text.replaceAll(/\d/g, '9');
  if (name !== 'msg') return text;
  if (interchangeable?.has(text)) return 'any of the missing fields';
  return text.replace(/^系统异常\[[\s\S]*\]$/, '系统异常[…]');
}

function dataValue(name: string, value: unknown): string {
  const text = textOf(value);
  if (IDS.has(name)) return GATEWAY_ID.test(text) ? `${text.charAt(0)} and 19 digits` : text;
  if (CHANNEL_IDS.has(name)) return text === '' ? '' : 'a number of the channel';
  if (TIMES.has(name)) return /^\d{10}000$/.test(text) ? 'whole seconds in ms' : text;
  if (name === 'payData' || name === 'payUrl') return contentKind(text);
  return text;
}

function presenceOf(value: unknown): string {
  return value === undefined ? 'none' : 'there';
}

function dataKind(data: unknown): string {
  if (data === undefined) return 'none';
  return isObject(data) ? 'an object' : textOf(data);
}

function contentKind(text: string): string {
  if (text === '') return 'nothing';
  if (/^[a-z]+:\/\//.test(text)) return 'a URL';
  if (text.startsWith('{')) return 'JSON';
  return text.startsWith('<') ? 'HTML' : 'text';
}

function signatureOf({ data, sign }: Readonly<Record<string, unknown>>, secret: string): string {
  if (sign === undefined) return 'none';
  const literals = Object.fromEntries(Object.entries(isObject(data) ? data : {}).map(([k, v]) => [k, textOf(v)]));
  return verify(literals, textOf(sign), secret) ? 'verifies' : 'does not verify';
}

/** Names in their order. traceId is not signed and may be at any position, so its presence is compared separately. */
function membersOf(object: Readonly<Record<string, unknown>>): string {
  return Object.keys(object)
    .filter((name) => name !== 'traceId')
    .join(', ');
}

/** The members of a JSON object, with the literals of numbers; undefined for any other text. */
export function readObject(body: string): Record<string, unknown> | undefined {
  try {
    const value = parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function kindOf(body: string): string {
  if (body === '') return 'empty';
  return readObject(body) ? 'a JSON object' : 'no JSON object';
}

function normalType(contentType = 'none'): string {
  return contentType.toLowerCase().replaceAll(' ', '');
}

/** A value as it is signed. */
export function textOf(value: unknown): string {
  if (isLosslessNumber(value)) return value.value;
  return typeof value === 'string' ? value : (stringify(value) ?? '');
}
