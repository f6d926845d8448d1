import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A port of this machine for a server that is yet to start, or starts more than once. A connection that leaves from the
 * port holds it: meanwhile the system gives it to nobody, and refuses whoever connects to it.
 */
export class HeldPort {
  readonly port: number;

  private constructor(
    private readonly anchor: Server,
    private readonly holder: Socket,
  ) {
    this.port = holder.localPort!;
  }

  static async take(): Promise<HeldPort> {
    const host = '127.0.0.1';
    const anchor = createServer().listen(0, host);
    await once(anchor, 'listening');
    const { port } = anchor.address() as AddressInfo;
    const holder = connect({ host, port, localAddress: host });
    await once(holder, 'connect');
    return new HeldPort(anchor, holder);
  }

  async release(): Promise<void> {
    this.holder.destroy();
    const closed = once(this.anchor, 'close');
    this.anchor.close();
    await closed;
  }
}
