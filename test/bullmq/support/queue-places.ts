import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, test } from '@jest/globals';
import { createPostgresBackend, createRedisBackend, Queue, type BackendFactory } from 'bullmq';
import { Redis } from 'ioredis';
import type { PostgresBackend, RedisBackend } from '../../../lib/bullmq/index.js';
import { isRedisReachable, REDIS_HOST, REDIS_URL } from '../../support/services.js';

/** A place of a test file's own where queues can be. */
export interface QueuePlace {
  options: RedisBackend | PostgresBackend;
  drop(): Promise<void>;
}

interface PgClient {
  connect(): Promise<void>;
  query(text: string): Promise<{ rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
}

const { Client } = createRequire(import.meta.url)('pg') as {
  Client: new (options: { connectionString: string; connectionTimeoutMillis: number }) => PgClient;
};

const POSTGRES_URL = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** Keys of its own on the shared Redis. */
export async function redisPlace(): Promise<QueuePlace> {
  const prefix = `pass2pay-test-${randomBytes(6).toString('hex')}`;
  return {
    options: { connection: { url: REDIS_URL }, prefix },
    drop: async () => {
      const client = new Redis(REDIS_URL);
      const keys = await client.keys(`${prefix}:*`);
      if (keys.length > 0) await client.del(keys);
      client.disconnect();
    },
  };
}

/** A database of its own on the shared PostgreSQL. */
export async function postgresPlace(): Promise<QueuePlace> {
  const name = `pass2pay_queue_${randomBytes(6).toString('hex')}`;
  await asAdministrator((client) => client.query(`CREATE DATABASE ${name}`));
  const url = new URL(POSTGRES_URL);
  url.pathname = name;
  return {
    options: { backend: 'postgres', connection: url.href },
    drop: async () => {
      await asAdministrator((client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}

/** All that a queue's server keeps of the queue's jobs, as text. */
export async function contents({ options }: QueuePlace, name: string): Promise<string> {
  if (options.backend === 'postgres') {
    const client = new Client({ connectionString: options.connection as string, connectionTimeoutMillis: 2_000 });
    await client.connect();
    const { rows } = await client.query(`SELECT * FROM bullmq.job WHERE queue = '${name}'`);
    await client.end();
    return JSON.stringify(rows);
  }
  const client = new Redis(REDIS_URL);
  const keys = await client.keys(`${options.prefix}:${name}:*payment*`);
  keys.push(...(await client.keys(`${options.prefix}:${name}:*transfer*`)));
  const jobs = await Promise.all(keys.map((key) => client.hgetall(key)));
  client.disconnect();
  return JSON.stringify(jobs);
}

/** How many of the last sweeps of a queue's fleet were left out. */
export async function sweepsSkipped({ options }: QueuePlace, name: string): Promise<number> {
  const isPostgres = options.backend === 'postgres';
  const connection = isPostgres ? { connectionString: options.connection } : options.connection;
  const factory = isPostgres ? createPostgresBackend : createRedisBackend;
  const prefix = isPostgres ? {} : { prefix: options.prefix };
  const queue = new Queue(`${name}-sweeps`, { connection, ...prefix }, factory as BackendFactory);
  try {
    return (await queue.getCompleted()).filter(({ returnvalue }) => returnvalue === 'skipped').length;
  } finally {
    await queue.close();
  }
}

/** In CI a missing server is a failure, so the tests run, and fail, without it. */
export async function describeOnEachBackend(
  name: string,
  tests: (place: () => Promise<QueuePlace>) => void,
): Promise<void> {
  if (process.env.CI || (await isRedisReachable())) describe(`${name} on Redis`, () => tests(redisPlace));
  else test.skip(`${name} on Redis: skipped, since none is reachable at ${REDIS_HOST}`, () => {});
  if (process.env.CI || (await isPostgresReachable())) describe(`${name} on PostgreSQL`, () => tests(postgresPlace));
  else test.skip(`${name} on PostgreSQL: skipped, since none is reachable at ${new URL(POSTGRES_URL).host}`, () => {});
}

export async function isPostgresReachable(): Promise<boolean> {
  try {
    await asAdministrator(async () => {});
    return true;
  } catch {
    return false;
  }
}

async function asAdministrator(work: (client: PgClient) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: POSTGRES_URL, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
