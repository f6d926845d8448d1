import type { NotifyMessage } from '../verification/notify-message.js';

/** The parts of an Express or Fastify request that a notify needs. */
export interface NotifyRequest {
  /** Path and query string as received. */
  url: string;
  /** Set if Express has mounted a router, which shortens `url`. */
  originalUrl?: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed body. */
  body?: unknown;
  /** The body's bytes, with `rawBody: true`. */
  rawBody?: Buffer;
  /** The sender's address, according to the application's proxy settings; undefined on a Unix socket. */
  ip?: string | undefined;
}

/** The notify in a request, as raw bytes if available. */
export function messageIn({ url, originalUrl = url, headers, body, rawBody }: NotifyRequest): NotifyMessage {
  const mark = originalUrl.indexOf('?');
  return {
    body: rawBody ?? body,
    query: mark === -1 ? '' : originalUrl.slice(mark + 1),
    contentType: headers['content-type'] as string | undefined,
    contentLength: rawBody?.byteLength ?? declaredLength(headers),
  };
}

/** Size of a parsed body; Infinity if unknown, because the body was chunked or compressed. */
function declaredLength(headers: NotifyRequest['headers']): number {
  if ('transfer-encoding' in headers || 'content-encoding' in headers) return Infinity;
  return Number(headers['content-length'] ?? 0);
}
