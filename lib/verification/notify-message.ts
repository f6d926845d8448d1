import type { NotifySource } from '../protocol/notify/candidate-params.js';
import { NotifyRefusal } from '../protocol/notify/notify-refusal.js';

/** A notify as it came by HTTP, whatever framework took it. */
export interface NotifyMessage {
  /** The body's bytes or its text, or the flat object that a form parser made of it. Empty where there is none. */
  body?: unknown;
  /** The query string, with or without its `?`, or the flat object that a parser made of it. Empty where there is none. */
  query?: string | Readonly<Record<string, unknown>> | undefined;
  /** The Content-Type header. */
  contentType?: string | null | undefined;
}

/**
 * Where the parameters are: in the form body or, from old gateways, in the query string of a POST; never in both.
 * Source: protocol §4.
 *
 * @param fields the names of the gateway's own parameters
 * @throws NotifyRefusal
 */
export function sourceOf(message: NotifyMessage, fields: ReadonlySet<string>): NotifySource {
  const query = typeof message.query === 'string' ? message.query.replace(/^\?/, '') : (message.query ?? '');
  const body = bodyOf(message);
  if (body === undefined) {
    if (isEmpty(query)) {
      throw new NotifyRefusal('no-parameters', 'neither a form body nor a query string; is the body parser on?');
    }
    return typeof query === 'string' ? { text: query } : { parsed: query };
  }
  if (namesIn(query).some((name) => name === 'sign' || fields.has(name))) {
    throw new NotifyRefusal('mixed', 'gateway parameters in the body and in the query string');
  }
  return body;
}

function bodyOf({ body, contentType }: NotifyMessage): NotifySource | undefined {
  if (isEmpty(body)) return undefined;
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType ?? '')) {
    throw new NotifyRefusal('no-parameters', 'the body is no form');
  }
  if (typeof body === 'string') return { text: body };
  if (body instanceof Uint8Array) {
    return { text: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8') };
  }
  return { parsed: body as Record<string, unknown> };
}

function isEmpty(part: unknown): boolean {
  if (typeof part === 'string' || part instanceof Uint8Array) return part.length === 0;
  return typeof part !== 'object' || part === null || Object.keys(part).length === 0;
}

function namesIn(query: string | object): string[] {
  return typeof query === 'string' ? query.split('&').map((pair) => pair.split('=', 1)[0]!) : Object.keys(query);
}
