import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Starts a server of ../servers or ../nest11 in a process of its own; it says its port when it listens. */
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

/** Runs a script of ../servers to its end, and gives out what it says. */
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

/** A case of a server that notes, besides, the CPU of the server's process for each of its calls, user and system, in µs. */
export function withCpu(child, count, cpu, measure) {
  return async (ms) => {
    const before = await usage(child);
    const rate = await measure(ms);
    const after = await usage(child);
    cpu.push((after - before) / count);
    return rate;
  };
}

/** @returns {Promise<number>} what the process of a server has used so far, in µs */
function usage(child) {
  return new Promise((resolve) => {
    child.once('message', ({ cpu }) => resolve(cpu.user + cpu.system));
    child.send('cpu');
  });
}
