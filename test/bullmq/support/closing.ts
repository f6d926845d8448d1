import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BullMqOutcomeQueueOptions } from '../../../lib/bullmq/index.js';
import type { ClosingOrder, ClosingReport } from './closing-process.js';
import { until } from './wait.js';

const program = fileURLToPath(new URL('./closing-process.ts', import.meta.url));
const typescript = new URL('../../redis/support/typescript.mjs', import.meta.url).href;

/** Only ends a test that hangs. */
const START_LIMIT_MS = 250_000;

/** A process of its own that works for a queue, and ends when it has closed it. */
export class ClosingProcess {
  private readonly reports: ClosingReport[] = [];

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (report: ClosingReport) => this.reports.push(report));
  }

  /** @returns one that is being started, which takes a second or more. */
  static start(): ClosingProcess {
    return new ClosingProcess(fork(program, [], { execArgv: ['--import', typescript] }));
  }

  async work(options: BullMqOutcomeQueueOptions): Promise<void> {
    await this.reported('ready');
    this.tell(options);
    await this.reported('works');
  }

  async handles(mchOrderNo: string): Promise<void> {
    await this.reported(mchOrderNo);
  }

  /** Lets its handlers finish. */
  finish(): void {
    this.tell('finish');
  }

  /** @returns the exit code and the signal with which it ends. */
  async close(): Promise<unknown[]> {
    const gone = once(this.child, 'exit');
    this.tell('close');
    return gone;
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  private tell(order: ClosingOrder): void {
    this.child.send(order);
  }

  private async reported(report: ClosingReport): Promise<void> {
    await until(() => this.reports.includes(report), START_LIMIT_MS);
  }
}
