import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { PassThrough, Writable, type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { runCommand as runIn } from '../../../sandbox/command/run-command.js';

/** The built command, as package.json's `bin` names it. */
export const COMMAND = fileURLToPath(new URL('../../../sandbox/dist/command/main.js', import.meta.url));

export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  stdin?: string;
  /** The command's variables; none is inherited. A process has those besides that every process needs. */
  env?: Record<string, string>;
}

/** A command that runs in this process. */
export interface RunningCommand {
  /** Resolves when it has ended. */
  ended: Promise<Run>;
  stdout: () => string;
  /** Resolves when stdout has the text. @throws Error where the command ends without it. */
  printed: (text: string) => Promise<void>;
  /** As the system would send it. */
  signal: (signal: NodeJS.Signals) => void;
}

/** Starts the command in this process, with a world of its own. */
export function startCommand(args: string[], { stdin = '', env = {} }: RunOptions = {}): RunningCommand {
  const output = { stdout: '', stderr: '' };
  const signals = new EventEmitter();
  const written = new EventEmitter();
  const into = (name: 'stdout' | 'stderr') =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        output[name] += chunk.toString('utf8');
        written.emit(name);
        done();
      },
    });
  const input = new PassThrough();
  input.end(stdin);
  const ended = runIn({
    argv: ['node', 'pass2pay', ...args],
    env,
    stdin: input,
    stdout: into('stdout'),
    stderr: into('stderr'),
    on: (signal, listener) => signals.on(signal, listener),
    off: (signal, listener) => signals.off(signal, listener),
  }).then((code) => ({ code, ...output }));
  return {
    ended,
    stdout: () => output.stdout,
    printed: async (text) => {
      while (!output.stdout.includes(text)) {
        const end = await Promise.race([once(written, 'stdout'), ended]);
        if ('stderr' in end) throw new Error(`It ended and did not print "${text}": ${end.stdout}${end.stderr}`);
      }
    },
    signal: (signal) => {
      if (!signals.emit(signal)) throw new Error(`The command does not listen for ${signal}`);
    },
  };
}

/** Runs the command to its end, in this process. */
export function runCommand(args: string[], options: RunOptions = {}): Promise<Run> {
  return startCommand(args, options).ended;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface ProcessOptions extends RunOptions {
  nodeOptions?: string[];
}

/** Starts the built command as a process: for what only a process has. */
export function startProcess(args: string[], { env = {}, nodeOptions = [] }: ProcessOptions = {}): Child {
  return spawn(process.execPath, [...nodeOptions, COMMAND, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Runs the built command as a process to its end. */
export async function runProcess(args: string[], options: ProcessOptions = {}): Promise<Run> {
  const child = startProcess(args, options);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  // A command that refuses its arguments does not read its input.
  child.stdin.on('error', () => {});
  child.stdin.end(options.stdin ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

/** The one JSON document on stdout. */
export function documentOf({ stdout }: Run): Record<string, unknown> & { ok: boolean } {
  const document: unknown = JSON.parse(stdout);
  expect(document).toHaveProperty('ok');
  return document as Record<string, unknown> & { ok: boolean };
}
