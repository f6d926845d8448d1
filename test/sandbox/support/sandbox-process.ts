import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SandboxOptions } from '../../../sandbox/index.js';

const program = fileURLToPath(new URL('./sandbox-program.mjs', import.meta.url));

/** A sandbox in a process of its own, which can be killed. */
export class SandboxProcess {
  /** What it has written to stderr. */
  stderr = '';
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /** Rejects with what the sandbox said when it could not start. */
  static async start(options: SandboxOptions): Promise<SandboxProcess> {
    const child = fork(program, [JSON.stringify(options)], { execArgv: [], silent: true });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    const [message] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => [{ error: `it ended: ${stderr}` }]),
    ])) as [{ url?: string; error?: string }];
    if (message.url === undefined) throw new Error(message.error);
    const started = new SandboxProcess(message.url, child);
    started.stderr = stderr;
    child.stderr?.on('data', (chunk: string) => {
      started.stderr += chunk;
    });
    return started;
  }

  /** As `kill -9` ends it. */
  async kill(): Promise<void> {
    await this.end(() => this.child.kill('SIGKILL'));
  }

  /** In good order. */
  async stop(): Promise<void> {
    await this.end(() => this.child.send('stop'));
  }

  private async end(how: () => void): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    how();
    await gone;
  }
}
