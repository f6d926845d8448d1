import type { NotifySource } from '../protocol/notify/candidate-params.js';
import { MAX_PARAMS, refuseTooLong, refuseTooMany } from '../protocol/notify/notify-limits.js';
import { NotifyRefusal } from '../protocol/notify/notify-refusal.js';
import { shownValue } from '../protocol/shown-value.js';

/** A notify as received over HTTP, independent of the framework. */
export interface NotifyMessage {
  /**
   * The body's bytes or text, or the flat object that a form or JSON parser returned. Empty if there is none. Only the
   * bytes or the text preserve how the numbers of a JSON body were written, which the signature covers.
   */
  body?: unknown;
  /** The query string, with or without its `?`, or the flat object that a parser returned. Empty if there is none. */
  query?: string | Readonly<Record<string, unknown>> | undefined;
  /** The Content-Type header. */
  contentType?: string | null | undefined;
  /**
   * The size of the body in bytes, if only a parsed object is given, because counting its members would let a stranger
   * cause too much work. Infinity if unknown, which refuses the notify; not checked if left out.
   */
  contentLength?: number | undefined;
}

/** The accepted media types of a notify's body, and how each is read. Source: protocol §9. */
const BODY_TYPES: Readonly<Record<string, NotifySource['type'] | undefined>> = {
  'application/x-www-form-urlencoded': 'form',
  'application/json': 'json',
};

/**
 * The source of the parameters: the form or JSON body or, from old gateways, the query string of a POST; never both.
 * Source: protocol §4 and §9.
 *
 * @param fields the names of the gateway's documented parameters
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
    throw new NotifyRefusal('mixed', 'gateway parameters are in both the body and the query string');
  }
  return body;
}

/** The Content-Type header for logs, without its parameters; undefined if there is none. */
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

/** In lower case, without parameters; `''` if there is none. */
function mediaTypeOf({ contentType }: NotifyMessage): string {
  return (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

const TYPES_READ = Object.keys(BODY_TYPES).join(' or ');

function whyNotRead(mediaType: string): string {
  if (mediaType === '') return `the body has no Content-Type; use ${TYPES_READ}`;
  if (mediaType === 'multipart/form-data') {
    return `the body is multipart/form-data, as sent by curl -F; use ${TYPES_READ}, as curl -d does`;
  }
  return `the body is ${shownValue(mediaType).slice(1, -1)}; use ${TYPES_READ}`;
}

/** Some parsers leave no trace of a body that they do not parse, so it is unknown whether there was one. */
function whyEmpty(mediaType: string): string {
  if (mediaType === '') return 'there is no query string, no Content-Type and no parsed body';
  if (Object.hasOwn(BODY_TYPES, mediaType))
    return 'there is neither a body nor a query string: enable the body parser, or use the built-in route (notifyPath)';
  return `there is no query string, and no body parser has parsed a body: ${whyNotRead(mediaType)}`;
}

function sizeOf(part: unknown): number {
  if (typeof part === 'string') return Buffer.byteLength(part);
  return part instanceof Uint8Array ? part.byteLength : 0;
}

function hasBody({ body, contentLength }: NotifyMessage): boolean {
  const isParsed = typeof body === 'object' && body !== null && !(body instanceof Uint8Array);
  // JavaScript cannot get one member of an object without listing all of them.
  return (isParsed && contentLength !== undefined && contentLength > 0) || !isEmpty(body);
}

function isEmpty(part: unknown): boolean {
  if (typeof part === 'string' || part instanceof Uint8Array) return part.length === 0;
  if (typeof part !== 'object' || part === null) return true;
  return Object.keys(part).length === 0;
}

function namesIn(query: string | object): string[] {
  if (typeof query !== 'string') return Object.keys(query);
  // Splits off at most one pair more than a notify may have.
  const pairs = query.split('&', MAX_PARAMS + 1);
  refuseTooMany(pairs.length);
  return pairs.map((pair) => pair.split('=', 1)[0]!);
}
