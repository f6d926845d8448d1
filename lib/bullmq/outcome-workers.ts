import type { Job } from 'bullmq';
import type { DeliveryResult } from '../outcomes/outcome.js';
import type { QueueWork } from '../outcomes/outcome-queue.js';
import { observeProcessing } from '../telemetry/queue-telemetry.js';
import type { QueueSettings } from './bullmq-options.js';
import type { BoundedLog } from './bounded-log.js';
import { messageOf } from '../errors/message-of.js';
import { FleetSweeps } from './fleet-sweeps.js';
import { asFailure, described, toEvent, withoutReceiver, type OutcomeJobData } from './outcome-job.js';
import { JobsUnderWay } from './jobs-under-way.js';
import { CLOSE_MS, type Connected, type JobWorker, type QueueServer } from './queue-server.js';
import { endWithin } from '../client/with-timeout.js';

/** BullMQ gives up a job whose processes have crashed more often than this; crashes are not the event's fault. */
const ANY_NUMBER = 2_147_483_647;

interface RunningWorker extends Connected {
  run(): Promise<void>;
  pause(doNotWaitActive: boolean): Promise<void>;
}

/** This process's workers: handlers and sweeps. */
export class OutcomeWorkers {
  private readonly workers: RunningWorker[] = [];
  private readonly underWay: JobsUnderWay;
  private readonly sweeps: FleetSweeps;
  private isHandling = false;

  constructor(
    private readonly settings: Readonly<QueueSettings>,
    private readonly server: QueueServer,
    private readonly log: BoundedLog,
  ) {
    this.underWay = new JobsUnderWay(settings.lockDurationMs);
    this.sweeps = new FleetSweeps(settings, server, this.underWay, log);
  }

  /** When called again after a failure, it starts what has not started yet. */
  async start(work: QueueWork): Promise<void> {
    if (!this.isHandling) await this.startHandlers(work);
    this.isHandling = true;
    if (work.sweep !== undefined) {
      this.run(await this.sweeps.start(work.sweep, work.sweepEveryMs, this.survival()));
    }
  }

  /** Takes no more work, and waits for running work for the configured time. */
  async close(): Promise<void> {
    this.sweeps.stop();
    // Without waiting; otherwise BullMQ opens a new connection that is never closed if the server hangs.
    await Promise.all(this.workers.map((worker) => worker.pause(true)));
    const isDrained =
      (await endWithin(this.underWay.allHandled(), this.settings.shutdownTimeoutMs)) === 'fulfilled' &&
      (await endWithin(this.underWay.allRecorded(), CLOSE_MS)) === 'fulfilled';
    await Promise.all(this.workers.map((worker) => this.server.close(worker, { force: true })));
    if (isDrained) return;
    this.log.warn(
      'shutdown',
      `Not all handlers finished within ${this.settings.shutdownTimeoutMs} ms of the shutdown, or ${this.server.title} does not respond; another process will take over the unfinished work.`,
    );
  }

  private async startHandlers(work: QueueWork): Promise<void> {
    const { name, concurrency, backoffMs, maxBackoffMs } = this.settings;
    const worker = await this.server.worker<OutcomeJobData, DeliveryResult>(
      name,
      (job) => this.underWay.run(job, () => this.deliver(work, job)),
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
    worker.on('completed', (job) => void this.finish(job));
    worker.on('failed', (job, error) => this.reportFailure(job, error));
    worker.on('stalled', (jobId) => {
      this.log.warn('stalled', `${jobId} is retried: the process that handled it has died or hangs.`);
    });
    this.run(worker);
  }

  private async deliver(work: QueueWork, job: Job<OutcomeJobData, DeliveryResult>): Promise<DeliveryResult> {
    try {
      const event = toEvent(job.data);
      const { name } = this.settings;
      const result = await observeProcessing(name, event, job.data.trace, () => work.deliver(event));
      // Once the merchant has corrected the order, the same event must be processed again.
      if (result === 'mismatch') job.opts.removeOnComplete = true;
      return result;
    } catch (error) {
      throw asFailure(error);
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

  private run<D, R>(worker: JobWorker<D, R>): void {
    worker.on('failed', (job) => job && this.underWay.recorded(job));
    this.workers.push(worker);
    worker.run().catch((error: unknown) => {
      this.log.error('worker', `A queue worker has stopped: ${messageOf(error)}`);
    });
  }

  /** Handled events are kept for days for deduplication, which does not need the receiver's data. */
  private async finish(job: Job<OutcomeJobData, DeliveryResult>): Promise<void> {
    const isKept = job.opts.removeOnComplete !== true;
    try {
      if (isKept && job.data.kind === 'transfer') await job.updateData(withoutReceiver(job.data));
    } catch (error) {
      this.log.warn('forget', `${job.id} still contains the receiver of its transfer: ${messageOf(error)}`);
    } finally {
      this.underWay.recorded(job);
    }
  }

  private reportFailure(job: Job<OutcomeJobData, DeliveryResult> | undefined, error: Error): void {
    if (job === undefined) return;
    const { attempts = 1 } = job.opts;
    const what = `${describedJob(job)} failed, attempt ${job.attemptsMade} of ${attempts}: ${messageOf(error)}`;
    if (job.finishedOn === undefined) this.log.warn('attempt', what);
    else this.log.error('exhausted', `${what}. It stays in the queue as ${job.id} until it is retried or redelivered.`);
  }
}

function describedJob(job: Job<OutcomeJobData>): string {
  try {
    return described(toEvent(job.data));
  } catch {
    return `The job ${job.id}`;
  }
}
