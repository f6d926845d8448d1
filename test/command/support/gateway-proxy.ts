import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly contentType: string;
  readonly body: string;
}

export interface ProxiedAnswer {
  readonly status: number;
  readonly contentType?: string;
  readonly retryAfter?: string;
  readonly body: string;
}

/** What becomes of a request: its own answer where it is undefined, no answer at all after `reset`. */
export type Interference = (
  request: ProxiedRequest,
  forward: () => Promise<ProxiedAnswer>,
) => Promise<ProxiedAnswer | 'reset' | undefined> | ProxiedAnswer | 'reset' | undefined;

/** A server before a gateway that passes bytes on as they are, and lies as it is told. */
export class GatewayProxy {
  /** All requests, those that were passed on and others. */
  readonly requests: ProxiedRequest[] = [];
  /** How many answers were other than the gateway's. */
  lies = 0;

  private constructor(
    private readonly server: Server,
    private readonly gatewayUrl: string,
    private readonly interfere: Interference,
  ) {}

  static async start(gatewayUrl: string, interfere: Interference): Promise<GatewayProxy> {
    const server = createServer();
    const proxy = new GatewayProxy(server, gatewayUrl, interfere);
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => void proxy.serve(incoming, outgoing));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const received = {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      contentType: incoming.headers['content-type'] ?? '',
      body: await textOf(incoming),
    };
    this.requests.push(received);
    let own: Promise<ProxiedAnswer> | undefined;
    const forward = (): Promise<ProxiedAnswer> => (own ??= this.forward(received));
    const told = await this.interfere(received, forward);
    if (told === 'reset') {
      incoming.socket.resetAndDestroy();
      return;
    }
    if (told) this.lies += 1;
    const { status, contentType, retryAfter, body } = told ?? (await forward());
    outgoing.writeHead(status, {
      ...(contentType !== undefined && { 'Content-Type': contentType }),
      ...(retryAfter !== undefined && { 'Retry-After': retryAfter }),
      'Content-Length': Buffer.byteLength(body),
    });
    outgoing.end(received.method === 'HEAD' ? undefined : body);
  }

  private async forward({ method, target, contentType, body }: ProxiedRequest): Promise<ProxiedAnswer> {
    const { hostname, port } = new URL(this.gatewayUrl);
    const headers = {
      'Content-Length': Buffer.byteLength(body),
      ...(contentType !== '' && { 'Content-Type': contentType }),
    };
    const outgoing = request({ hostname, port, method, path: target, headers, agent: false });
    outgoing.end(body);
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    const received = incoming.headers['content-type'];
    return {
      status: incoming.statusCode ?? 0,
      ...(received !== undefined && { contentType: received }),
      body: await textOf(incoming),
    };
  }
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
