import type { IQueueBackend, IRedisClient } from 'bullmq';

/** How BullMQ's backend on Redis keeps its connections. */
interface RedisConnections {
  connection?: { client: Promise<IRedisClient> };
  /** The one on which a worker waits. */
  blockingConnection?: { client: Promise<IRedisClient> };
}

/**
 * The connections to Redis that a ready queue or worker made for itself.
 *
 * @param isShared whether its first connection is the caller's
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
 * Ends a connection for good. BullMQ, where it was about to connect anew when it was closed, does so afterwards, and
 * nothing would ever close that connection: the process could not end.
 */
export function endForGood(client: IRedisClient): void {
  client.options['retryStrategy'] = () => null;
  client.options['clusterRetryStrategy'] = () => null;
  client.on('error', () => {});
  client.on('connect', () => client.disconnect());
  client.disconnect();
}
