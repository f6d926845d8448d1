import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Starts a server from ../servers or ../nest11 in its own process; it sends its URL when it listens. */
export async function startServer(path, ...args) {
  const child = fork(fileURLToPath(new URL(`../${path}`, import.meta.url)), args);
  const [message] = await Promise.race([
    new Promise((resolve) => child.once('message', (value) => resolve([value]))),
    new Promise((_resolve, reject) =>
      child.once('exit', (code) => reject(new Error(`${path} ended with ${code} before it listened`))),
    ),
  ]);
  return {
    ...message,
    child,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill();
      }),
  };
}

/** Runs a script from ../servers to its end, and returns the message that it sent. */
export async function runScript(path, args = [], execArgv = []) {
  const child = fork(fileURLToPath(new URL(`../${path}`, import.meta.url)), args, { execArgv });
  return new Promise((resolve, reject) => {
    let said;
    child.on('message', (message) => (said = message));
    child.on('exit', (code) =>
      code === 0 && said !== undefined ? resolve(said) : reject(new Error(`${path} ended with ${code}`)),
    );
  });
}

/** A case that also records the CPU time of the server's process per call, user and system, in µs. */
export function withCpu(child, count, cpu, measure) {
  return async (ms) => {
    const before = await usage(child);
    const rate = await measure(ms);
    const after = await usage(child);
    cpu.push((after - before) / count);
    return rate;
  };
}

/** @returns {Promise<number>} CPU time used so far by a server's process, in µs */
function usage(child) {
  return new Promise((resolve) => {
    child.once('message', ({ cpu }) => resolve(cpu.user + cpu.system));
    child.send('cpu');
  });
}
