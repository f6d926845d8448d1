import { afterEach, beforeEach, describe, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { isPostgresReachable, POSTGRES_HOST } from '../../../sample-app/test/support/databases.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox, type SandboxOptions } from '../../../sandbox/index.js';
import { isMariadbReachable, isRedisReachable, MARIADB_URL, REDIS_HOST, REDIS_URL } from '../../support/services.js';
import { PROOF_TIMEOUT_MS } from './proof-timeout.js';
import { Front } from './front.js';
import { kindOf } from './orders.js';
import { RedisServer } from './redis-server.js';
import { InboxDatabase } from './inbox-database.js';
import { ShopDatabase } from './shop-database.js';
import { ShopProcess, type InboxShopSettings, type Program, type ShopSettings } from './shop-process.js';

/** Where a merchant's processes keep what they have handled, or are to handle. */
export type Mode = 'memory' | 'redis' | 'queue on Redis' | 'queue on PostgreSQL';

/** A merchant's processes have their database alone. */
export type Dialect = InboxShopSettings['dialect'];

/** What one process keeps in its memory, no other sees. */
function processesIn(mode: Mode | Dialect): number {
  if (mode === 'memory') return 1;
  return mode === 'PostgreSQL' || mode === 'MariaDB' ? 3 : 2;
}

/** The parts of one proof, all of its own. */
export class Scene {
  private readonly closing: (() => unknown)[] = [];
  private isClosed = false;

  async database(): Promise<ShopDatabase> {
    const database = await ShopDatabase.create();
    return this.own(database, () => database.drop());
  }

  async inboxDatabase(dialect: Dialect): Promise<InboxDatabase> {
    const database = await InboxDatabase.create(dialect);
    return this.own(database, () => database.drop());
  }

  async sandbox(options: SandboxOptions = {}): Promise<Pass2PaySandbox> {
    const sandbox = await Pass2PaySandbox.start(options);
    return this.own(sandbox, () => sandbox.stop());
  }

  async redisServer(): Promise<RedisServer> {
    const server = await RedisServer.create();
    this.own(server, () => server.remove());
    await server.start();
    return server;
  }

  async front(): Promise<Front> {
    const front = await Front.open();
    return this.own(front, () => front.close());
  }

  /** A process that opens later. */
  prepare(program?: Program): ShopProcess {
    this.check();
    const shop = ShopProcess.prepare(program);
    return this.own(shop, () => shop.kill());
  }

  /** Processes that listen. */
  async shops(settings: ShopSettings | InboxShopSettings, count: number, program?: Program): Promise<ShopProcess[]> {
    const shops = Array.from({ length: count }, () => this.prepare(program));
    await Promise.all(shops.map((shop) => shop.open(settings)));
    return shops;
  }

  /** The settings of a process in this mode; `redis` is one whose keys are removed in the end. */
  async settings(
    mode: Mode,
    database: ShopDatabase,
    sandbox: Pass2PaySandbox,
    redis = REDIS_URL,
  ): Promise<ShopSettings> {
    const prefix = `pass2pay-proof-${randomBytes(6).toString('hex')}`;
    const usesRedis = mode === 'redis' || mode === 'queue on Redis';
    if (usesRedis && redis === REDIS_URL) this.closing.push(() => RedisServer.forget(redis, prefix));
    const { mchNo, appId, secret } = DEFAULT_MERCHANT;
    const connection = redis.startsWith('/') ? { path: redis } : { url: redis };
    return {
      databaseUrl: database.url,
      gateway: { url: sandbox.url, merchant: { mchNo, appId, secrets: secret } },
      reconcile: { enabled: false },
      ...(usesRedis ? { store: { address: redis, prefix: `${prefix}:outcome:` } } : {}),
      ...(mode === 'queue on Redis' ? { queue: { connection, prefix } } : {}),
      // With nothing but PostgreSQL: a job is one process's at a time, and the effect's unique key does the rest.
      ...(mode === 'queue on PostgreSQL' ? { queue: { backend: 'postgres', connection: database.url } } : {}),
    };
  }

  /** The settings of a process whose database is all that it has. Nothing is given up for being slow. */
  inboxSettings(database: InboxDatabase, sandbox: Pass2PaySandbox): InboxShopSettings {
    const { mchNo, appId, secret } = DEFAULT_MERCHANT;
    return {
      dialect: database.dialect,
      databaseUrl: database.url,
      gateway: { url: sandbox.url, merchant: { mchNo, appId, secrets: secret } },
      databaseLimits: { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000, handlerTimeoutMs: 600_000 },
    };
  }

  /** Closes the part when the proof ends, before those that were there earlier. */
  own<T>(part: T, close: () => unknown): T {
    this.closing.push(close);
    return part;
  }

  /** Ends every part, even where the end of another fails. */
  async close(): Promise<void> {
    this.isClosed = true;
    const faults: unknown[] = [];
    for (const close of this.closing.splice(0).toReversed()) {
      try {
        await close();
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) throw new AggregateError(faults, `Not all parts of the proof ended: ${faults.join('; ')}`);
  }

  /** A proof that was given up as hung still runs, and must start no process that nobody ends. */
  private check(): void {
    if (this.isClosed) throw new Error('The proof is over');
  }
}

/** Where a process takes notifies of the order or transfer. */
export function notifyUrl({ url }: { url: string }, mchOrderNo: string): string {
  return `${url}/notify/${kindOf(mchOrderNo)}`;
}

export interface Proof<M extends Mode | Dialect> {
  /** What happens. */
  when: string;
  /** What holds all the same. */
  holds: string;
  modes: readonly M[];
  ownRedis?: boolean;
  run: (scene: Scene, mode: M, processes: number) => Promise<void>;
}

/** In CI a missing service is a failure, so the proofs run, and fail, without it. */
export async function describeProof<M extends Mode | Dialect>({
  when,
  holds,
  modes,
  ownRedis,
  run,
}: Proof<M>): Promise<void> {
  const needsMariadb = modes.some((mode) => mode === 'MariaDB');
  const missing = [
    ...((await isPostgresReachable()) ? [] : [`PostgreSQL at ${POSTGRES_HOST}`]),
    ...((await isRedisReachable()) ? [] : [`Redis at ${REDIS_HOST}`]),
    ...(needsMariadb && !(await isMariadbReachable()) ? [`MariaDB at ${new URL(MARIADB_URL).host}`] : []),
    ...(ownRedis && !RedisServer.isInstalled() ? ['redis-server to start'] : []),
  ];
  if (missing.length > 0 && !process.env.CI) {
    test.skip(`${when}: skipped, since there is no ${missing.join(' and no ')}`, () => {});
    return;
  }
  describe(when, () => {
    let scene: Scene;
    beforeEach(() => {
      scene = new Scene();
    });
    afterEach(() => scene.close(), PROOF_TIMEOUT_MS);
    for (const mode of modes) {
      const processes = processesIn(mode);
      test(`${mode}, processes: ${processes}: ${holds}`, () => run(scene, mode, processes), PROOF_TIMEOUT_MS);
    }
  });
}
