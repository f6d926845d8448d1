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
