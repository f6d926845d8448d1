import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WorkOrder, WorkReport } from './working-process.js';
import { until } from './wait.js';

const program = fileURLToPath(new URL('./working-process.ts', import.meta.url));
const typescript = new URL('../../redis/support/typescript.mjs', import.meta.url).href;

/** Only ends a test that hangs. */
const START_LIMIT_MS = 250_000;

/** A process of its own that works for a queue. */
export class WorkingProcess {
  /** Whether it works for no queue yet. */
  isIdle = true;
  private readonly reports: WorkReport[] = [];

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (report: WorkReport) => this.reports.push(report));
  }

  /** @returns one that is being started, which takes a second or more. */
  static start(): WorkingProcess {
    return new WorkingProcess(fork(program, [], { execArgv: ['--import', typescript] }));
  }

  async work(order: WorkOrder): Promise<void> {
    this.isIdle = false;
    await until(() => this.reports.some((report) => 'ready' in report), START_LIMIT_MS);
    this.child.send(order);
    await until(() => this.reports.some((report) => 'works' in report), START_LIMIT_MS);
  }

  handles(mchOrderNo: string): boolean {
    return this.reports.some((report) => 'handles' in report && report.handles === mchOrderNo);
  }

  get sweeps(): number[] {
    return this.reports.flatMap((report) => ('sweeps' in report ? [report.sweeps] : []));
  }

  /** As a power cut would end it. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}
