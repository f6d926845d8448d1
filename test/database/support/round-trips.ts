import type { Socket } from 'node:net';
import { TcpProxy } from '../../../sandbox/testing/database/tcp-proxy.js';

/** A TCP proxy before a database that counts how often its clients wait for an answer. */
export class RoundTrips {
  count = 0;
  private readonly waiting = new Set<Socket>();
  private proxy!: TcpProxy;

  static async start(databaseUrl: string): Promise<RoundTrips> {
    const trips = new RoundTrips();
    trips.proxy = await TcpProxy.start(databaseUrl, {
      fromClient: (_bytes, client) => {
        if (!trips.waiting.has(client)) trips.count++;
        trips.waiting.add(client);
      },
      fromServer: (_bytes, client) => {
        trips.waiting.delete(client);
        return true;
      },
    });
    return trips;
  }

  /** The database's address by way of the proxy. */
  get url(): string {
    return this.proxy.url;
  }

  async close(): Promise<void> {
    await this.proxy.close();
  }
}
