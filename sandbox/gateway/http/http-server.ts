import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WireRequest } from '../api/reading/request-params.js';
import type { SandboxClock } from '../clock/sandbox-clock.js';
import type { Access, Door } from './door.js';
import { WarningsOnce } from './warnings-once.js';
import { EventStreams, type StreamResponse } from './event-stream.js';

export interface SandboxRequest extends WireRequest {
  /** Without the query, with one leading slash and no trailing one. */
  readonly path: string;
  /** Path and query as received. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The address of the client. */
  readonly callerIp: string;
  /** The address of this machine that the client connected to. */
  readonly calledIp: string;
}

export interface SentResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Delay before sending, in ms of the sandbox's clock. */
  readonly delayMs?: number;
  /** Runs after the response is sent. */
  readonly afterwards?: () => void;
  /** Sent twice on the connection, which then closes. */
  readonly isDoubled?: boolean;
}

/** `reset`: the socket is destroyed. `silence`: no response is sent. */
export type HttpResponse = SentResponse | StreamResponse | 'reset' | 'silence';

/** A part of the server: the API, the controls, the cashier page. */
export interface Site {
  /** Who may use it. */
  readonly access: Access;
  /** Whether it handles requests to this path. */
  serves(path: string): boolean;
  respond(request: SandboxRequest): HttpResponse | Promise<HttpResponse>;
}

const MAX_BODY_BYTES = 1024 * 1024;

export function jsonResponse(status: number, value: unknown, headers: Record<string, string> = {}): SentResponse {
  return rawJsonResponse(status, JSON.stringify(value), headers);
}

export function rawJsonResponse(status: number, body: string, headers: Record<string, string> = {}): SentResponse {
  return { status, headers: { 'Content-Type': 'application/json;charset=UTF-8', ...headers }, body };
}

/**
 * Spring's response to a request without a handler. Source: protocol §2 and §10.
 *
 * @param now in ms since 1970
 */
export function springError(
  status: number,
  error: string,
  path: string,
  now: () => number,
  headers: Record<string, string> = {},
): SentResponse {
  return jsonResponse(status, { timestamp: chinaTime(now()), status, error, path }, headers);
}

function chinaTime(ms: number): string {
  return new Date(ms + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}

/**
 * The HTTP server: reads requests, passes each to the first site that serves its path, and sends or withholds the
 * response.
 */
export class SandboxHttpServer {
  private readonly server: Server;
  private readonly sites: readonly Site[];
  private readonly clock: SandboxClock;
  private readonly beforeResponse: () => void;
  private readonly streams = new EventStreams();
  private readonly warnings = new WarningsOnce();

  /**
   * @param beforeResponse called when the response is determined, before it is sent; if it throws, the response is a
   * 500
   */
  constructor(
    sites: readonly Site[],
    clock: SandboxClock,
    private readonly door: Door,
    beforeResponse: () => void = () => {},
  ) {
    this.beforeResponse = beforeResponse;
    this.clock = clock;
    this.sites = sites;
    this.server = createServer((incoming, outgoing) => {
      this.handle(incoming, outgoing).catch((error: unknown) => {
        if (outgoing.headersSent || outgoing.destroyed) return;
        const reason = error instanceof Error ? error.message : String(error);
        this.send(outgoing, jsonResponse(500, { message: `Internal error of the sandbox: ${reason}` }));
      });
    });
  }

  /** @returns the URL of the server, without a trailing slash. Rejects if the port is in use. */
  listen(port: number, host: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        this.door.ownUrl = `http://${nameInUrl(host)}:${(this.server.address() as AddressInfo).port}`;
        resolve(this.door.ownUrl);
      });
    });
  }

  async close(): Promise<void> {
    this.streams.close();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    if (!request) {
      this.send(
        outgoing,
        springError(413, 'Payload Too Large', incoming.url ?? '', () => this.clock.now()),
      );
      return;
    }
    const site = this.sites.find((candidate) => candidate.serves(request.path));
    const refusal = this.door.refusal(request, site?.access ?? 'api');
    if (refusal !== undefined) {
      this.warnings.warn(refusal);
      this.send(outgoing, jsonResponse(403, { message: refusal }, { 'X-Content-Type-Options': 'nosniff' }));
      return;
    }
    const response = site
      ? await site.respond(request)
      : springError(404, 'Not Found', request.url.split('?', 1)[0] ?? '', () => this.clock.now());
    this.beforeResponse();
    if (response === 'silence') return;
    if (response === 'reset') {
      incoming.socket.resetAndDestroy();
      return;
    }
    if ('open' in response) {
      if (this.streams.isFull) this.send(outgoing, tooManyStreams());
      // The client may have disconnected while its request was read.
      else if (!outgoing.destroyed) this.streams.start(outgoing, response);
      return;
    }
    if (response.delayMs) this.clock.after(response.delayMs, () => this.send(outgoing, response));
    else this.send(outgoing, response);
  }

  private send(outgoing: ServerResponse, response: SentResponse): void {
    if (outgoing.destroyed) return;
    const body = Buffer.from(response.body, 'utf8');
    const headers = { ...response.headers, 'Content-Length': body.length };
    if (response.isDoubled) {
      sendTwice(outgoing, response.status, headers, body);
      return;
    }
    if (response.afterwards) outgoing.once('finish', response.afterwards);
    outgoing.writeHead(response.status, headers);
    outgoing.end(outgoing.req.method === 'HEAD' ? undefined : body);
  }
}

/** Bypasses the response object, which would enforce HTTP: the same bytes twice in one packet. */
function sendTwice(
  outgoing: ServerResponse,
  status: number,
  headers: Record<string, string | number>,
  body: Buffer,
): void {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${fields.join('')}\r\n`;
  const once = Buffer.concat([Buffer.from(head, 'latin1'), body]);
  outgoing.socket?.end(Buffer.concat([once, once]));
}

function tooManyStreams(): SentResponse {
  return jsonResponse(503, { message: 'Too many event streams are open: close some' }, { 'Retry-After': '5' });
}

/** @returns undefined if the body is too large. Rejects if the client disconnects. */
async function readRequest(incoming: IncomingMessage): Promise<SandboxRequest | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is read and discarded, so that the client can read the response.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) return undefined;
  const url = incoming.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    url,
    path: cleanPath(mark === -1 ? url : url.slice(0, mark)),
    query: new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)),
    headers: incoming.headers,
    callerIp: (incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    calledIp: (incoming.socket.localAddress ?? '').replace(/^::ffff:/, ''),
    contentType: incoming.headers['content-type'] ?? '',
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function cleanPath(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/')}`;
}

function nameInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
