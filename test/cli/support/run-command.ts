import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, jest } from '@jest/globals';

// Each run is a process of its own, which a busy machine starts slowly.
jest.setTimeout(60_000);

/** The built command, as package.json's `bin` names it. */
export const COMMAND = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  stdin?: string;
  /** Variables besides those that every process needs; none of PASS2PAY_ is inherited. */
  env?: Record<string, string>;
  nodeOptions?: string[];
  cwd?: string;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

export function startCommand(args: string[], { env = {}, nodeOptions = [], cwd }: RunOptions = {}): Child {
  return spawn(process.execPath, [...nodeOptions, COMMAND, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  });
}

/** Runs the command to its end. */
export async function runCommand(args: string[], options: RunOptions = {}): Promise<Run> {
  const child = startCommand(args, options);
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
