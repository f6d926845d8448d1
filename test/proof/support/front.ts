import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** An address that stays while the processes behind it come and go, as that of a load balancer does. */
export class Front {
  private readonly connections = new Set<Socket>();
  private port: number | undefined;
  private forwarded = 0;
  private onForward = () => {};

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => void this.forward(socket));
  }

  static async open(): Promise<Front> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Front(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** New connections go to this port; without one, they are reset. */
  leadTo(port: number | undefined): void {
    this.port = port;
  }

  /** Resolves when so many more connections have been forwarded. */
  async afterConnections(count: number): Promise<void> {
    const wanted = this.forwarded + count;
    while (this.forwarded < wanted) {
      await new Promise<void>((resolve) => {
        this.onForward = resolve;
      });
    }
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.connections) socket.destroy();
    await closed;
  }

  private async forward(socket: Socket): Promise<void> {
    this.connections.add(socket.on('close', () => this.connections.delete(socket)).on('error', () => {}));
    if (this.port === undefined) {
      socket.resetAndDestroy();
      return;
    }
    this.forwarded++;
    this.onForward();
    try {
      await pipeline(socket, connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true }), socket);
    } catch {
      socket.resetAndDestroy();
    }
  }
}
