import type { Job } from 'bullmq';
import type { QueueSettings } from './bullmq-options.js';
import type { BoundedLog } from './bounded-log.js';
import { messageOf } from '../errors/message-of.js';
import { asFailure } from './outcome-job.js';
import type { JobsUnderWay } from './jobs-under-way.js';
import type { JobQueue, JobWorker, QueueServer } from './queue-server.js';
import { withTimeout } from '../client/with-timeout.js';

/** The jobs of past periods are kept, so that a process with a slow clock does not sweep a period again. */
const KEPT_PERIODS = 10;

type SweepResult = 'swept' | 'skipped';
type SweepJob = Job<object, SweepResult>;

/**
 * Sweeps once per period in a fleet: at the start of each period every process adds the period's job, deduplicated by
 * its id. BullMQ's job schedulers are not suitable: each of their jobs adds the next one, so a single server failure at
 * that moment stops the sweeps of the whole fleet until a process restarts.
 */
export class FleetSweeps {
  private nextPeriod: NodeJS.Timeout | undefined;
  private isAdding = false;
  private isStopped = false;

  constructor(
    private readonly settings: Readonly<QueueSettings>,
    private readonly server: QueueServer,
    private readonly underWay: JobsUnderWay,
    private readonly log: BoundedLog,
  ) {}

  /** Resolves to a worker that is not running yet, on a separate queue, so that a long sweep does not delay handlers. */
  async start(
    sweep: () => Promise<unknown>,
    everyMs: number,
    survival: Parameters<QueueServer['worker']>[2],
  ): Promise<JobWorker<object, SweepResult>> {
    const name = `${this.settings.name}-sweeps`;
    const kept = { count: KEPT_PERIODS };
    const queue = await this.server.queue<object, SweepResult>(
      name,
      { removeOnComplete: kept, removeOnFail: kept },
      { poolSize: 1 },
    );
    try {
      const worker = await this.server.worker<object, SweepResult>(
        name,
        (job) => this.underWay.run(job, () => this.sweepUnlessSwept(queue, job, sweep)),
        { ...survival, concurrency: 1 },
        { poolSize: 1 },
      );
      worker.on('completed', (job) => this.underWay.recorded(job));
      this.addEachPeriod(queue, everyMs);
      return worker;
    } catch (error) {
      await this.server.close(queue);
      throw error;
    }
  }

  /** Adds no more jobs. */
  stop(): void {
    this.isStopped = true;
    clearTimeout(this.nextPeriod);
  }

  private addEachPeriod(queue: JobQueue<object, SweepResult>, everyMs: number): void {
    if (this.isStopped) return;
    const period = Math.floor(Date.now() / everyMs) + 1;
    this.nextPeriod = setTimeout(
      () => {
        void this.add(queue, period);
        this.addEachPeriod(queue, everyMs);
      },
      period * everyMs - Date.now(),
    );
  }

  private async add(queue: JobQueue<object, SweepResult>, period: number): Promise<void> {
    // Clients buffer commands until the server is back; one is enough.
    if (this.isAdding) return;
    this.isAdding = true;
    const { commandTimeoutMs } = this.settings;
    const adding = queue.add('sweep', {}, { jobId: `sweep-${period}` }).finally(() => {
      this.isAdding = false;
    });
    try {
      await withTimeout(adding, commandTimeoutMs, () => new Error(`no response within ${commandTimeoutMs} ms`));
    } catch (error) {
      if (this.isStopped) return;
      this.log.error('sweeps', `A sweep could not be added to the queue on ${this.server.title}: ${messageOf(error)}`);
    }
  }

  /** A sweep may take longer than a period; jobs of periods that start meanwhile do nothing. */
  private async sweepUnlessSwept(
    queue: JobQueue<object, SweepResult>,
    job: SweepJob,
    sweep: () => Promise<unknown>,
  ): Promise<SweepResult> {
    try {
      const isNewerOneWaiting = (await queue.getWaitingCount()) > 0;
      if (isNewerOneWaiting || (await queue.getActive()).some((other) => hasBegunBefore(other, job))) return 'skipped';
      await sweep();
      return 'swept';
    } catch (error) {
      this.log.error('sweep', `A sweep failed: ${messageOf(error)}`);
      throw asFailure(error);
    }
  }
}

function hasBegunBefore(other: SweepJob, job: SweepJob): boolean {
  if (other.id === job.id) return false;
  const difference = (other.processedOn ?? 0) - (job.processedOn ?? 0);
  return difference < 0 || (difference === 0 && other.id! < job.id!);
}
