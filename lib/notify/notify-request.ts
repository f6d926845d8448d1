import type { NotifyMessage } from '../verification/notify-message.js';

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
  /** The sender's address, as the application's settings about proxies have it; undefined on a Unix socket. */
  ip?: string | undefined;
}

/** The notify in a request: its own bytes, where they are kept. */
export function messageIn({ url, originalUrl = url, headers, body, rawBody }: NotifyRequest): NotifyMessage {
  const mark = originalUrl.indexOf('?');
  return {
    body: rawBody ?? body,
    query: mark === -1 ? '' : originalUrl.slice(mark + 1),
    contentType: headers['content-type'] as string | undefined,
    contentLength: rawBody?.byteLength ?? declaredLength(headers),
  };
}

/** Of the body that a parser has read; Infinity where the header does not tell, since it came in chunks or compressed. */
function declaredLength(headers: NotifyRequest['headers']): number {
  if ('transfer-encoding' in headers || 'content-encoding' in headers) return Infinity;
  return Number(headers['content-length'] ?? 0);
}
