import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ReceivedResponse } from './compare-responses.js';
import type { WireRequest } from './write-request.js';

const MAX_RESPONSE_BYTES = 1024 * 1024;

/** A response with its Retry-After header. */
export interface GatewayAnswer extends ReceivedResponse {
  readonly retryAfter?: string;
}

/** There was no response. */
export class UnansweredError extends Error {}

/**
 * Sends a request with node:http, which leaves method, path and body unchanged, on its own connection.
 *
 * @param timeoutMs timeout of the whole response, in ms
 * @throws UnansweredError
 */
export function send(baseUrl: string, request: WireRequest, timeoutMs: number): Promise<GatewayAnswer> {
  const { protocol, hostname, port, pathname } = new URL(baseUrl);
  const { method, target, contentType, body } = request;
  const bytes = Buffer.from(body, 'utf8');
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const reason =
        error.name === 'TimeoutError' ? `no response within ${timeoutMs} ms` : (error.code ?? error.message);
      reject(new UnansweredError(reason));
    };
    const outgoing = (protocol === 'https:' ? httpsRequest : httpRequest)(
      {
        agent: false,
        hostname: hostname.replace(/^\[|\]$/g, ''),
        ...(port !== '' && { port }),
        method,
        path: pathname.replace(/\/$/, '') + target,
        headers: {
          Accept: '*/*',
          'User-Agent': 'pass2pay-compare',
          ...(contentType !== undefined && { 'Content-Type': contentType }),
          'Content-Length': bytes.length,
        },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_RESPONSE_BYTES) outgoing.destroy(new Error('an answer of more than 1 MiB'));
          else chunks.push(chunk);
        });
        incoming.on('error', fail);
        incoming.on('end', () => {
          const { 'content-type': receivedType, 'retry-after': retryAfter } = incoming.headers;
          resolve({
            status: incoming.statusCode ?? 0,
            ...(receivedType !== undefined && { contentType: receivedType }),
            ...(retryAfter !== undefined && { retryAfter }),
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
      },
    );
    outgoing.on('error', fail);
    outgoing.end(bytes);
  });
}
