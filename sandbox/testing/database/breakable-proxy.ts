import type { Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy.js';

/** A TCP proxy before a database, which breaks connections, or keeps the answer to a COMMIT from its client. */
export class BreakableProxy {
  private isArmed = false;
  private readonly committing = new Set<Socket>();
  private proxy!: TcpProxy;

  static async start(databaseUrl: string): Promise<BreakableProxy> {
    const breakable = new BreakableProxy();
    breakable.proxy = await TcpProxy.start(databaseUrl, {
      fromClient: (bytes, client) => {
        // READ COMMITTED ends nothing.
        if (!breakable.isArmed || !/COMMIT(?!TED)/.test(bytes.toString('latin1'))) return;
        breakable.isArmed = false;
        breakable.committing.add(client);
      },
      fromServer: (_bytes, client) => {
        if (!breakable.committing.has(client)) return true;
        client.resetAndDestroy();
        return false;
      },
    });
    return breakable;
  }

  /** The database's address by way of the proxy. */
  get url(): string {
    return this.proxy.url;
  }

  /** Breaks the connection of the next COMMIT when the database has answered it. */
  breakNextCommit(): void {
    this.isArmed = true;
  }

  breakAll(): void {
    this.proxy.breakAll();
  }

  async close(): Promise<void> {
    await this.proxy.close();
  }
}
