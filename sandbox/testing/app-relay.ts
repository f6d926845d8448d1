import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A port that is known before the application listens, and forwards to it, so that its notifyUrl can be configured. */
export class AppRelay {
  private readonly sockets = new Set<Socket>();
  private target: () => Server | undefined = () => undefined;

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => this.relay(socket));
  }

  static async start(): Promise<AppRelay> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A test that forgets to stop it can end nevertheless.
    server.unref();
    return new AppRelay(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The application's server, looked up for each connection. */
  leadTo(target: () => Server | undefined): void {
    this.target = target;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  private relay(client: Socket): void {
    const address = this.target()?.address() ?? null;
    this.keep(client);
    // The application does not listen yet: the connection breaks, and the gateway resends its notify.
    if (address === null) {
      client.destroy();
      return;
    }
    const app = this.keep(typeof address === 'string' ? connect(address) : connect(address.port, hostOf(address)));
    client.on('close', () => app.destroy());
    app.on('close', () => client.destroy());
    client.pipe(app).pipe(client);
  }

  private keep(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
    return socket;
  }
}

/** An application that listens on all addresses is reached through the loopback address. */
function hostOf({ address }: AddressInfo): string {
  return address === '::' || address === '0.0.0.0' ? '127.0.0.1' : address;
}
