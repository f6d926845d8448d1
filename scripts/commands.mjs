import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The running process groups. */
const groups = new Set();

/** Timeout for a command that hangs; no command takes nearly as long, even on a busy machine. */
const HUNG_MS = 1_800_000;

/**
 * Runs a command to its end in its own process group, and then kills the remaining processes of that group.
 *
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, isShown?: boolean }} options `isShown`: whether it writes to the
 * output of this process, without a timeout
 * @returns its output, unless it was shown
 * @throws an Error with `stdout` and `stderr` if it fails
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
    // Processes that it left running would keep its output open.
    killGroup(child.pid);
    await closed;
    if (code === 0) return output;
    throw Object.assign(new Error(`${file} ${args.join(' ')} failed with ${signal ?? `exit code ${code}`}`), output);
  } finally {
    clearTimeout(limit);
    groups.delete(child.pid);
  }
}

/** When this process gets a signal to end, kills all running commands and then ends it. */
export function endOnSignal(last = () => {}) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      console.error(`stopped by ${signal}`);
      killAll();
      last();
      process.exit(1);
    });
  }
}

/** Kills all running commands. */
export function killAll() {
  for (const group of groups) killGroup(group);
}

function killGroup(group) {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It has already ended.
  }
}
