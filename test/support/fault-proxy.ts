import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** What can become of a connection that is taken. `hold` keeps its request back while its sender gives up. */
export type ConnectionFault = 'reset' | 'hold' | 'hold until the next create';

interface Held {
  fault: ConnectionFault;
  /** Lets it arrive at last; resolves when it was answered. */
  arrive(): Promise<void>;
}

/**
 * A TCP proxy before a gateway. It makes the faults that a gateway cannot: a port that refuses connections, a connection
 * that breaks before a byte was read, and a request that arrives after its sender has given up.
 */
export class FaultProxy {
  private readonly sockets = new Set<Socket>();
  private held: Held[] = [];
  private readonly plan: ConnectionFault[] = [];
  private server: Server | undefined;
  private port = 0;

  private constructor(private readonly target: { host: string; port: number }) {}

  /** Starts a proxy on a free port of this machine. */
  static async before(gatewayUrl: string): Promise<FaultProxy> {
    const { hostname, port } = new URL(gatewayUrl);
    const proxy = new FaultProxy({ host: hostname, port: Number(port) });
    await proxy.accept();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Connections are taken again, on the same port. */
  async accept(): Promise<void> {
    if (this.server !== undefined) return;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.serve(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** From now on the port refuses connections, until `accept`. */
  async refuse(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** What becomes of the next connection on which something is sent, instead of being passed on. */
  next(fault: ConnectionFault): void {
    this.plan.push(fault);
  }

  /** Lets the requests that were kept back arrive, and be answered: all of them, or those of one fault. */
  async arrive(fault?: ConnectionFault): Promise<void> {
    const arriving = this.held.filter((held) => fault === undefined || held.fault === fault);
    this.held = this.held.filter((held) => !arriving.includes(held));
    for (const held of arriving) await held.arrive();
  }

  async close(): Promise<void> {
    await this.refuse();
  }

  private serve(client: Socket): void {
    this.track(client);
    // A client may make connections that it does not use, for a request that it has given up.
    const leave = () => client.destroy();
    client.once('end', leave);
    client.once('data', (first: Buffer) => {
      client.off('end', leave);
      const fault = this.plan.shift();
      if (fault === 'reset') client.resetAndDestroy();
      else if (fault === undefined) this.forward(client, first);
      else this.hold(client, fault, first);
    });
  }

  private forward(client: Socket, first: Buffer): void {
    const gateway = this.dial();
    gateway.write(first);
    client.pipe(gateway);
    gateway.pipe(client);
    gateway.on('error', () => client.resetAndDestroy());
    client.on('close', () => gateway.destroy());
  }

  private hold(client: Socket, fault: ConnectionFault, first: Buffer): void {
    const chunks = [first];
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    this.held.push({
      fault,
      arrive: async () => {
        const gateway = this.dial();
        gateway.write(Buffer.concat(chunks));
        await new Promise<void>((resolve) => {
          gateway.once('data', () => resolve());
          gateway.once('close', () => resolve());
        });
        gateway.destroy();
      },
    });
  }

  private dial(): Socket {
    return this.track(connect({ ...this.target, allowHalfOpen: true, noDelay: true }));
  }

  private track(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
    return socket;
  }
}
