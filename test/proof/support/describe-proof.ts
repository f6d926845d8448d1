import { afterAll, afterEach, describe, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { freePort } from '../../../sample-app/src/free-port.js';
import { isPostgresReachable, POSTGRES_HOST } from '../../../sample-app/test/support/databases.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox, type SandboxOptions } from '../../../lib/sandbox/index.js';
import { isRedisReachable, REDIS_HOST, REDIS_URL } from '../../support/services.js';
import { kindOf } from './orders.js';
import { RedisServer } from './redis-server.js';
import { ShopDatabase } from './shop-database.js';
import { killAll, type ShopSettings } from './shop-process.js';

/** Where a merchant's processes keep what they have handled, or are to handle. */
export type Mode = 'memory' | 'redis' | 'queue on Redis' | 'queue on PostgreSQL';

/** The parts of one proof, all of its own. */
export class Scene {
  private readonly closing: (() => Promise<unknown>)[] = [];

  async database(): Promise<ShopDatabase> {
    const database = await ShopDatabase.create();
    this.closing.push(() => database.drop());
    return database;
  }

  async sandbox(options: SandboxOptions = {}): Promise<Pass2PaySandbox> {
    const sandbox = await Pass2PaySandbox.start(options);
    this.closing.push(() => sandbox.stop());
    return sandbox;
  }

  async redisServer(): Promise<RedisServer> {
    const server = await RedisServer.create();
    this.closing.push(() => server.remove());
    return server;
  }

  /** The settings of a process in this mode; `redisUrl` is a Redis whose keys are removed in the end. */
  async settings(
    mode: Mode,
    database: ShopDatabase,
    sandbox: Pass2PaySandbox,
    redisUrl = REDIS_URL,
  ): Promise<ShopSettings> {
    const prefix = `pass2pay-proof-${randomBytes(6).toString('hex')}`;
    const usesRedis = mode === 'redis' || mode === 'queue on Redis';
    if (usesRedis && redisUrl === REDIS_URL) this.closing.push(() => RedisServer.forget(redisUrl, prefix));
    const { mchNo, appId, secret } = DEFAULT_MERCHANT;
    return {
      port: await freePort(),
      databaseUrl: database.url,
      gateway: { url: sandbox.url, merchant: { mchNo, appId, secrets: secret } },
      reconcile: { enabled: false },
      ...(usesRedis ? { store: { url: redisUrl, prefix: `${prefix}:outcome:` } } : {}),
      ...(mode === 'queue on Redis' ? { queue: { connection: { url: redisUrl }, prefix } } : {}),
      // With nothing but PostgreSQL: a job is one process's at a time, and the effect's unique key does the rest.
      ...(mode === 'queue on PostgreSQL' ? { queue: { backend: 'postgres', connection: database.url } } : {}),
    };
  }

  async close(): Promise<void> {
    await killAll();
    for (const close of this.closing.splice(0).toReversed()) await close();
  }
}

/** The same settings with another port. */
export async function elsewhere(settings: ShopSettings): Promise<ShopSettings> {
  return { ...settings, port: await freePort() };
}

/** Where a process takes notifies of the order or transfer. */
export function notifyUrl({ port }: ShopSettings, mchOrderNo: string): string {
  return `http://127.0.0.1:${port}/notify/${kindOf(mchOrderNo)}`;
}

/** In CI a missing service is a failure, so the proofs run, and fail, without it. */
export async function describeProof(
  name: string,
  proofs: (scene: Scene) => void,
  { ownRedis = false } = {},
): Promise<void> {
  const missing = [
    ...((await isPostgresReachable()) ? [] : [`PostgreSQL at ${POSTGRES_HOST}`]),
    ...((await isRedisReachable()) ? [] : [`Redis at ${REDIS_HOST}`]),
    ...(ownRedis && !RedisServer.isInstalled() ? ['redis-server to start'] : []),
  ];
  if (missing.length > 0 && !process.env.CI) {
    test.skip(`${name}: skipped, since there is no ${missing.join(' and no ')}`, () => {});
    return;
  }
  describe(name, () => {
    const scene = new Scene();
    afterEach(() => scene.close());
    afterAll(killAll);
    proofs(scene);
  });
}
