import type {
  BackendFactory,
  IQueueBackend,
  IRedisClient,
  JobProgress,
  JobsOptions,
  Processor,
  Queue,
  Worker,
  WorkerOptions,
} from 'bullmq';
import { Pass2PayConfigError } from '../errors/pass2pay.errors.js';
import { issuesInCluster, type QueueSettings } from './bullmq-options.js';
import type { BoundedLog } from './bounded-log.js';
import { messageOf } from '../errors/message-of.js';
import { endForGood, isInCluster, ownRedisClients } from './redis-clients.js';
import { endWithin } from '../client/with-timeout.js';

type BullMq = typeof import('bullmq');

/** BullMQ's queue and worker on either backend. */
export type JobQueue<D, R = unknown> = Queue<D, R, string, D, R, string, IQueueBackend, never>;
export type JobWorker<D, R = unknown> = Worker<D, R, string, IQueueBackend, JobProgress, never>;

/** An internal of BullMQ's worker, which may change between versions. */
interface Pausing {
  delay?(ms?: number, ends?: AbortController): Promise<void>;
  checkConnectionError?(work: () => Promise<unknown>, pauseMs?: number): Promise<unknown>;
}

type WorkerSettings = Pick<
  WorkerOptions,
  'concurrency' | 'lockDuration' | 'stalledInterval' | 'maxStalledCount' | 'settings'
>;

/** Something that holds connections to the server. */
export interface Connected {
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  /** @param force whether to close without waiting; not supported by a queue. */
  close(force?: boolean): Promise<void>;
  disconnect(): Promise<void>;
  backend: IQueueBackend;
}

/** Pool connections of a queue or worker on PostgreSQL, besides its LISTEN connection. */
const POOL_SIZE = 4;

/** Timeout for closing a connection, in ms. */
export const CLOSE_MS = 2_000;

/** Creates queues and workers on the configured server, and closes them. */
export class QueueServer {
  private readonly connected = new Set<Connected>();
  private readonly redisClients = new Map<Connected, IRedisClient[]>();
  private isClosing = false;

  constructor(
    private readonly settings: Readonly<QueueSettings>,
    private readonly log: BoundedLog,
  ) {}

  /** The server's name for messages. */
  get title(): string {
    return this.settings.backend === 'postgres' ? 'PostgreSQL' : 'Redis';
  }

  /**
   * A ready queue. On PostgreSQL its tables then exist: BullMQ creates them under a lock, so several processes may
   * start at once.
   */
  async queue<D, R>(
    name: string,
    defaultJobOptions: JobsOptions,
    { poolSize = POOL_SIZE } = {},
  ): Promise<JobQueue<D, R>> {
    const { prefix } = this.settings;
    const bullmq = await load();
    const options = {
      connection: this.connection({ migrate: true, poolSize }),
      defaultJobOptions,
      ...(prefix && { prefix }),
    };
    const queue: JobQueue<D, R> = new bullmq.Queue(name, options, this.factory(bullmq));
    return this.ready(queue);
  }

  /** A ready worker that is not running yet. It needs the queue's tables. */
  async worker<D, R>(
    name: string,
    processor: Processor<D, R>,
    more: WorkerSettings,
    { poolSize = POOL_SIZE } = {},
  ): Promise<JobWorker<D, R>> {
    const { prefix } = this.settings;
    const bullmq = await load();
    const options = {
      connection: this.connection({ migrate: false, poolSize }),
      autorun: false,
      // Only after a refused connection; the default of 15 s would be too long once the server is back.
      runRetryDelay: 2_000,
      ...(prefix && { prefix }),
      ...more,
    };
    const worker: JobWorker<D, R> = new bullmq.Worker(name, processor, options, this.factory(bullmq));
    endPausesWithClose(worker);
    return this.ready(worker);
  }

  /** Closes one, and drops its connections if the server does not respond. */
  async close(connected: Connected, { force = false } = {}): Promise<void> {
    this.connected.delete(connected);
    // On PostgreSQL, a forced close does not end a worker's wait for notifications, which can last an hour after an
    // outage.
    if (this.settings.backend === 'postgres') await connected.backend.disconnectBlocking();
    const end = await endWithin(connected.close(force), CLOSE_MS);
    if (end !== 'fulfilled') await endWithin(connected.disconnect(), CLOSE_MS);
    for (const client of this.redisClients.get(connected) ?? []) endForGood(client);
    this.redisClients.delete(connected);
  }

  /** Creates no more queues and workers, including those being created. */
  makeNoMore(): void {
    this.isClosing = true;
  }

  /** Closes the rest, including those that are not ready yet. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.connected].map((connected) => this.close(connected)));
  }

  private async ready<T extends Connected>(connected: T): Promise<T> {
    this.connected.add(connected);
    const hopeless = new Promise<never>((_resolve, reject) => {
      connected.on('error', (error) => {
        this.log.error('server', `The queue on ${this.title} reports: ${messageOf(error)}`);
        // BullMQ would keep waiting for a Redis that refuses the password.
        if (isHopeless(error)) reject(error);
      });
    });
    try {
      await Promise.race([connected.waitUntilReady(), hopeless]);
      if (this.isClosing) throw new Error('The queue is closing');
      const { backend, connection, prefix } = this.settings;
      if (backend === 'redis') {
        const issues = issuesInCluster(prefix);
        if (issues.length > 0 && (await isInCluster(connected.backend))) throw new Pass2PayConfigError(issues);
        const isShared = typeof (connection as { connect?: unknown }).connect === 'function';
        this.redisClients.set(connected, await ownRedisClients(connected.backend, isShared));
      }
      return connected;
    } catch (error) {
      // BullMQ remembers a failed connection, so a new instance is needed.
      await this.close(connected);
      throw error;
    }
  }

  private factory(bullmq: BullMq): BackendFactory<IQueueBackend, never> {
    return this.settings.backend === 'postgres' ? postgresFactory(bullmq) : bullmq.createRedisBackend;
  }

  private connection({ migrate, poolSize }: { migrate: boolean; poolSize: number }): never {
    const { backend, connection, commandTimeoutMs } = this.settings;
    if (backend === 'redis') return connection as never;
    const given = typeof connection === 'string' ? { connectionString: connection } : connection;
    const { migrate: mayMigrate = true, ...pool } = given as { migrate?: boolean };
    const defaults = { max: poolSize, keepAlive: true, connectionTimeoutMillis: commandTimeoutMs };
    return { ...defaults, ...pool, migrate: migrate && mayMigrate } as never;
  }
}

/**
 * BullMQ's factory with one fix: during its migration it uses a pool client without an error listener, so that a lost
 * connection would crash the process.
 */
function postgresFactory({ PostgresConnection, PostgresQueueBackend }: BullMq): BackendFactory<IQueueBackend, never> {
  return (name, options, { withBlockingConnection = false } = {}) => {
    const connection = new PostgresConnection(options.connection);
    connection.pool.on('connect', (client) => client.on('error', () => {}));
    return new PostgresQueueBackend(connection, name, options, true, withBlockingConnection ? name : undefined);
  };
}

/**
 * After a connection error BullMQ's worker pauses for 2 to 5 s, even if it is closed meanwhile, which would delay the
 * process's exit. Its check for stalled jobs needs no pause, because it runs at intervals anyway.
 */
function endPausesWithClose<D, R>(worker: JobWorker<D, R>): void {
  const closing = new AbortController();
  worker.on('closing', () => closing.abort());
  const pausing = worker as unknown as Pausing;
  const delay = pausing.delay?.bind(worker);
  const check = pausing.checkConnectionError?.bind(worker);
  if (delay) pausing.delay = (ms, ends = closing) => delay(ms, ends);
  if (check) pausing.checkConnectionError = (work) => check(work, 0);
}

async function load(): Promise<BullMq> {
  try {
    return await import('bullmq');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const message = 'outcomeQueue requires the package bullmq, and ioredis or pg: npm install bullmq ioredis';
    throw new Pass2PayConfigError([{ field: 'outcomeQueue', message }]);
  }
}

/** Whether retrying cannot help: a wrong password, a missing permission or package, an outdated server or schema. */
export function isHopeless(error: unknown): boolean {
  if (error instanceof Pass2PayConfigError) return true;
  const { name, code } = error as { name?: unknown; code?: unknown };
  return (
    (typeof code === 'string' && /^(28|3D|42)/.test(code)) ||
    /^(Unsupported|Schema)/.test(String(name)) ||
    /NOAUTH|WRONGPASS|NOPERM|could not load|must be null|version needs/.test(messageOf(error))
  );
}
