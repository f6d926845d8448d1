import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request as httpRequest,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { gunzipSync, inflateSync } from 'node:zlib';
import { charsetOf, judgeResponse, judgeFailure, notMade, type NotifyJudgement } from './judge-response.js';
import type { NotifyMessage } from './notify-message.js';

/** The receiver's response to an attempt, or why there was none. */
export interface NotifyReceipt {
  readonly status?: number;
  readonly response?: string;
  /** Headers of the response, with names in lower case. */
  readonly responseHeaders?: IncomingHttpHeaders;
  readonly error?: string;
  readonly acknowledged: boolean;
  readonly judgement: NotifyJudgement;
  /** The number of posts. */
  readonly posts: number;
}

/** The result of a single post. */
interface PostReceipt extends NotifyReceipt {
  /** The connection was reset before the first byte of a response. */
  readonly wasReset?: boolean;
}

/** The header fields, in the gateway's order. Source: protocol §10, notify. */
export function headersOf({ url, body, contentType }: NotifyMessage): Readonly<Record<string, string>> {
  return {
    Accept: 'text/html,application/json,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'User-Agent':
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/75.0.3770.142 Safari/537.36 Hutool',
    'Accept-Encoding': 'gzip, deflate',
    'Content-Type': contentType,
    'Cache-Control': 'no-cache',
    Pragma: 'no-cache',
    ...(URL.canParse(url) && { Host: new URL(url).host }),
    Connection: 'keep-alive',
    'Content-Length': String(Buffer.byteLength(body)),
  };
}

const MAX_RESPONSE_BYTES = 64 * 1024;

/** Writes the body, or the part of it that should arrive, in its own way. */
export type BodyWriter = (outgoing: ClientRequest, body: Buffer) => void;

const writeAtOnce: BodyWriter = (outgoing, body) => outgoing.end(body);

/**
 * Posts a notify and judges the response; never throws. Redirects are not followed. If the receiver resets the
 * connection, the notify is posted again immediately, as the gateway's HTTP library does silently.
 *
 * Source: protocol §4 and §10.
 *
 * @param timeoutMs for connecting, and again for each wait for bytes
 * @param write writes the body; in one piece by default
 */
export async function postNotify(
  message: NotifyMessage,
  timeoutMs: number,
  signal: AbortSignal,
  write: BodyWriter = writeAtOnce,
): Promise<NotifyReceipt> {
  const { wasReset, ...receipt } = await postOnce(message, timeoutMs, signal, write);
  if (!wasReset) return receipt;
  const { wasReset: _wasResetAgain, ...second } = await postOnce(message, timeoutMs, signal, write);
  return { ...second, posts: 2 };
}

function postOnce(
  message: NotifyMessage,
  timeoutMs: number,
  signal: AbortSignal,
  write: BodyWriter,
): Promise<PostReceipt> {
  return new Promise((resolve) => {
    let hasAnswered = false;
    const fail = (error: unknown): void => resolve({ ...noResponse(error), wasReset: !hasAnswered && isReset(error) });
    try {
      const url = new URL(message.url);
      if (!/^https?:$/.test(url.protocol)) throw badProtocol();
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const outgoing = send(
        // As an option, the timeout also applies while connecting; with setTimeout() on the request, it would not.
        { ...target(url, message), signal, timeout: timeoutMs, headers: { ...headersOf(message) } },
        (incoming) => {
          hasAnswered = true;
          readResponse(incoming)
            .then(resolve, fail)
            // The gateway offers keep-alive, but sends nothing more on this connection.
            .finally(() => outgoing.destroy());
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(timedOut(timeoutMs)));
      outgoing.on('error', fail);
      write(outgoing, Buffer.from(message.body, 'utf8'));
    } catch (error) {
      fail(error);
    }
  });
}

function isReset(error: unknown): boolean {
  return (error as { code?: string } | undefined)?.code === 'ECONNRESET';
}

function noResponse(error: unknown): NotifyReceipt {
  const message = error instanceof Error ? error.message : String(error);
  return { error: message, acknowledged: false, judgement: judgeFailure(error), posts: 1 };
}

/** The receipt of an attempt that was not made. */
export function notSent(why: string): NotifyReceipt {
  return { error: why, acknowledged: false, judgement: notMade(why), posts: 0 };
}

function badProtocol(): Error {
  return Object.assign(new Error('neither http nor https'), { code: 'ERR_INVALID_PROTOCOL' });
}

function timedOut(timeoutMs: number): Error {
  return Object.assign(new Error(`no response within ${timeoutMs} ms`), { code: 'ETIMEDOUT' });
}

function target(url: URL, message: NotifyMessage): RequestOptions {
  // Not url.search: it would escape characters that the gateway does not, and so change the bytes.
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

async function readResponse(incoming: IncomingMessage): Promise<NotifyReceipt> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_RESPONSE_BYTES) break;
  }
  const { statusCode: status = 0, headers } = incoming;
  const bytes = unpack(Buffer.concat(chunks), headers['content-encoding']);
  const text = decode(bytes, charsetOf(headers) ?? 'utf-8');
  const judgement = judgeResponse({ status, headers, bytes, text });
  return {
    status,
    response: text,
    responseHeaders: headers,
    acknowledged: judgement.acknowledged,
    judgement,
    posts: 1,
  };
}

function unpack(bytes: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'gzip') return gunzipSync(bytes, { maxOutputLength: MAX_RESPONSE_BYTES });
  return encoding === 'deflate' ? inflateSync(bytes, { maxOutputLength: MAX_RESPONSE_BYTES }) : bytes;
}

function decode(bytes: Buffer, charset: string): string {
  try {
    // A byte order mark stays, so that the response differs from `success`.
    return new TextDecoder(charset, { ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  }
}
