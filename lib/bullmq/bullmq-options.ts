import type { ConnectionOptions, PostgresPoolConfig } from 'bullmq';
import { Rule, optional, required } from '../validation/rule.js';
import { oneOf } from '../validation/checks.js';
import { filledText, flag, setMembers, wholeNumber } from '../validation/option-rules.js';
import { issuesOfGroup } from '../validation/options-room.js';
import { Pass2PayConfigError, type ValidationIssue } from '../errors/pass2pay.errors.js';

/** Stores events in Redis or Valkey. */
export interface RedisBackend {
  backend?: 'redis';
  /** As in BullMQ: ioredis options, including `{ url: 'redis://…' }`, or a client, which the caller closes. */
  connection: ConnectionOptions;
  /** The prefix of all keys; use `{pass2pay}` with the braces in a Redis cluster. */
  prefix?: string;
}

/** Stores events in PostgreSQL with BullMQ's backend, in a schema that it creates if needed. */
export interface PostgresBackend {
  backend: 'postgres';
  /**
   * A connection string, or the options of a `pg.Pool`. BullMQ adds `schema`, by default `bullmq`, and `migrate`: set
   * it to false if the role must not change the database and you have run BullMQ's `runMigrations`.
   */
  connection: string | PostgresPoolConfig;
}

/** The options of `BullMqOutcomeQueue`. */
export type BullMqOutcomeQueueOptions = (RedisBackend | PostgresBackend) &
  Partial<Omit<QueueSettings, 'backend' | 'connection' | 'prefix' | 'toJSON'>>;

/** The options with all defaults applied. */
export class QueueSettings {
  @Rule(optional(oneOf('redis', 'postgres')))
  backend: 'redis' | 'postgres' = 'redis';

  @Rule(required('the server of the queue, e.g. { host, port } or a postgres:// URL', connection))
  connection!: ConnectionOptions | string | PostgresPoolConfig;

  @Rule(optional(filledText))
  prefix?: string;

  /** The name of the queue. Each instance of the module needs its own name on a shared server. */
  @Rule(queueName)
  name: string = 'pass2pay-outcomes';

  /** Whether this process runs handlers and sweeps; otherwise it only adds events to the queue. */
  @Rule(flag)
  work: boolean = true;

  /** Maximum number of outcomes that this process handles concurrently. */
  @Rule(wholeNumber(1, 10_000))
  concurrency: number = 10;

  /**
   * Maximum number of attempts before an outcome stays in the queue as failed. A process crash does not count as an
   * attempt.
   */
  @Rule(wholeNumber(1, 1_000))
  attempts: number = 12;

  /** The delay before the second attempt, in ms; each further delay is twice as long, with a jitter of half. */
  @Rule(wholeNumber(1, 86_400_000))
  backoffMs: number = 1_000;

  /** Maximum delay between two attempts, in ms. */
  @Rule(wholeNumber(1, 86_400_000))
  maxBackoffMs: number = 900_000;

  /**
   * Lock duration of an outcome, in ms: after a crash, another process takes over after 1.5 to 2 times this. On
   * PostgreSQL the machines' clocks must differ by much less.
   */
  @Rule(wholeNumber(100, 3_600_000))
  lockDurationMs: number = 30_000;

  /** How long handled events are kept, in ms, so that the same event is not queued again. */
  @Rule(wholeNumber(0, 31_536_000_000))
  keepHandledMs: number = 604_800_000;

  /** Maximum number of handled events to keep. On PostgreSQL every outcome then scans all kept events. */
  @Rule(optional(wholeNumber(0, 100_000_000)))
  keepHandledCount?: number;

  /** How long running handlers may continue when the application shuts down, in ms. */
  @Rule(wholeNumber(0, 3_600_000))
  shutdownTimeoutMs: number = 20_000;

  /** Timeout for adding an event to the queue, in ms; after it the notify is refused, and the gateway sends it again. */
  @Rule(wholeNumber(1, 19_000))
  commandTimeoutMs: number = 5_000;

  /** Omits the connection, whose password must not appear in logs. */
  toJSON(): object {
    const { connection: _connection, ...rest } = this;
    return rest;
  }
}

/**
 * Validates the options and applies the defaults.
 *
 * @throws Pass2PayConfigError with every issue.
 */
export function resolveQueueOptions(given: BullMqOutcomeQueueOptions): Readonly<QueueSettings> {
  const settings = Object.assign(new QueueSettings(), setMembers(given));
  const issues = issuesOfGroup(QueueSettings, given ?? {}, 'outcomeQueue');
  if (settings.backend === 'postgres') {
    if (settings.prefix !== undefined)
      issues.push(issue('prefix', 'is for Redis; on PostgreSQL, set connection.schema'));
    if (isPool(settings.connection)) {
      issues.push(issue('connection', 'is a pg.Pool, whose search_path BullMQ cannot set; pass the options of a pool'));
    }
  } else {
    issues.push(...redisIssues(settings));
  }
  if (issues.length > 0) throw new Pass2PayConfigError(issues);
  return Object.freeze(settings);
}

/** The parts of ioredis options and clients that determine key names. */
interface RedisNaming {
  keyPrefix?: string;
  options?: { keyPrefix?: string; redisOptions?: { keyPrefix?: string } };
  isCluster?: boolean;
}

/** BullMQ's scripts build key names themselves, and a script uses several keys. */
function redisIssues({ connection: given, prefix = '' }: QueueSettings): ValidationIssue[] {
  if (typeof given === 'string') {
    return [issue('connection', 'is a string; on Redis, pass { url: … } instead')];
  }
  const issues: ValidationIssue[] = [];
  const { keyPrefix, options, isCluster } = (given ?? {}) as RedisNaming;
  if (keyPrefix || options?.keyPrefix || options?.redisOptions?.keyPrefix) {
    issues.push(
      issue('connection', 'has a keyPrefix, which BullMQ does not support; leave it out, and set outcomeQueue.prefix'),
    );
  }
  if (isCluster === true) issues.push(...issuesInCluster(prefix));
  return issues;
}

/** What is wrong with a prefix in a Redis cluster. */
export function issuesInCluster(prefix = ''): ValidationIssue[] {
  if (/\{[^{}]+\}/.test(prefix)) return [];
  const remedy =
    'must contain braces in a Redis cluster, e.g. {pass2pay}, so that all keys of the queue are in one slot';
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
    : 'must be { host, port }, { url }, a client or, on PostgreSQL, a connection string';
}

function queueName(value: unknown): string | undefined {
  return typeof value === 'string' && /^[^:\s]{1,100}$/.test(value)
    ? undefined
    : 'must be a name of up to 100 characters, without colons and white space';
}
