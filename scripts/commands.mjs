import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The process groups that run. */
const groups = new Set();

/** Ends a command that hangs; none comes near it, on however busy a machine. */
const HUNG_MS = 1_800_000;

/**
 * Runs a command to its end, in a process group of its own, and then kills what is left of that group.
 *
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, isShown?: boolean }} options whether it writes where this process
 *   writes, and may take its time
 * @returns what it wrote, unless that was shown
 * @throws an Error with `stdout` and `stderr` where it fails
 */
export async function run(file, args, { cwd, env, isShown = false } = {}) {
  const output = { stdout: '', stderr: '' };
  const child = spawn(file, args, {
    cwd,
    env,
    stdio: isShown ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  for (const name of ['stdout', 'stderr']) {
    child[name]?.setEncoding('utf8').on('data', (text) => {
      output[name] += text;
    });
  }
  const closed = once(child, 'close');
  closed.catch(() => {});
  await once(child, 'spawn');
  groups.add(child.pid);
  const limit = isShown ? undefined : setTimeout(() => killGroup(child.pid), HUNG_MS);
  try {
    const [code, signal] = await once(child, 'exit');
    // What it has started and left would keep its output open.
    killGroup(child.pid);
    await closed;
    if (code === 0) return output;
    throw Object.assign(new Error(`${file} ${args.join(' ')} ended with ${signal ?? code}`), output);
  } finally {
    clearTimeout(limit);
    groups.delete(child.pid);
  }
}

/** Kills all that runs when this process is told to end, and ends it after that. */
export function endOnSignal(last = () => {}) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      console.error(`ended by ${signal}`);
      killAll();
      last();
      process.exit(1);
    });
  }
}

/** Kills all that runs. */
export function killAll() {
  for (const group of groups) killGroup(group);
}

function killGroup(group) {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
