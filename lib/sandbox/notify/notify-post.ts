import { type IncomingMessage, type RequestOptions, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { gunzipSync, inflateSync } from 'node:zlib';
import { javaFold } from '../../signature/java-order.js';
import type { NotifyMessage } from './notify-message.js';

/** How the receiver answered one attempt, or why it did not. */
export interface NotifyReceipt {
  readonly status?: number;
  readonly answer?: string;
  readonly error?: string;
  readonly acknowledged: boolean;
}

export const NOTIFY_HEADERS: Readonly<Record<string, string>> = {
  Accept: 'text/html,application/json,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Encoding': 'gzip, deflate',
  'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8',
  'User-Agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Hutool',
};

const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Posts a notify once and judges the answer; never throws. Redirects are not followed.
 *
 * Source: protocol §4.
 *
 * @param timeoutMs for connecting, and again for each wait for bytes
 */
export function postNotify(message: NotifyMessage, timeoutMs: number, signal: AbortSignal): Promise<NotifyReceipt> {
  return new Promise((resolve) => {
    const fail = (error: unknown): void =>
      resolve({ error: error instanceof Error ? error.message : String(error), acknowledged: false });
    try {
      const url = new URL(message.url);
      const body = Buffer.from(message.body, 'utf8');
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const outgoing = send(
        // Given as an option, the timeout also counts while connecting; setTimeout() on the request would not.
        {
          ...target(url, message),
          signal,
          timeout: timeoutMs,
          headers: { ...NOTIFY_HEADERS, 'Content-Length': body.length },
        },
        (incoming) => {
          readAnswer(incoming).then(
            (answer) => resolve({ status: incoming.statusCode, answer, acknowledged: isAcknowledged(answer) }),
            fail,
          );
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      outgoing.on('error', fail);
      outgoing.end(body);
    } catch (error) {
      fail(error);
    }
  });
}

/** Only the body counts, not the status; case is ignored, nothing is trimmed. Source: protocol §4. */
export function isAcknowledged(answer: string): boolean {
  return javaFold(answer) === 'success';
}

function target(url: URL, message: NotifyMessage): RequestOptions {
  // Not url.search: it would escape characters that the gateway leaves as they are, and change the bytes.
  const mark = message.url.indexOf('?');
  const query = mark === -1 ? '' : message.url.slice(mark);
  return {
    agent: false,
    method: 'POST',
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: `${url.pathname}${query.replace(/[^\x21-\x7e]/gu, encodeURIComponent)}`,
  };
}

async function readAnswer(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) break;
  }
  const charset = /charset="?([\w-]+)/i.exec(incoming.headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  return decode(unpack(Buffer.concat(chunks), incoming.headers['content-encoding']), charset);
}

function unpack(bytes: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'gzip') return gunzipSync(bytes, { maxOutputLength: MAX_ANSWER_BYTES });
  return encoding === 'deflate' ? inflateSync(bytes, { maxOutputLength: MAX_ANSWER_BYTES }) : bytes;
}

function decode(bytes: Buffer, charset: string): string {
  try {
    // A byte order mark stays, and makes the answer differ from `success`.
    return new TextDecoder(charset, { ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  }
}
