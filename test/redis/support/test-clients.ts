import { Redis, type RedisOptions } from 'ioredis';
import { createClient, type RedisClientOptions } from 'redis';

export type NodeRedis = ReturnType<typeof createClient>;

/** The clients that one test file makes. */
export class TestClients {
  private readonly clients: Redis[] = [];
  private readonly nodeClients: NodeRedis[] = [];

  connect(url: string, options: RedisOptions = {}): Redis {
    const client = new Redis(url, { retryStrategy: () => 50, ...options });
    // What goes wrong is seen in the commands.
    client.on('error', () => {});
    this.clients.push(client);
    return client;
  }

  /** A client of node-redis, which has connected. */
  async connectNode(url: string, options: RedisClientOptions = {}): Promise<NodeRedis> {
    const client = createClient({ url, socket: { reconnectStrategy: 50 }, ...options }) as NodeRedis;
    client.on('error', () => {});
    this.nodeClients.push(client);
    await client.connect();
    return client;
  }

  disconnect(): void {
    for (const client of this.clients.splice(0)) client.disconnect();
    for (const client of this.nodeClients.splice(0)) client.destroy();
  }
}
