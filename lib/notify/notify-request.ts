import type { NotifySource } from '../protocol/notify/candidate-params.js';
import { NotifyRefusal } from '../protocol/notify/notify-refusal.js';

/** What a notify needs of a request, on Express and on Fastify. */
export interface NotifyRequest {
  /** Path and query string as they came. */
  url: string;
  /** Present where Express has mounted a router: `url` is then cut. */
  originalUrl?: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What the body parser made of the body. */
  body?: unknown;
  /** The body's bytes, with `rawBody: true`. */
  rawBody?: Buffer;
}

/**
 * Where the parameters are: in the form body or, from old gateways, in the query string of a POST; never in both.
 * Source: protocol §4.
 *
 * @param fields the names of the gateway's own parameters
 * @throws NotifyRefusal
 */
export function sourceOf(request: NotifyRequest, fields: ReadonlySet<string>): NotifySource {
  const query = queryOf(request);
  const body = bodyOf(request);
  if (body === undefined) {
    if (query === '') {
      throw new NotifyRefusal('no-parameters', 'neither a form body nor a query string; is the body parser on?');
    }
    return { text: query };
  }
  const inQuery = query.split('&').map((pair) => pair.split('=', 1)[0]!);
  if (inQuery.some((name) => name === 'sign' || fields.has(name))) {
    throw new NotifyRefusal('mixed', 'gateway parameters in the body and in the query string');
  }
  return body;
}

function queryOf({ url, originalUrl }: NotifyRequest): string {
  const whole = originalUrl ?? url;
  const mark = whole.indexOf('?');
  return mark === -1 ? '' : whole.slice(mark + 1);
}

function bodyOf({ headers, body, rawBody }: NotifyRequest): NotifySource | undefined {
  if (rawBody !== undefined ? rawBody.length === 0 : isEmpty(body)) return undefined;
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(String(headers['content-type']))) {
    throw new NotifyRefusal('no-parameters', 'the body is no form');
  }
  if (rawBody !== undefined) return { text: rawBody.toString('utf8') };
  if (typeof body === 'string') return { text: body };
  if (Buffer.isBuffer(body)) return { text: body.toString('utf8') };
  return { parsed: body as Record<string, unknown> };
}

function isEmpty(body: unknown): boolean {
  if (body === undefined || body === null) return true;
  if (typeof body === 'string' || Buffer.isBuffer(body)) return body.length === 0;
  return typeof body !== 'object' || Object.keys(body).length === 0;
}
