import { afterAll, describe, expect, it } from '@jest/globals';
import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { resolveQueueOptions, type BullMqOutcomeQueueOptions } from '../../lib/bullmq/bullmq-options.js';
import { Pass2PayConfigError } from '../../lib/errors/pass2pay.errors.js';

it.each(['nmae', 'toJSON', ...Object.getOwnPropertyNames(Object.prototype)])(
  'an option of the queue named %s is not known',
  (name) => {
    const given = JSON.parse(`{"connection":{},"${name}":"x"}`) as BullMqOutcomeQueueOptions;
    expect(() => resolveQueueOptions(given)).toThrow(Pass2PayConfigError);
    expect(() => resolveQueueOptions(given)).toThrow(`outcomeQueue.${name} is unknown`);
  },
);

function issuesOf(options: object): string[] {
  try {
    resolveQueueOptions(options as BullMqOutcomeQueueOptions);
    return [];
  } catch (error) {
    return (error as Pass2PayConfigError).issues.map(({ message }) => message);
  }
}

describe('settings of Redis that BullMQ cannot work with', () => {
  const clients: (Redis | Cluster)[] = [];
  afterAll(() => clients.forEach((client) => client.disconnect()));

  const lazily = { lazyConnect: true } as const;
  const redis = (options: RedisOptions) => {
    const client = new Redis({ ...lazily, ...options });
    clients.push(client);
    return client;
  };
  const cluster = (options: ClusterOptions = {}) => {
    const client = new Cluster([{ host: '127.0.0.1', port: 1 }], { ...lazily, ...options });
    clients.push(client);
    return client;
  };

  it.each([
    ['options', () => ({ host: '127.0.0.1', keyPrefix: 'shop:' })],
    ['a client', () => redis({ keyPrefix: 'shop:' })],
    ['a cluster', () => cluster({ keyPrefix: 'shop:' })],
    ['the nodes of a cluster', () => cluster({ redisOptions: { keyPrefix: 'shop:' } })],
  ])('a keyPrefix of %s is refused, with the remedy', (_what, connection) => {
    expect(issuesOf({ connection: connection(), prefix: '{pass2pay}' })).toEqual([
      'outcomeQueue.connection has a keyPrefix, which BullMQ does not support; leave it out, and set outcomeQueue.prefix',
    ]);
  });

  it.each([undefined, 'pass2pay', '{}', '}pass2pay{'])('a cluster with the prefix %p is refused', (prefix) => {
    expect(issuesOf({ connection: cluster(), prefix })).toEqual([
      'outcomeQueue.prefix must contain braces in a Redis cluster, e.g. {pass2pay}, so that all keys of the queue are in one slot',
    ]);
  });

  it('what they can work with is taken', () => {
    expect(issuesOf({ connection: cluster(), prefix: 'shop:{pass2pay}' })).toEqual([]);
    expect(issuesOf({ connection: redis({ keyPrefix: '' }) })).toEqual([]);
    expect(issuesOf({ connection: { host: '127.0.0.1' }, prefix: 'pass2pay' })).toEqual([]);
  });
});
