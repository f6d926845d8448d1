import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll } from '@jest/globals';

/**
 * Runs around every test file: disables what it has used of `AsyncLocalStorage`. Node 20 asks each storage that was ever
 * used at every promise, so that a file would pay for those of all files before it in the same process.
 */
const used = new Set<AsyncLocalStorage<unknown>>();
const methods: {
  run: (this: AsyncLocalStorage<unknown>, ...args: unknown[]) => unknown;
  enterWith: (this: AsyncLocalStorage<unknown>, store: unknown) => void;
} = AsyncLocalStorage.prototype as never;
const { run, enterWith } = methods;

methods.run = function (...args) {
  used.add(this);
  return run.apply(this, args);
};
methods.enterWith = function (store) {
  used.add(this);
  enterWith.call(this, store);
};

afterAll(() => {
  Object.assign(methods, { run, enterWith });
  for (const storage of used) storage.disable();
});
