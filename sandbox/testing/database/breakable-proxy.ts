import type { Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy.js';

/**
 * A TCP proxy in front of a database that can break connections, or withhold the response to a COMMIT from the client.
 */
export class BreakableProxy {
  private isArmed = false;
  private readonly committing = new Set<Socket>();
  private proxy!: TcpProxy;

  static async start(databaseUrl: string): Promise<BreakableProxy> {
    const breakable = new BreakableProxy();
    breakable.proxy = await TcpProxy.start(databaseUrl, {
      fromClient: (bytes, client) => {
        // READ COMMITTED does not end a transaction.
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

  /** The URL of the database through the proxy. */
  get url(): string {
    return this.proxy.url;
  }

  /** Breaks the connection of the next COMMIT after the database has responded. */
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
