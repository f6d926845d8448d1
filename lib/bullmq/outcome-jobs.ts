import { ServiceUnavailableException } from '@nestjs/common';
import type { JobsOptions } from 'bullmq';
import type { DeliveryResult } from '../outcomes/outcome.js';
import type { OutcomeEvent } from '../outcomes/outcome.js';
import type { QueueSettings } from './bullmq-options.js';
import type { BoundedLog } from './bounded-log.js';
import { messageOf } from '../errors/message-of.js';
import {
  described,
  jobIdOf,
  toFailedOutcome,
  toJobData,
  type FailedOutcome,
  type OutcomeJobData,
} from './outcome-job.js';
import type { JobQueue, QueueServer } from './queue-server.js';
import { withTimeout } from '../client/with-timeout.js';

/** How many events are in the queue. */
export interface QueueCounts {
  waiting: number;
  active: number;
  /** Waiting for their next attempt. */
  delayed: number;
  /** Handled, and kept so that the same event is not queued again. */
  completed: number;
  /** Exhausted: waiting for `retry` or for a redelivery of the event. */
  failed: number;
}

type Queue = JobQueue<OutcomeJobData, DeliveryResult>;

/** A client buffers commands until the server is back; beyond this number, events are refused immediately. */
const MAX_UNANSWERED = 1_000;

const RETRY_BATCH = 100;

/** The custom backoff that `OutcomeWorkers` computes. */
const BACKOFF = 'pass2pay';

/** The queue's jobs: adds events, lists failed ones, and retries them. */
export class OutcomeJobs {
  private opening: Promise<Queue> | undefined;
  private unanswered = 0;

  constructor(
    private readonly settings: Readonly<QueueSettings>,
    private readonly server: QueueServer,
    private readonly log: BoundedLog,
  ) {}

  /** Resolves when the server is reachable and has everything that the queue needs. */
  async open(): Promise<Queue> {
    this.opening ??= this.server.queue<OutcomeJobData, DeliveryResult>(this.settings.name, this.jobOptions());
    const { opening } = this;
    try {
      return await opening;
    } catch (error) {
      if (this.opening === opening) this.opening = undefined;
      throw error;
    }
  }

  /** @throws ServiceUnavailableException when the server has not stored the event in time; it may still do so. */
  async add(event: OutcomeEvent): Promise<void> {
    if (this.unanswered >= MAX_UNANSWERED) throw this.refusal(event, `${this.server.title} does not respond`);
    const kept = this.keep(event);
    const { commandTimeoutMs } = this.settings;
    try {
      await withTimeout(kept, commandTimeoutMs, () => {
        this.unanswered++;
        kept.catch(() => {}).finally(() => this.unanswered--);
        return new Error(`${this.server.title} did not respond within ${commandTimeoutMs} ms`);
      });
    } catch (error) {
      throw this.refusal(event, messageOf(error));
    }
  }

  /** Failed events, latest first. */
  async failed(limit: number): Promise<FailedOutcome[]> {
    const queue = await this.open();
    const jobs = await queue.getJobs(['failed'], 0, limit - 1, false);
    return jobs.map(toFailedOutcome);
  }

  /** @returns the number of failed jobs that are retried, with all their attempts. */
  async retry(jobId: string): Promise<number> {
    const queue = await this.open();
    if (jobId !== 'all') return (await this.tryAgain(queue, jobId)) ? 1 : 0;
    const now = Date.now();
    let retried = 0;
    for (;;) {
      const oldest = await queue.getJobs(['failed'], 0, RETRY_BATCH - 1, true);
      // Jobs that fail again meanwhile are not retried.
      const due = oldest.filter(({ finishedOn = 0 }) => finishedOn <= now);
      const results = await Promise.all(due.map((job) => this.tryAgain(queue, job.id!)));
      retried += results.filter(Boolean).length;
      if (!results.includes(true)) return retried;
    }
  }

  async counts(): Promise<QueueCounts> {
    const queue = await this.open();
    return (await queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed')) as unknown as QueueCounts;
  }

  private async keep(event: OutcomeEvent): Promise<void> {
    const queue = await this.open();
    const jobId = jobIdOf(event);
    const job = await queue.add(event.kind, toJobData(event), { jobId });
    // An existing job with this id is not changed; if it had failed, the event would be acknowledged without effect.
    if ((await job.isFailed()) && (await this.tryAgain(queue, jobId))) {
      this.log.warn('again', `The event of ${described(event)}, which had failed, was redelivered and is retried.`);
    }
  }

  /** False if the job does not exist, has not failed, or was already retried. */
  private async tryAgain(queue: Queue, jobId: string): Promise<boolean> {
    const job = await queue.getJob(jobId);
    if (job === undefined) return false;
    try {
      await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
      return true;
    } catch (error) {
      if ((await queue.getJobState(jobId)) === 'failed') throw error;
      return false;
    }
  }

  private jobOptions(): JobsOptions {
    const { attempts, keepHandledMs, keepHandledCount } = this.settings;
    const keep = { age: Math.ceil(keepHandledMs / 1000), ...(keepHandledCount && { count: keepHandledCount }) };
    return {
      attempts,
      backoff: { type: BACKOFF },
      removeOnComplete: keepHandledMs === 0 || keepHandledCount === 0 ? true : keep,
      removeOnFail: false,
      stackTraceLimit: 3,
    };
  }

  private refusal(event: OutcomeEvent, why: string): ServiceUnavailableException {
    const message = `The event of ${described(event)} could not be added to the queue: ${why}. It is refused, so the gateway will send it again; check that ${this.server.title} is running and reachable.`;
    this.log.error('add', message);
    return new ServiceUnavailableException(message);
  }
}
