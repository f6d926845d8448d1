import { LosslessNumber, stringify } from 'lossless-json';
import { UsageError } from '../errors.js';
import {
  isWireObject,
  numberLiteral,
  parseWireObject,
  signable,
  type SignableParams,
  type WireObject,
} from 'nestjs-pass2pay/protocol';
import { parseCurl } from './curl.js';

/** The format of a message. */
export type MessageFormat = 'json' | 'form' | 'curl' | 'url';

export const MESSAGE_FORMATS: readonly MessageFormat[] = ['json', 'form', 'curl', 'url'];

/** A message to sign or verify. */
export interface Message {
  readonly format: MessageFormat;
  /** The signed parameters: all except `sign`, with numbers as they were written. */
  readonly params: SignableParams;
  /** The message's own signature. */
  readonly sign: string | undefined;
  /** The text of a form, not decoded. */
  readonly formText?: string;
  /** The message with a signature, in the format of its parameters. */
  readonly signedWith: (sign: string) => string;
  /** Warnings for the user. */
  readonly notes: readonly string[];
}

/**
 * Reads a message as JSON, as a form or query string, as a URL with a query, or as a curl command.
 *
 * @param format undefined to detect it from the text
 * @throws only UsageError, whatever the text.
 */
export function readMessage(text: string, format?: MessageFormat): Message {
  const bare = text.replace(/^\uFEFF/, '').trim();
  if (bare === '') throw new UsageError('There is no message; pass JSON, a form or a curl command on stdin');
  const shape = format ?? formatOf(bare);
  switch (shape) {
    case 'json':
      return fromJson(bare);
    case 'form':
      // Not trimmed except for the line break at the end of a file: white space may belong to the last value.
      return fromForm(text.replace(/^\uFEFF/, '').replace(/\r?\n$/, ''));
    case 'curl':
      return fromCurl(bare);
    case 'url':
      return fromUrl(bare);
    default:
      throw new UsageError(`There is no format ${String(shape satisfies never)}`);
  }
}

function formatOf(text: string): MessageFormat {
  if (text.startsWith('{')) return 'json';
  if (/^([$>%]\s+)?([^\s=&'"]*[\\/])?curl(\.exe)?\s/i.test(text)) return 'curl';
  if (/^https?:\/\//i.test(text)) return 'url';
  if (/^[^=&\s]+=/.test(text)) return 'form';
  throw new UsageError(
    'The message is neither a JSON object, nor a form (name=value&…), nor a URL, nor a curl command; set its format with --format',
  );
}

function fromJson(text: string): Message {
  const object = parseJson(text);
  if (object === undefined) throw new UsageError('The message is not a JSON object with unique member names');
  if (isEnvelope(object)) {
    const message = fromObject(object.data);
    const note = 'This is a response’s envelope; its sign covers only data, which was used.';
    return {
      ...message,
      sign: textOf(object.sign),
      signedWith: (sign) => stringify({ ...object, sign }) ?? '',
      notes: [note, ...message.notes],
    };
  }
  return fromObject(object);
}

function isEnvelope(object: WireObject): object is WireObject & { data: WireObject } {
  return numberLiteral(object.code) !== undefined && isWireObject(object.data) && !('mchNo' in object);
}

function fromObject(object: WireObject): Message {
  const { sign, ...params } = object;
  const nested = Object.keys(params).filter((name) => isNested(params[name]));
  return {
    format: 'json',
    params: signable(params),
    sign: textOf(sign),
    signedWith: (signature) => stringify({ ...params, sign: signature }) ?? '',
    notes: nested.map(
      (name) =>
        `${shown(name)} is nested; it was signed as compact JSON, which the gateway may write in a different order: send it as JSON text.`,
    ),
  };
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof LosslessNumber);
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return numberLiteral(value) ?? (typeof value === 'string' ? value : '');
}

/** Undefined if the text is not a JSON object, is nested too deeply, or has a name with two values. */
function parseJson(text: string): WireObject | undefined {
  try {
    return parseWireObject(text);
  } catch {
    return undefined;
  }
}

function fromForm(text: string): Message {
  const params = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const cut = pair.indexOf('=');
    const [name, value] = cut === -1 ? [pair, ''] : [pair.slice(0, cut), pair.slice(cut + 1)];
    const decoded = decode(name, 'a name');
    if (decoded === '') throw new UsageError('The form has a value without a name');
    if (params.has(decoded))
      throw new UsageError(`The form contains ${shown(decoded)} twice; each name must be unique`);
    params.set(decoded, decode(value, shown(decoded)));
  }
  if (params.size === 0) throw new UsageError('The form has no parameters');
  const sign = params.get('sign');
  params.delete('sign');
  return {
    format: 'form',
    params: Object.fromEntries(params),
    sign,
    formText: text,
    signedWith: (signature) => new URLSearchParams([...params, ['sign', signature]]).toString(),
    notes: [],
  };
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new UsageError(`The form has an invalid percent escape in ${what}; encode % as %25`);
  }
}

function fromUrl(text: string): Message {
  const [front = ''] = text.split('#', 1);
  const mark = front.indexOf('?');
  if (mark === -1) throw new UsageError('The URL has no query string');
  const address = front.slice(0, mark);
  const message = fromForm(front.slice(mark + 1));
  return { ...message, format: 'url', signedWith: (sign) => `${address}?${message.signedWith(sign)}` };
}

function fromCurl(text: string): Message {
  const request = parseCurl(text);
  const { body, contentType, notes } = request;
  if (body === undefined || body.trim() === '') {
    const message = fromUrl(request.url);
    return { ...message, format: 'curl', notes };
  }
  const isJson = /\bjson\b/i.test(contentType ?? '');
  const looksLikeJson = body.trimStart().startsWith('{');
  const message = isJson || looksLikeJson ? fromJson(body.trim()) : fromForm(body);
  const found = [...notes, ...message.notes];
  if (looksLikeJson && !isJson) {
    found.push('The body is JSON, but curl sends it as a form: add -H "Content-Type: application/json".');
  }
  if (/\?[^#]*=/.test(request.url)) found.push('The URL also has a query string; only the body was used.');
  return { ...message, format: 'curl', notes: found };
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 40));
}
