import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';

/** An empty database for one test file. */
export interface TestDatabase {
  /** The environment that makes the shop use it. */
  environment: Readonly<Record<string, string>>;
  drop(): Promise<void>;
}

export async function sqliteDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'pass2pay-shop-'));
  return {
    environment: { SQLITE_FILE: join(folder, 'shop.sqlite') },
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

const POSTGRES_URL = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** The server's address without user and password. */
export const POSTGRES_HOST = new URL(POSTGRES_URL).host;

export async function isPostgresReachable(): Promise<boolean> {
  try {
    await asAdministrator(async () => {});
    return true;
  } catch {
    return false;
  }
}

export async function postgresDatabase(): Promise<TestDatabase> {
  const name = `pass2pay_shop_${randomBytes(6).toString('hex')}`;
  await asAdministrator((server) => server.query(`CREATE DATABASE ${name}`));
  const url = new URL(POSTGRES_URL);
  url.pathname = name;
  return {
    environment: { DATABASE_URL: url.href },
    drop: () => asAdministrator((server) => server.query(`DROP DATABASE ${name} WITH (FORCE)`)),
  };
}

async function asAdministrator(work: (server: DataSource) => Promise<void>): Promise<void> {
  const server = new DataSource({ type: 'postgres', url: POSTGRES_URL, connectTimeoutMS: 2000 });
  await server.initialize();
  try {
    await work(server);
  } finally {
    await server.destroy();
  }
}
