import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { afterAll } from '@jest/globals';
import { COMMAND } from '../../cli/support/run-command.js';

interface ProcessOptions {
  cwd?: string;
  /** Besides what every process needs; no variable of the module, and nothing of Jest's, is inherited. */
  env?: Record<string, string | undefined>;
}

export interface Process {
  child: ChildProcessByStdio<null, Readable, Readable>;
  /** What it has written until now. */
  output: { stdout: string; stderr: string };
}

const running: Process[] = [];
afterAll(async () => {
  for (const { child } of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await closed;
  }
});

/** Starts a process, which ends with the test file at the latest. */
export function start(file: string, args: string[], { cwd, env }: ProcessOptions = {}): Process {
  const { PATH, HOME } = process.env;
  const child = spawn(file, args, { cwd, env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  running.push({ child, output });
  return { child, output };
}

/** Resolves when the process answers at the URL. */
export async function isUp(url: string, { child, output }: Process): Promise<void> {
  while (child.exitCode === null) {
    const answers = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  throw new Error(`It ended before it answered: ${output.stderr}`);
}

/** Runs a process to its end. @throws Error where it ends with another exit code than 0. */
export async function run(file: string, args: string[], options?: ProcessOptions): Promise<Process['output']> {
  const { child, output } = start(file, args, options);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output.stdout}\n${output.stderr}`);
  return output;
}

/** The arguments of bash for what a document says to type, with the built command as `npx` would find it. */
export function bash(block: string): string[] {
  const npx = `npx() { [[ $1 =~ ^(nestjs-)?pass2pay$ ]] && shift && exec '${process.execPath}' '${COMMAND}' "$@"; }`;
  return ['-ec', `${npx}\n${block}`];
}

/**
 * Ports that are free, below those of outgoing connections: for what must know its port before it listens. Jest's
 * processes, whose ids follow each other, look in places of their own.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let port = 30_000 - ((process.pid * 10) % 10_000); found.length < count; port -= 1) {
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    found.push(port);
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
  return found;
}
