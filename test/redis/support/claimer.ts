import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Claim } from '../../../lib/outcomes/inbox.js';
import type { ClaimingOrder } from './claiming-process.js';

const program = fileURLToPath(new URL('./claiming-process.ts', import.meta.url));
const typescript = new URL('./typescript.mjs', import.meta.url).href;

/** A process of its own that claims. */
export class Claimer {
  private constructor(private readonly child: ChildProcess) {}

  static async start(url: string, prefix: string): Promise<Claimer> {
    const child = fork(program, [url, prefix], { execArgv: ['--import', typescript] });
    const claimer = new Claimer(child);
    await claimer.respond();
    return claimer;
  }

  async tell(order: ClaimingOrder): Promise<Claim[]> {
    this.child.send(order);
    return (await this.respond()) as Claim[];
  }

  /** As a power cut would end it. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  private async respond(): Promise<unknown> {
    const gone = new AbortController();
    const onExit = () => gone.abort(new Error('The claiming process has ended.'));
    this.child.once('exit', onExit);
    try {
      const [message] = (await once(this.child, 'message', { signal: gone.signal })) as [unknown];
      return message;
    } finally {
      this.child.off('exit', onExit);
    }
  }
}
