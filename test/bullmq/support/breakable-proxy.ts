import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { ownAddress } from '../../redis/support/own-address.js';

/** A way to a server that can break off or hang, and be there again at the same address. */
export class BreakableProxy {
  private readonly sockets = new Set<Socket>();
  private readonly address = ownAddress();
  private readonly watchers = new Set<() => void>();
  private server: Server | undefined;
  private responses = 0;
  private isHanging = false;

  private constructor(private readonly target: URL) {}

  static async start(target: string): Promise<BreakableProxy> {
    const proxy = new BreakableProxy(new URL(target));
    await proxy.mend();
    return proxy;
  }

  /** The target's URL by way of the proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `${this.address.host}:${this.address.port}`;
    return url.href;
  }

  /** Resolves when the target has answered so many times, by all connections. */
  async answered(times: number): Promise<void> {
    while (this.responses < times) {
      await new Promise<void>((resolve) => {
        this.watchers.add(resolve);
      });
    }
  }

  async mend(): Promise<void> {
    this.isHanging = false;
    for (const socket of this.sockets) socket.resume();
    if (this.server !== undefined) return;
    const server = createServer((client) => this.join(client));
    server.listen(this.address);
    await once(server, 'listening');
    this.server = server;
  }

  /** Keeps all connections and takes new ones, and lets nothing through. */
  hang(): void {
    this.isHanging = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** Cuts all connections, and refuses new ones. */
  async cut(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(server, 'close');
  }

  private join(client: Socket): void {
    const upstream = connect(Number(this.target.port || 5432), this.target.hostname);
    const ends = [client, upstream] as const;
    for (const [from, to] of [ends, ends.toReversed()] as [Socket, Socket][]) {
      this.sockets.add(from);
      if (this.isHanging) from.pause();
      from.on('data', (data) => to.write(data));
      from.on('error', () => {});
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
    upstream.on('data', () => {
      this.responses++;
      for (const resolve of this.watchers) resolve();
      this.watchers.clear();
    });
  }
}
