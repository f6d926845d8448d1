import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What becomes of a request that reaches the proxy, instead of being passed on. */
export type ConnectionFault =
  /** The connection is reset. */
  | 'reset'
  /** The request is kept back while its sender gives up. */
  | 'hold'
  | 'hold until the next create'
  /** The gateway had kept the connection idle, and closes it just as this request is on its way. */
  | 'close idle';

interface Held {
  fault: ConnectionFault;
  /** Passes the request on at last; resolves when it was answered. */
  arrive(): Promise<void>;
}

const EMPTY_RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/**
 * A TCP proxy before a gateway. It makes the faults that a gateway cannot: a connection that breaks before its request is
 * read, and a request that arrives after its sender has given up.
 */
export class FaultProxy {
  private readonly sockets = new Set<Socket>();
  private readonly used = new Set<Socket>();
  /** How many requests were kept back since the start. */
  heldSoFar = 0;
  private held: Held[] = [];
  private readonly plan: (ConnectionFault | 'empty response')[] = [];

  private target: { host: string; port: number } | undefined;

  private constructor(private readonly server: Server) {}

  /** Starts a proxy on a free port of this machine. */
  static async start(): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const proxy = new FaultProxy(server);
    server.on('connection', (socket) => proxy.serve(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Passes requests on to this gateway from now on. */
  passTo(gatewayUrl: string): void {
    const { hostname, port } = new URL(gatewayUrl);
    this.target = { host: hostname, port: Number(port) };
  }

  /** What becomes of the next request. */
  next(fault: ConnectionFault | 'empty response'): void {
    this.plan.push(fault);
  }

  /** Faults that have not struck. */
  get planned(): readonly string[] {
    return this.plan;
  }

  /** Passes the requests on that were kept back, and has them answered: all of them, or those of one fault. */
  async arrive(fault?: ConnectionFault): Promise<void> {
    const arriving = this.held.filter((held) => fault === undefined || held.fault === fault);
    this.held = this.held.filter((held) => !arriving.includes(held));
    for (const held of arriving) await held.arrive();
  }

  /** Resolves when the client has closed the connections that it used. */
  async disconnected(): Promise<void> {
    while (this.used.size > 0) await new Promise((resolve) => [...this.used][0]!.once('close', resolve));
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private serve(client: Socket): void {
    this.track(client);
    let isKept = false;
    // A client may make connections that it does not use, for a request that it has given up.
    const leave = () => client.destroy();
    client.once('end', leave);
    client.once('data', () => this.used.add(client));
    client.once('close', () => this.used.delete(client));
    const take = (first: Buffer) => {
      const fault = this.plan.shift();
      if (fault === 'empty response') {
        isKept = true;
        client.once('data', take);
        client.write(EMPTY_RESPONSE);
        return;
      }
      client.off('end', leave);
      if (fault === 'reset') client.resetAndDestroy();
      else if (fault === undefined) this.forward(client, first);
      else if (fault !== 'close idle') this.hold(client, fault, first);
      // What was planned has not struck, and whoever planned it sees that.
      else if (isKept) client.destroy();
      else this.plan.unshift(fault);
    };
    client.once('data', take);
  }

  private forward(client: Socket, first: Buffer): void {
    const gateway = this.dial();
    gateway.write(first);
    client.pipe(gateway);
    gateway.pipe(client);
    gateway.on('error', () => client.resetAndDestroy());
    client.on('close', () => gateway.destroy());
  }

  /** Counts as held once the whole request is there: a part of it would never be answered. */
  private hold(client: Socket, fault: ConnectionFault, first: Buffer): void {
    let request = first;
    const keep = () => {
      if (isWhole(request)) {
        this.held.push({ fault, arrive: () => this.pass(request) });
        this.heldSoFar += 1;
        return;
      }
      client.once('data', (chunk: Buffer) => {
        request = Buffer.concat([request, chunk]);
        keep();
      });
    };
    keep();
    client.once('end', () => client.destroy());
    client.resume();
  }

  /** Passes a request on whose sender has gone; resolves when it was answered. */
  private async pass(request: Buffer): Promise<void> {
    const gateway = this.dial();
    gateway.write(request);
    await new Promise<void>((resolve) => {
      gateway.once('data', () => resolve());
      gateway.once('close', () => resolve());
    });
    gateway.destroy();
  }

  private dial(): Socket {
    return this.track(connect({ ...this.target!, allowHalfOpen: true, noDelay: true }));
  }

  private track(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
    return socket;
  }
}

function isWhole(request: Buffer): boolean {
  const end = request.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /content-length: *(\d+)/i.exec(request.toString('latin1', 0, end))?.[1] ?? 0;
  return request.length >= end + 4 + Number(length);
}
