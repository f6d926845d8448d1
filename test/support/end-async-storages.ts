import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll } from '@jest/globals';

/**
 * Runs around every test file: disables what it has used of `AsyncLocalStorage`. Node 20 asks each storage that was ever
 * used at every promise, so that a file would pay for those of all files before it in the same process.
 */
const used = new Set<AsyncLocalStorage<unknown>>();
const own = AsyncLocalStorage.prototype;
const { run, enterWith } = own;

own.run = function (this: AsyncLocalStorage<unknown>, ...args: Parameters<typeof run>) {
  used.add(this);
  return run.apply(this, args);
} as typeof run;
own.enterWith = function (this: AsyncLocalStorage<unknown>, store: unknown) {
  used.add(this);
  enterWith.call(this, store);
};

afterAll(() => {
  Object.assign(own, { run, enterWith });
  for (const storage of used) storage.disable();
});
