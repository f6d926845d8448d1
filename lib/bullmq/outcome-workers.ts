import type { Job } from 'bullmq';
import type { DeliveryResult } from '../outcome/outcome-delivery.js';
import type { QueueWork } from '../outcome/outcome-queue.js';
import type { QueueSettings } from './bullmq-options.js';
import { messageOf, type BoundedLog } from './bounded-log.js';
import { asFailure, described, toNews, type OutcomeJobData } from './outcome-job.js';
import { CLOSE_MS, type Connected, type JobQueue, type QueueServer } from './queue-server.js';
import { isDoneWithin } from './within.js';

/** BullMQ gives up a job whose processes have died more often than this; their death is no fault of the news. */
const ANY_NUMBER = 2_147_483_647;

const SWEEP = 'sweep';

interface RunningWorker extends Connected {
  run(): Promise<void>;
  pause(): Promise<void>;
}

/** This process's share of the work: handlers, and sweeps. */
export class OutcomeWorkers {
  private readonly workers: RunningWorker[] = [];
  private readonly underWay = new Set<Promise<unknown>>();
  private isHandling = false;

  constructor(
    private readonly settings: Readonly<QueueSettings>,
    private readonly server: QueueServer,
    private readonly log: BoundedLog,
  ) {}

  /** Called again after a failure, it starts what is not started yet. */
  async start(work: QueueWork): Promise<void> {
    if (!this.isHandling) await this.startHandlers(work);
    this.isHandling = true;
    if (work.sweep !== undefined) await this.startSweeps(work.sweep, work.sweepEveryMs);
  }

  /** Takes no more, and waits for what is under way, up to the time that the options give. */
  async close(): Promise<void> {
    const drained = await Promise.all(this.workers.map((worker) => this.drain(worker)));
    await Promise.all(this.workers.map((worker) => this.server.close(worker, { force: true })));
    if (!drained.includes(false)) return;
    this.log.warn(
      'shutdown',
      `Not all handlers have finished within ${this.settings.shutdownTimeoutMs} ms of the shutdown, or ${this.server.title} does not answer; another process takes over what is not finished.`,
    );
  }

  /** Whether all is finished, and the server knows it. */
  private async drain(worker: RunningWorker): Promise<boolean> {
    const giveUpAt = Date.now() + this.settings.shutdownTimeoutMs;
    const left = () => Math.max(0, giveUpAt - Date.now());
    const paused = worker.pause();
    for (;;) {
      await isDoneWithin(Promise.allSettled(this.underWay), left());
      if (await isDoneWithin(paused, Math.min(left(), CLOSE_MS))) return true;
      if (this.underWay.size === 0 || left() === 0) return false;
    }
  }

  private async startHandlers(work: QueueWork): Promise<void> {
    const { name, concurrency, backoffMs, maxBackoffMs } = this.settings;
    const worker = await this.server.worker<OutcomeJobData, DeliveryResult>(
      name,
      (job) => this.tracked(this.deliver(work, job)),
      {
        ...this.survival(),
        concurrency,
        settings: {
          backoffStrategy: (attemptsMade: number) => {
            const longest = Math.min(backoffMs * 2 ** (attemptsMade - 1), maxBackoffMs);
            return Math.ceil(longest * (0.5 + Math.random() / 2));
          },
        },
      },
    );
    worker.on('failed', (job, error) => this.reportFailure(job, error));
    worker.on('stalled', (jobId) => {
      this.log.warn('stalled', `${jobId} is tried again: the process that handled it has died, or hangs.`);
    });
    this.run(worker);
  }

  private async deliver(work: QueueWork, job: Job<OutcomeJobData, DeliveryResult>): Promise<DeliveryResult> {
    try {
      const result = await work.deliver(toNews(job.data));
      // Once the merchant has put the order right, the same news must be looked at again.
      if (result === 'mismatch') job.opts.removeOnComplete = true;
      return result;
    } catch (error) {
      throw asFailure(error);
    }
  }

  /** A queue of its own, so that a long sweep holds up no handlers, and each fleet has one sweep per period. */
  private async startSweeps(sweep: () => Promise<unknown>, everyMs: number): Promise<void> {
    const name = `${this.settings.name}-sweeps`;
    const queue = await this.server.queue<object, string>(name, {
      removeOnComplete: true,
      removeOnFail: { count: 10 },
    });
    try {
      // With an offset the periods begin at the same time for all, so that processes that start at once agree.
      await queue.upsertJobScheduler(SWEEP, { every: everyMs, offset: 1 }, { name: SWEEP });
      const processor = () => this.tracked(this.sweepUnlessSwept(queue, sweep));
      this.run(await this.server.worker<object, string>(name, processor, { ...this.survival(), concurrency: 1 }));
    } catch (error) {
      await this.server.close(queue);
      throw error;
    }
  }

  private async sweepUnlessSwept(
    queue: JobQueue<object, string>,
    sweep: () => Promise<unknown>,
  ): Promise<'swept' | 'skipped'> {
    try {
      // A sweep may take longer than a period; the next one leaves it alone.
      if ((await queue.getActiveCount()) > 1) return 'skipped';
      await sweep();
      return 'swept';
    } catch (error) {
      this.log.error('sweep', `A sweep failed: ${messageOf(error)}`);
      throw asFailure(error);
    }
  }

  private async tracked<T>(work: Promise<T>): Promise<T> {
    this.underWay.add(work);
    try {
      return await work;
    } finally {
      this.underWay.delete(work);
    }
  }

  private survival() {
    const { lockDurationMs } = this.settings;
    return {
      lockDuration: lockDurationMs,
      stalledInterval: Math.ceil(lockDurationMs / 2),
      maxStalledCount: ANY_NUMBER,
    };
  }

  private run(worker: RunningWorker): void {
    this.workers.push(worker);
    worker.run().catch((error: unknown) => {
      this.log.error('worker', `A worker of the queue has stopped: ${messageOf(error)}`);
    });
  }

  private reportFailure(job: Job<OutcomeJobData, DeliveryResult> | undefined, error: Error): void {
    if (job === undefined) return;
    const { attempts = 1 } = job.opts;
    const what = `${describedJob(job)} failed, attempt ${job.attemptsMade} of ${attempts}: ${messageOf(error)}`;
    if (job.finishedOn === undefined) this.log.warn('attempt', what);
    else
      this.log.error('exhausted', `${what}. It stays in the queue as ${job.id}, until it is retried or comes again.`);
  }
}

function describedJob(job: Job<OutcomeJobData>): string {
  try {
    return described(toNews(job.data));
  } catch {
    return `The job ${job.id}`;
  }
}
