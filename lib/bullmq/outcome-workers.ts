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

/** BullMQ gives up a job whose processes have died more often than this; their death is no fault of the event. */
const ANY_NUMBER = 2_147_483_647;

interface RunningWorker extends Connected {
  run(): Promise<void>;
  pause(doNotWaitActive: boolean): Promise<void>;
}

/** This process's share of the work: handlers, and sweeps. */
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

  /** Called again after a failure, it starts what is not started yet. */
  async start(work: QueueWork): Promise<void> {
    if (!this.isHandling) await this.startHandlers(work);
    this.isHandling = true;
    if (work.sweep !== undefined) {
      this.run(await this.sweeps.start(work.sweep, work.sweepEveryMs, this.survival()));
    }
  }

  /** Takes no more, and waits for what is under way, up to the time that the options give. */
  async close(): Promise<void> {
    this.sweeps.stop();
    // Without waiting: else BullMQ makes a connection anew, and where the server hangs, nothing ever closes that one.
    await Promise.all(this.workers.map((worker) => worker.pause(true)));
    const isDrained =
      (await endWithin(this.underWay.allHandled(), this.settings.shutdownTimeoutMs)) === 'fulfilled' &&
      (await endWithin(this.underWay.allRecorded(), CLOSE_MS)) === 'fulfilled';
    await Promise.all(this.workers.map((worker) => this.server.close(worker, { force: true })));
    if (isDrained) return;
    this.log.warn(
      'shutdown',
      `Not all handlers have finished within ${this.settings.shutdownTimeoutMs} ms of the shutdown, or ${this.server.title} does not answer; another process takes over what is not finished.`,
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
      this.log.warn('stalled', `${jobId} is tried again: the process that handled it has died, or hangs.`);
    });
    this.run(worker);
  }

  private async deliver(work: QueueWork, job: Job<OutcomeJobData, DeliveryResult>): Promise<DeliveryResult> {
    try {
      const event = toEvent(job.data);
      const { name } = this.settings;
      const result = await observeProcessing(name, event, job.data.trace, () => work.deliver(event));
      // Once the merchant has put the order right, the same event must be looked at again.
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
      this.log.error('worker', `A worker of the queue has stopped: ${messageOf(error)}`);
    });
  }

  /** Handled events are kept for days, so that they are not queued again; for that nobody needs to know who got the money. */
  private async finish(job: Job<OutcomeJobData, DeliveryResult>): Promise<void> {
    const isKept = job.opts.removeOnComplete !== true;
    try {
      if (isKept && job.data.kind === 'transfer') await job.updateData(withoutReceiver(job.data));
    } catch (error) {
      this.log.warn('forget', `${job.id} still names the receiver of its transfer: ${messageOf(error)}`);
    } finally {
      this.underWay.recorded(job);
    }
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
    return described(toEvent(job.data));
  } catch {
    return `The job ${job.id}`;
  }
}
