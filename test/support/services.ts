import { describe, test } from '@jest/globals';
import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';

/** The Redis that the tests may use: they keep to keys of their own, and never stop it. */
export const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';

/** The server's address without user and password. */
export const REDIS_HOST = new URL(REDIS_URL).host;

export async function isRedisReachable(url = REDIS_URL): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, connectTimeout: 30_000, retryStrategy: () => null });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.ping();
    return true;
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}

/** In CI a missing Redis is a failure, so the tests run, and fail, without it. */
export async function describeWithRedis(name: string, tests: () => void): Promise<void> {
  if (process.env.CI || (await isRedisReachable())) describe(name, tests);
  else test.skip(`${name}: skipped, since no Redis is reachable at ${REDIS_HOST}`, () => {});
}

/** The PostgreSQL and the MariaDB that the tests may use: they make databases of their own there. */
export const POSTGRES_URL = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
export const MARIADB_URL = process.env.TEST_MARIADB_URL ?? 'mysql://root@127.0.0.1:3306/test';

export async function isMariadbReachable(): Promise<boolean> {
  try {
    const connection = await mysql.createConnection({ uri: MARIADB_URL, connectTimeout: 30_000 });
    await connection.end();
    return true;
  } catch {
    return false;
  }
}
