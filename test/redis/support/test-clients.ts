import { Redis, type RedisOptions } from 'ioredis';

/** The clients that one test file makes. */
export class TestClients {
  private readonly clients: Redis[] = [];

  connect(url: string, options: RedisOptions = {}): Redis {
    const client = new Redis(url, { retryStrategy: () => 50, ...options });
    // What goes wrong is seen in the commands.
    client.on('error', () => {});
    this.clients.push(client);
    return client;
  }

  disconnect(): void {
    for (const client of this.clients.splice(0)) client.disconnect();
  }
}
