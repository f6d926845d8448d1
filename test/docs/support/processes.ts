import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import type { Readable } from 'node:stream';
import { afterAll, jest } from '@jest/globals';
import { COMMAND } from '../../command/support/run-command.js';

// Only ends what hangs: a compiler or a new application takes seconds, and many times that on a busy machine.
jest.setTimeout(600_000);

interface ProcessOptions {
  cwd?: string;
  /** Besides what every process needs; no variable of the module, and nothing of Jest's, is inherited. */
  env?: Record<string, string | undefined>;
  /** Starts it as in a terminal of its own: `stop` ends it and all that it has started as Ctrl-C does. */
  inTerminal?: boolean;
}

export interface Process {
  child: ChildProcessByStdio<null, Readable, Readable>;
  inTerminal: boolean;
  /** What it has written until now. */
  output: { stdout: string; stderr: string };
  /** Resolves when it has written what fits. @throws Error where it ends before. */
  written: (stream: 'stdout' | 'stderr', pattern: RegExp) => Promise<RegExpExecArray>;
}

const running: Process[] = [];
afterAll(async () => {
  for (const each of running) await stop(each);
});

/** Resolves when it has ended and writes no more: its folder may be removed. */
export async function stop({ child, inTerminal }: Process): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  if (inTerminal) process.kill(-child.pid!, 'SIGINT');
  else child.kill('SIGTERM');
  await closed;
}

/** Starts a process, which ends with the test file at the latest. */
export function start(file: string, args: string[], { cwd, env, inTerminal = false }: ProcessOptions = {}): Process {
  const { PATH, HOME } = process.env;
  const child = spawn(file, args, {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: inTerminal,
  });
  const output = { stdout: '', stderr: '' };
  const changes = new EventEmitter();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      changes.emit('change');
    });
  }
  let isClosed = false;
  child.once('close', () => {
    isClosed = true;
    changes.emit('change');
  });
  const written: Process['written'] = async (stream, pattern) => {
    for (;;) {
      const found = pattern.exec(output[stream]);
      if (found !== null) return found;
      if (isClosed) throw new Error(`It ended and did not write ${pattern}:\n${output.stdout}\n${output.stderr}`);
      await once(changes, 'change');
    }
  };
  const started = { child, inTerminal, output, written };
  running.push(started);
  return started;
}

/** Has Node tell on which port a program listens: see `portOf`. */
export const TELLS_PORT = { NODE_OPTIONS: `--import=${new URL('tell-port.mjs', import.meta.url).href}` };

/** Resolves with the port of a program that was started with TELLS_PORT, once it listens there. */
export async function portOf(program: Process): Promise<number> {
  const [, port] = await program.written('stderr', /^LISTENING (\d+)\n/m);
  return Number(port);
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
  const npx = `npx() { [[ $1 =~ ^pass2pay(-sandbox)?$ ]] && shift && exec '${process.execPath}' '${COMMAND}' "$@"; }`;
  return ['-ec', `${npx}\n${block}`];
}
