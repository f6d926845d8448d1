import type { Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy.js';

/** A TCP proxy before a database that can keep the answer to a COMMIT from its client. */
export class CommitProxy {
  private isArmed = false;
  private readonly committing = new Set<Socket>();
  private proxy!: TcpProxy;

  static async start(databaseUrl: string): Promise<CommitProxy> {
    const commits = new CommitProxy();
    commits.proxy = await TcpProxy.start(databaseUrl, {
      fromClient: (bytes, client) => {
        // READ COMMITTED ends nothing.
        if (!commits.isArmed || !/COMMIT(?!TED)/.test(bytes.toString('latin1'))) return;
        commits.isArmed = false;
        commits.committing.add(client);
      },
      fromServer: (_bytes, client) => {
        if (!commits.committing.has(client)) return true;
        client.resetAndDestroy();
        return false;
      },
    });
    return commits;
  }

  /** The database's address by way of the proxy. */
  get url(): string {
    return this.proxy.url;
  }

  /** Breaks the connection of the next COMMIT when the database has answered it. */
  breakNextCommit(): void {
    this.isArmed = true;
  }

  async close(): Promise<void> {
    await this.proxy.close();
  }
}
