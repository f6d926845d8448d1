import { inspect } from 'node:util';
import { ServiceUnavailableException } from '@nestjs/common';
import timers from 'node:timers/promises';
import type { OutcomeQueue, QueueWork } from '../outcomes/outcome-queue.js';
import type { OutcomeEvent } from '../outcomes/outcome.js';
import { Pass2PayConfigError } from '../errors/pass2pay.errors.js';
import { observeQueue, type StopObserving } from '../telemetry/gauges.js';
import { observeEnqueueing } from '../telemetry/queue-telemetry.js';
import { BoundedLog } from './bounded-log.js';
import { messageOf } from '../errors/message-of.js';
import { resolveQueueOptions, type BullMqOutcomeQueueOptions, type QueueSettings } from './bullmq-options.js';
import type { FailedOutcome } from './outcome-job.js';
import { OutcomeJobs, type QueueCounts } from './outcome-jobs.js';
import { OutcomeWorkers } from './outcome-workers.js';
import { isHopeless, QueueServer } from './queue-server.js';
import { withTimeout } from '../client/with-timeout.js';

/** Delay before another attempt to reach the server at the start, in ms. */
const START_AGAIN_MS = 2_000;

/**
 * Stores events in a BullMQ queue on Redis, Valkey or PostgreSQL: a notify is acknowledged as soon as its event is
 * stored, and workers, in this process or others, run the handlers with retries.
 *
 * ```ts
 * Pass2PayModule.forRoot({ …, outcomeQueue: new BullMqOutcomeQueue({ connection: { url: 'redis://127.0.0.1' } }) })
 * ```
 *
 * The same event is stored once. Handlers run at least once; to make their effect exactly-once after a crash, use a
 * shared inbox, or a unique key on `idempotencyKey` in the handler's transaction.
 */
export class BullMqOutcomeQueue implements OutcomeQueue {
  private readonly settings: Readonly<QueueSettings>;
  private readonly log = new BoundedLog();
  private readonly server: QueueServer;
  private readonly jobs: OutcomeJobs;
  private readonly workers: OutcomeWorkers;
  private starting: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  private stopObserving: StopObserving | undefined;

  /** Does not connect yet. @throws Pass2PayConfigError with every issue of the options. */
  constructor(options: BullMqOutcomeQueueOptions) {
    this.settings = resolveQueueOptions(options);
    this.server = new QueueServer(this.settings, this.log);
    this.jobs = new OutcomeJobs(this.settings, this.server, this.log);
    this.workers = new OutcomeWorkers(this.settings, this.server, this.log);
  }

  /** The settings, without the connection: BullMQ's own objects show its password. */
  toJSON(): object {
    return this.settings.toJSON();
  }

  /** Same as `toJSON`, for console.log and similar. */
  [inspect.custom](): object {
    return this.toJSON();
  }

  /**
   * Resolves when the event is stored. The same event is stored once, for the time set in the options; if its attempts
   * were exhausted, it is retried.
   *
   * @throws ServiceUnavailableException when it is not stored in time.
   */
  async add(event: OutcomeEvent): Promise<void> {
    if (this.closing !== undefined) {
      throw new ServiceUnavailableException('This process is shutting down; send the event again later.');
    }
    await observeEnqueueing(this.settings.name, event, () => this.jobs.add(event));
  }

  /**
   * Starts the workers. If the server is unreachable, it still resolves, and the workers start later: a shop can sell
   * without its queue, and the gateway redelivers refused notifies.
   *
   * @throws Pass2PayConfigError when retrying cannot help, such as with a wrong password.
   */
  async start(work: QueueWork): Promise<void> {
    if (this.starting !== undefined) {
      const message = 'outcomeQueue is used by two instances of the module; give each a queue with its own name';
      throw new Pass2PayConfigError([{ field: 'outcomeQueue', message }]);
    }
    this.starting = this.startWhenReachable(work);
    const late = new Error('late');
    try {
      await withTimeout(this.starting, this.settings.commandTimeoutMs, () => late);
    } catch (error) {
      if (error !== late) throw error;
      this.log.warn('start', `${this.server.title} is not reachable yet; the application starts without the queue.`);
      this.starting.catch((reason: unknown) => {
        this.log.error('start', `The queue cannot start, and no handlers run in this process: ${messageOf(reason)}`);
      });
    }
  }

  /** Takes no more work, waits for running handlers for the configured time, and closes the connections. */
  async close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  /** Events whose attempts are exhausted, latest first; for operators. */
  async failed(limit = 100): Promise<FailedOutcome[]> {
    return this.answered(this.jobs.failed(limit));
  }

  /**
   * Retries failed events with all attempts: one job or, with `'all'`, all that have failed so far.
   *
   * @returns the number of retried events.
   */
  async retry(jobId: string): Promise<number> {
    return this.jobs.retry(jobId);
  }

  /** The number of events by state; for operators and health checks. */
  async counts(): Promise<QueueCounts> {
    return this.answered(this.jobs.counts());
  }

  /** Resolves if the server responds. */
  async ping(): Promise<void> {
    await this.counts();
  }

  private async startWhenReachable(work: QueueWork): Promise<void> {
    while (this.closing === undefined) {
      try {
        await this.jobs.open();
        this.stopObserving ??= observeQueue(this.settings.name, async () => ({ ...(await this.counts()) }));
        if (this.settings.work && this.closing === undefined) await this.workers.start(work);
        return;
      } catch (error) {
        if (this.closing !== undefined) return;
        if (isHopeless(error)) throw this.unusable(error);
        this.log.error('start', `${this.server.title} cannot be reached; retrying: ${messageOf(error)}`);
        await timers.setTimeout(START_AGAIN_MS, undefined, { ref: false });
      }
    }
  }

  private unusable(error: unknown): Error {
    if (error instanceof Pass2PayConfigError) return error;
    const message = `outcomeQueue.connection points to a ${this.server.title} server that cannot be used: ${messageOf(error)}`;
    return new Pass2PayConfigError([{ field: 'outcomeQueue.connection', message }]);
  }

  private async closeAll(): Promise<void> {
    this.stopObserving?.();
    this.server.makeNoMore();
    await this.workers.close();
    await this.server.closeAll();
  }

  private async answered<T>(response: Promise<T>): Promise<T> {
    const { commandTimeoutMs } = this.settings;
    return withTimeout(
      response,
      commandTimeoutMs,
      () => new Error(`${this.server.title} did not respond within ${commandTimeoutMs} ms.`),
    );
  }
}
