import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

const SHOWN_ERROR = 500;

/** The environment of the merchant's commands. */
export interface Shell {
  /** Their variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs a command of the merchant in `sh`, with arguments as `$1` and so on.
 *
 * @returns its stdout, trimmed
 * @throws Error with the end of its stderr if its exit code is not 0
 */
export async function runInShell(shell: Shell, command: string, ...args: readonly string[]): Promise<string> {
  const child = spawn('sh', ['-c', command, 'prove', ...args], { env: shell.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const [[code, signal], stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code === 0) return stdout.trim();
  throw new Error(`${command} ${endOf(code, signal)}: ${stderr.trim().slice(-SHOWN_ERROR)}`);
}

/**
 * Runs the command that restarts the application. A process that it leaves running continues to write to the stderr of
 * this process.
 *
 * @throws Error if its exit code is not 0
 */
export async function restartByShell(shell: Shell, command: string): Promise<void> {
  const child = spawn('sh', ['-c', command], { env: shell.env, stdio: ['ignore', 2, 2] });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (code !== 0) throw new Error(`${command} ${endOf(code, signal)}`);
}

function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
}

/** The order number in the output of a command: the last line, or `mchOrderNo` of a JSON object. */
export function orderNumberIn(printed: string): string {
  if (printed.startsWith('{')) {
    const { mchOrderNo } = JSON.parse(printed) as { mchOrderNo?: unknown };
    if (typeof mchOrderNo === 'string') return mchOrderNo;
    throw new Error('the JSON output of the command has no mchOrderNo');
  }
  return printed.slice(printed.lastIndexOf('\n') + 1).trim();
}

/** The whole number in the output of a command or in a response: alone, or as `count` of a JSON object. */
export function countIn(printed: string): number {
  const found: unknown = printed.startsWith('{') ? (JSON.parse(printed) as { count?: unknown }).count : printed;
  if (!/^\d+$/.test(String(found))) {
    throw new Error(`expected a whole number, but got ${JSON.stringify(printed.slice(0, 80))}`);
  }
  return Number(found);
}

/** @throws Error if the response is not a number */
export async function countAt(template: string, mchOrderNo: string): Promise<number> {
  const url = template.replaceAll('{no}', encodeURIComponent(mchOrderNo));
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  const printed = (await response.text()).trim();
  if (!response.ok) throw new Error(`${url} responded with HTTP ${response.status}`);
  return countIn(printed);
}
