import type { ConnectionOptions, PostgresPoolConfig } from 'bullmq';
import { Rule, optional, required } from '../validation/rule.js';
import { oneOf } from '../validation/checks.js';
import { filledText, flag, setMembers, wholeNumber } from '../validation/option-rules.js';
import { issuesOfGroup } from '../validation/options-room.js';
import { Pass2PayConfigError, type ValidationIssue } from '../errors/pass2pay.errors.js';

/** Events are kept in Redis or Valkey. */
export interface RedisBackend {
  backend?: 'redis';
  /** As BullMQ takes it: ioredis options, `{ url: 'redis://…' }` among them, or a client, which stays the caller's. */
  connection: ConnectionOptions;
  /** Begins the names of all keys; `{pass2pay}` with the braces in a Redis cluster. */
  prefix?: string;
}

/** Events are kept in PostgreSQL, by BullMQ's own backend, in a schema that it makes where there is none. */
export interface PostgresBackend {
  backend: 'postgres';
  /**
   * A connection string, or the options of a `pg.Pool`. BullMQ adds `schema`, `bullmq` where left out, and `migrate`:
   * false where the role must not change the database, and BullMQ's `runMigrations` has been run before.
   */
  connection: string | PostgresPoolConfig;
}

/** What a `BullMqOutcomeQueue` takes. */
export type BullMqOutcomeQueueOptions = (RedisBackend | PostgresBackend) &
  Partial<Omit<QueueSettings, 'backend' | 'connection' | 'prefix' | 'toJSON'>>;

/** The options with every default filled in. */
export class QueueSettings {
  @Rule(optional(oneOf('redis', 'postgres')))
  backend: 'redis' | 'postgres' = 'redis';

  @Rule(required('where the queue is, e.g. { host, port } or a postgres:// URL', connection))
  connection!: ConnectionOptions | string | PostgresPoolConfig;

  @Rule(optional(filledText))
  prefix?: string;

  /** Tells queues apart that share a server and a prefix or schema: each instance of the module needs one of its own. */
  @Rule(queueName)
  name: string = 'pass2pay-outcomes';

  /** Whether this process runs handlers and sweeps; without it, it only adds events to the queue. */
  @Rule(flag)
  work: boolean = true;

  /** How many outcomes this process handles at a time. */
  @Rule(wholeNumber(1, 10_000))
  concurrency: number = 10;

  /** How often an outcome is tried before it stays in the queue as failed. A process that dies costs no attempt. */
  @Rule(wholeNumber(1, 1_000))
  attempts: number = 12;

  /** The wait before the second attempt, in ms; each further one is twice as long, and varies by half of it. */
  @Rule(wholeNumber(1, 86_400_000))
  backoffMs: number = 1_000;

  /** The longest wait between two attempts, in ms. */
  @Rule(wholeNumber(1, 86_400_000))
  maxBackoffMs: number = 900_000;

  /**
   * After how long without a sign of life, in ms, an outcome is taken from the process that handles it: another one has
   * it one and a half to two times as long after a crash. On PostgreSQL the machines' clocks must agree much better.
   */
  @Rule(wholeNumber(100, 3_600_000))
  lockDurationMs: number = 30_000;

  /** How long handled events are kept, in ms, so that the same event is not queued again. */
  @Rule(wholeNumber(0, 31_536_000_000))
  keepHandledMs: number = 604_800_000;

  /** How many handled events are kept at most. On PostgreSQL every outcome then costs a look at all that are kept. */
  @Rule(optional(wholeNumber(0, 100_000_000)))
  keepHandledCount?: number;

  /** How long handlers under way may still run when the application shuts down, in ms. */
  @Rule(wholeNumber(0, 3_600_000))
  shutdownTimeoutMs: number = 20_000;

  /** How long the queue may take to keep an event, in ms; after it the notify is refused, and the gateway sends it again. */
  @Rule(wholeNumber(1, 19_000))
  commandTimeoutMs: number = 5_000;

  /** Without the connection, whose password no log is to show. */
  toJSON(): object {
    const { connection: _connection, ...rest } = this;
    return rest;
  }
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws Pass2PayConfigError with every issue.
 */
export function resolveQueueOptions(given: BullMqOutcomeQueueOptions): Readonly<QueueSettings> {
  const settings = Object.assign(new QueueSettings(), setMembers(given));
  const issues = issuesOfGroup(QueueSettings, given ?? {}, 'outcomeQueue');
  if (settings.backend === 'postgres') {
    if (settings.prefix !== undefined)
      issues.push(issue('prefix', 'is for Redis; on PostgreSQL, give connection.schema'));
    if (isPool(settings.connection)) {
      issues.push(issue('connection', 'is a pg.Pool, whose search_path BullMQ cannot set; give the options of a pool'));
    }
  } else {
    issues.push(...redisIssues(settings));
  }
  if (issues.length > 0) throw new Pass2PayConfigError(issues);
  return Object.freeze(settings);
}

/** What of ioredis's options and clients decides the names of keys. */
interface RedisNaming {
  keyPrefix?: string;
  options?: { keyPrefix?: string; redisOptions?: { keyPrefix?: string } };
  isCluster?: boolean;
}

/** BullMQ's scripts make names of keys by themselves, and one script uses several keys. */
function redisIssues({ connection: given, prefix = '' }: QueueSettings): ValidationIssue[] {
  if (typeof given === 'string') {
    return [issue('connection', 'is a string; on Redis, give { url: … } instead')];
  }
  const issues: ValidationIssue[] = [];
  const { keyPrefix, options, isCluster } = (given ?? {}) as RedisNaming;
  if (keyPrefix || options?.keyPrefix || options?.redisOptions?.keyPrefix) {
    issues.push(
      issue('connection', 'has a keyPrefix, which BullMQ cannot work with; leave it out, and give outcomeQueue.prefix'),
    );
  }
  if (isCluster === true) issues.push(...issuesInCluster(prefix));
  return issues;
}

/** What is wrong with a prefix in a Redis cluster. */
export function issuesInCluster(prefix = ''): ValidationIssue[] {
  if (/\{[^{}]+\}/.test(prefix)) return [];
  const remedy = 'needs braces in a Redis cluster, such as {pass2pay}, so that all keys of the queue are in one slot';
  return [issue('prefix', remedy)];
}

function issue(field: string, what: string): ValidationIssue {
  return { field: `outcomeQueue.${field}`, message: `outcomeQueue.${field} ${what}` };
}

function isPool(value: unknown): boolean {
  const { connect, query } = value as { connect?: unknown; query?: unknown };
  return typeof connect === 'function' && typeof query === 'function';
}

function connection(value: unknown): string | undefined {
  return (typeof value === 'string' && value !== '') || (typeof value === 'object' && value !== null)
    ? undefined
    : 'must say where the queue is: { host, port }, { url }, a client, or on PostgreSQL a connection string';
}

function queueName(value: unknown): string | undefined {
  return typeof value === 'string' && /^[^:\s]{1,100}$/.test(value)
    ? undefined
    : 'must be a name of up to 100 characters, without a colon and white space';
}
