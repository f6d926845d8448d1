import { withTimeout } from '../client/with-timeout.js';
import { randomBytes } from 'node:crypto';
import type { Claim, ClaimResult, Inbox, Remembered } from '../outcomes/inbox.js';
import { Pass2PayConfigError, type ValidationIssue } from '../errors/pass2pay.errors.js';
import { SCRIPTS } from './inbox-scripts.js';
import { refused, timedOut, unreachable, type InboxCommand } from '../errors/redis-inbox.error.js';
import { scriptClientOf, type NodeRedisScripting, type RedisScripting, type ScriptClient } from './script-client.js';

/** The gateway's timeout for a notify is 20 s, so waiting longer is useless. */
const MAX_COMMAND_TIMEOUT_MS = 60_000;

export interface RedisInboxOptions {
  /**
   * The application's client; the application connects and closes it. Either ioredis (`Redis` or `Cluster`) or
   * node-redis 5 (`createClient` and so on). While Redis is unreachable, events should be refused instead of waiting:
   * create ioredis with `enableOfflineQueue: false` and `maxRetriesPerRequest: 1`, node-redis with
   * `disableOfflineQueue: true`. BullMQ's workers need a separate ioredis client with `maxRetriesPerRequest: null`.
   */
  client: RedisScripting | NodeRedisScripting;

  /** The prefix of all keys. */
  prefix?: string;

  /** How long an applied outcome is stored, in ms; the gateway may redeliver a notify days later. */
  ttlMs?: number;

  /**
   * Timeout of a command, in ms, independent of the client's settings. Keep it well below the lease of an outcome. A
   * claim that is granted after the timeout is released, which ioredis's own `commandTimeout` does not do.
   */
  commandTimeoutMs?: number;
}

/**
 * Stores applied outcomes in Redis 5 or newer, or Valkey, for every process that uses the same prefix. Uses the clock
 * of Redis. Outcomes that Redis loses (restart without persistence, failover before replication, eviction) are applied
 * again: enable persistence, use `maxmemory-policy noeviction`, and make handlers repeatable.
 */
export class RedisInbox implements Inbox {
  private readonly client: ScriptClient;
  private readonly prefix: string;
  private readonly ttlMs: number;
  private readonly commandTimeoutMs: number;

  /** @throws Pass2PayConfigError with every issue of the options. */
  constructor({
    client,
    prefix = 'pass2pay:outcome:',
    ttlMs = 7 * 24 * 60 * 60 * 1000,
    commandTimeoutMs = 5000,
  }: RedisInboxOptions) {
    const issues = issuesOf({ client, prefix, ttlMs, commandTimeoutMs });
    if (issues.length > 0) throw new Pass2PayConfigError(issues);
    this.client = scriptClientOf(client)!;
    this.prefix = prefix;
    this.ttlMs = ttlMs;
    this.commandTimeoutMs = commandTimeoutMs;
  }

  /** @throws RedisInboxError, as all methods do, when Redis is unreachable, does not respond or refuses. */
  async recall(subject: string): Promise<Remembered> {
    return remembered((await this.answered('recall', this.evaluate('recall', subject))) as StateReplies);
  }

  async claim(subject: string, leaseMs: number): Promise<ClaimResult> {
    const mark = randomBytes(6).toString('hex');
    const response = this.evaluate('claim', subject, mark, leaseMs, this.ttlMs);
    try {
      return claimResult(subject, await this.answered('claim', response));
    } catch (error) {
      void this.giveBack(subject, response);
      throw error;
    }
  }

  async renew({ subject, fence }: Claim, leaseMs: number): Promise<boolean> {
    const response = this.evaluate('renew', subject, fence, leaseMs, this.ttlMs);
    return isDone(await this.answered('renew', response));
  }

  async complete({ subject, fence }: Claim, lastApplied: number, gatewayState?: number): Promise<boolean> {
    const response = this.evaluate('complete', subject, fence, lastApplied, gatewayState ?? '', this.ttlMs);
    return isDone(await this.answered('complete', response));
  }

  async release({ subject, fence }: Claim, gatewayState?: number): Promise<void> {
    await this.answered('release', this.evaluate('release', subject, fence, gatewayState ?? '', this.ttlMs));
  }

  /** Resolves if Redis responds. */
  async ping(): Promise<void> {
    await this.client.ping();
  }

  private async evaluate(name: InboxCommand, subject: string, ...args: (string | number)[]): Promise<unknown> {
    const key = this.prefix + subject;
    try {
      return await this.client.run(SCRIPTS[name], key, args);
    } catch (error) {
      throw this.client.isReply(error) ? refused(name, key, error) : unreachable(name, error);
    }
  }

  private async answered(name: InboxCommand, response: Promise<unknown>): Promise<unknown> {
    return withTimeout(response, this.commandTimeoutMs, () => timedOut(name, this.commandTimeoutMs));
  }

  /** A claim without a waiting caller must not block the subject until its lease ends. */
  private async giveBack(subject: string, response: Promise<unknown>): Promise<void> {
    try {
      const result = claimResult(subject, await response);
      if (result.status === 'claimed') await this.release(result.claim);
    } catch {
      // The caller already has the error; the lease ends by itself.
    }
  }
}

/**
 * Reads the states that the scripts return; a client may be configured to return numbers as strings, and strings as
 * Buffers.
 */
type StateReplies = (string | number | Buffer | null)[];

function claimResult(subject: string, response: unknown): ClaimResult {
  if (response === null) return { status: 'busy' };
  const [fence, ...states] = response as StateReplies;
  return { status: 'claimed', claim: { subject, fence: String(fence) }, ...remembered(states) };
}

function remembered(states: StateReplies): Remembered {
  const [lastApplied, gatewayState] = states.map((state) => (state === null ? undefined : Number(String(state))));
  return { lastApplied, gatewayState };
}

/** A client may be configured to return numbers as strings. */
function isDone(response: unknown): boolean {
  return Number(response) === 1;
}

function issuesOf({ client, prefix, ttlMs, commandTimeoutMs }: Required<RedisInboxOptions>): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const add = (name: string, remedy: string) => {
    const field = `inbox.${name}`;
    issues.push({ field, message: `${field} ${remedy}` });
  };
  if (scriptClientOf(client) === undefined) {
    add('client', 'must be a client of ioredis, e.g. new Redis(url), or of node-redis, e.g. createClient({ url })');
  }
  if (typeof prefix !== 'string' || prefix === '') add('prefix', 'must be a non-empty string, e.g. pass2pay:outcome:');
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 1) add('ttlMs', 'must be a whole number of milliseconds, at least 1');
  if (!Number.isInteger(commandTimeoutMs) || commandTimeoutMs < 1 || commandTimeoutMs > MAX_COMMAND_TIMEOUT_MS) {
    add('commandTimeoutMs', `must be a whole number of milliseconds from 1 to ${MAX_COMMAND_TIMEOUT_MS}`);
  }
  return issues;
}
