import type { NotifySource } from '../protocol/notify/candidate-params.js';
import { MAX_PARAMS, refuseTooLong, refuseTooMany } from '../protocol/notify/notify-limits.js';
import { NotifyRefusal } from '../protocol/notify/notify-refusal.js';
import { shownValue } from '../protocol/shown-value.js';

/** A notify as it came by HTTP, whatever framework took it. */
export interface NotifyMessage {
  /**
   * The body's bytes or its text, or the flat object that a form or JSON parser made of it. Empty where there is none. Only
   * the bytes or the text tell how the numbers of a JSON body were written, which its signature is made of.
   */
  body?: unknown;
  /** The query string, with or without its `?`, or the flat object that a parser made of it. Empty where there is none. */
  query?: string | Readonly<Record<string, unknown>> | undefined;
  /** The Content-Type header. */
  contentType?: string | null | undefined;
  /**
   * How many bytes the body had, where only a parsed object of it is given: how many members it has cannot be found out at a
   * price that a stranger may cause. Infinity where that is not known, which refuses it; not checked where left out.
   */
  contentLength?: number | undefined;
}

/** The media types of a notify's body, and how each is read. Source: protocol §9. */
const BODY_TYPES: Readonly<Record<string, NotifySource['type'] | undefined>> = {
  'application/x-www-form-urlencoded': 'form',
  'application/json': 'json',
};

/**
 * Where the parameters are: in the form or JSON body or, from old gateways, in the query string of a POST; never in both.
 * Source: protocol §4 and §9.
 *
 * @param fields the names of the gateway's own parameters
 * @throws NotifyRefusal
 */
export function sourceOf(message: NotifyMessage, fields: ReadonlySet<string>): NotifySource {
  const query = typeof message.query === 'string' ? message.query.replace(/^\?/, '') : (message.query ?? '');
  refuseTooLong(Math.max(sizeOf(message.body), sizeOf(query), message.contentLength ?? 0));
  const body = bodyOf(message);
  if (body === undefined) {
    if (isEmpty(query)) throw new NotifyRefusal('no-parameters', whyEmpty(mediaTypeOf(message)));
    return { type: 'form', ...(typeof query === 'string' ? { text: query } : { parsed: query }) };
  }
  if (namesIn(query).some((name) => name === 'sign' || fields.has(name))) {
    throw new NotifyRefusal('mixed', 'gateway parameters in the body and in the query string');
  }
  return body;
}

/** The Content-Type header as a log may show it, without its parameters; undefined where there is none. */
export function shownMediaType(message: NotifyMessage): string | undefined {
  const mediaType = mediaTypeOf(message);
  return mediaType === '' ? undefined : shownValue(mediaType).slice(1, -1);
}

function bodyOf(message: NotifyMessage): NotifySource | undefined {
  const { body } = message;
  if (!hasBody(message)) return undefined;
  const mediaType = mediaTypeOf(message);
  const type = Object.hasOwn(BODY_TYPES, mediaType) ? BODY_TYPES[mediaType] : undefined;
  if (type === undefined) throw new NotifyRefusal('no-parameters', whyNotRead(mediaType));
  if (typeof body === 'string') return { type, text: body };
  if (body instanceof Uint8Array) {
    return { type, text: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8') };
  }
  return { type, parsed: body as Record<string, unknown> };
}

/** In lower case, without parameters; `''` where there is none. */
function mediaTypeOf({ contentType }: NotifyMessage): string {
  return (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

const TYPES_READ = Object.keys(BODY_TYPES).join(' or ');

function whyNotRead(mediaType: string): string {
  if (mediaType === '') return `the body has no Content-Type; send ${TYPES_READ}`;
  if (mediaType === 'multipart/form-data') {
    return `the body is multipart/form-data, as curl -F sends it; send ${TYPES_READ}, as curl -d does`;
  }
  return `the body is ${shownValue(mediaType).slice(1, -1)}; send ${TYPES_READ}`;
}

/** Some parsers leave no trace of a body that they do not read, so it cannot be told whether there was one. */
function whyEmpty(mediaType: string): string {
  if (mediaType === '') return 'there is no query string, no Content-Type, and no body that a body parser would read';
  if (Object.hasOwn(BODY_TYPES, mediaType))
    return 'neither a body nor a query string: turn the body parser on, or let the built-in route (notifyPath) read the body';
  return `there is no query string, and no body parser has read a body: ${whyNotRead(mediaType)}`;
}

function sizeOf(part: unknown): number {
  if (typeof part === 'string') return Buffer.byteLength(part);
  return part instanceof Uint8Array ? part.byteLength : 0;
}

function hasBody({ body, contentLength }: NotifyMessage): boolean {
  const isParsed = typeof body === 'object' && body !== null && !(body instanceof Uint8Array);
  // JavaScript cannot ask an object for one of its members without listing all of them.
  return (isParsed && contentLength !== undefined && contentLength > 0) || !isEmpty(body);
}

function isEmpty(part: unknown): boolean {
  if (typeof part === 'string' || part instanceof Uint8Array) return part.length === 0;
  if (typeof part !== 'object' || part === null) return true;
  return Object.keys(part).length === 0;
}

function namesIn(query: string | object): string[] {
  if (typeof query !== 'string') return Object.keys(query);
  // No more pairs than a notify may have are split off, and one.
  const pairs = query.split('&', MAX_PARAMS + 1);
  refuseTooMany(pairs.length);
  return pairs.map((pair) => pair.split('=', 1)[0]!);
}
