import type { IQueueBackend, IRedisClient } from 'bullmq';

/** The connections of BullMQ's Redis backend. */
interface RedisConnections {
  connection?: { client: Promise<IRedisClient> };
  /** The blocking connection of a worker. */
  blockingConnection?: { client: Promise<IRedisClient> };
}

/**
 * The Redis connections that a ready queue or worker created itself.
 *
 * @param isShared whether its first connection belongs to the caller
 */
export async function ownRedisClients(backend: IQueueBackend, isShared: boolean): Promise<IRedisClient[]> {
  const { connection, blockingConnection } = backend as RedisConnections;
  const own = [isShared ? undefined : connection, blockingConnection].filter((one) => one !== undefined);
  return Promise.all(own.map(({ client }) => client));
}

/** Whether the server is a node of a cluster, by what it says; also where the client is none of a cluster. */
export async function isInCluster(backend: IQueueBackend): Promise<boolean> {
  const client = await (backend as RedisConnections).connection?.client;
  // Who may not ask learns nothing.
  const info = await client?.info().catch(() => '');
  return info !== undefined && /^cluster_enabled:1\s*$/m.test(info);
}

/**
 * Closes a connection permanently. If BullMQ was about to reconnect when it was closed, it does so afterwards, and the
 * open connection would keep the process alive.
 */
export function endForGood(client: IRedisClient): void {
  client.options['retryStrategy'] = () => null;
  client.options['clusterRetryStrategy'] = () => null;
  client.on('error', () => {});
  client.on('connect', () => client.disconnect());
  client.disconnect();
}
