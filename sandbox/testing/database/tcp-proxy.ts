import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How a proxy treats the bytes of a connection; by default, it forwards them. */
interface Passing {
  fromClient?(bytes: Buffer, client: Socket): void;
  /** @returns whether the bytes are forwarded to the client */
  fromServer?(bytes: Buffer, client: Socket): boolean;
}

/** A TCP proxy in front of a database. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
    private readonly passing: Passing,
  ) {}

  static async start(databaseUrl: string, passing: Passing): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, new URL(databaseUrl), passing);
    server.on('connection', (client) => proxy.serve(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  /** The URL of the database through the proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  breakAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.breakAll();
    this.server.close();
    await once(this.server, 'close');
  }

  private serve(client: Socket): void {
    const database = connect(Number(this.target.port) || PORTS[this.target.protocol]!, this.target.hostname);
    for (const socket of [client, database]) {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        database.destroy();
      });
    }
    client.on('data', (bytes) => {
      this.passing.fromClient?.(bytes, client);
      database.write(bytes);
    });
    database.on('data', (bytes) => {
      if (this.passing.fromServer?.(bytes, client) ?? true) client.write(bytes);
    });
  }
}

const PORTS: Readonly<Record<string, number>> = {
  'postgres:': 5432,
  'postgresql:': 5432,
  'mysql:': 3306,
  'mariadb:': 3306,
};
