import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BullMqOutcomeQueueOptions } from '../../../lib/bullmq/index.js';
import type { WorkReport } from './working-process.js';
import { until } from './wait.js';

const program = fileURLToPath(new URL('./working-process.ts', import.meta.url));
const typescript = new URL('../../redis/support/typescript.mjs', import.meta.url).href;

/** A process of its own that works for a queue. */
export class WorkingProcess {
  readonly reports: WorkReport[] = [];

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (report: WorkReport) => this.reports.push(report));
  }

  static async start(options: BullMqOutcomeQueueOptions & { sweepEveryMs?: number }): Promise<WorkingProcess> {
    const child = fork(program, [JSON.stringify(options)], { execArgv: ['--import', typescript] });
    const working = new WorkingProcess(child);
    try {
      await until(() => working.reports.some((report) => 'ready' in report), 20_000);
    } catch (error) {
      await working.kill();
      throw error;
    }
    return working;
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
