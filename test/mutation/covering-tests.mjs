// Stryker's Jest runner loads every spec file for each mutant and then runs the tests that reach it. This one loads one file
// after the other, of those with such a test, and ends with the first that kills the mutant. It begins with the files that
// are named most like the mutated one, and leaves the slow tests for the end.
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { strykerPlugins as runners } from '@stryker-mutator/jest-runner';

const [jest] = runners;

/** Written by the process of the first run, read by all others: they share the sandbox as their working directory. */
const TESTS = 'tests.json';

/** Tests that take as long, in ms, are slow: properties with many runs. */
const QUICK_MS = 200;

/** Tests that take as long, in ms, beyond what they took without a mutant, wait for something that does not come. */
const HANGING_MS = 10_000;

function byCoveringTests(runner) {
  const { dryRun, mutantRun } = runner;
  return Object.assign(runner, {
    async dryRun(options) {
      const result = await dryRun.call(runner, options);
      writeFileSync(TESTS, JSON.stringify(result.tests ?? []));
      return result;
    },
    async mutantRun(options) {
      const tests = JSON.parse(readFileSync(TESTS, 'utf8'));
      const ids = new Set(options.testFilter ?? tests.map(({ id }) => id));
      const reaching = tests.filter(({ id }) => ids.has(id));
      const [quick, slow] = [true, false].map((is) => reaching.filter(({ timeSpentMs: ms }) => ms < QUICK_MS === is));
      const order = [quick, slow].flatMap((some) => inOrder(some, options.activeMutant.fileName));
      let result;
      for (const [file, { ids: testFilter, ms }] of order) {
        runner.jestConfig.testMatch = [file];
        runner.jestConfig.testTimeout = HANGING_MS + 20 * ms;
        result = await mutantRun.call(runner, { ...options, testFilter });
        if (result.status !== 'survived') return result;
      }
      return result;
    },
  });
}

/** The files with the ids of their tests: the likeliest first, and of those alike the quickest. */
function inOrder(tests, mutated) {
  const files = new Map();
  for (const { id, fileName, timeSpentMs } of tests) {
    const file = files.get(fileName) ?? { ids: [], ms: 0 };
    file.ids.push(id);
    file.ms += timeSpentMs;
    files.set(fileName, file);
  }
  const likeness = (file) => commonLength(nameOf(file), nameOf(mutated));
  return [...files].toSorted(([a, { ms }], [b, other]) => likeness(b) - likeness(a) || ms - other.ms);
}

/** Without the top folder and the ending, such as `protocol/state-order`. */
const nameOf = (file) =>
  relative(process.cwd(), file)
    .replace(/^\w+\//, '')
    .replace(/(\.spec)?\.ts$/, '');

function commonLength(one, other) {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

const factory = (injector) => byCoveringTests(jest.factory(injector));
factory.inject = jest.factory.inject;

export const strykerPlugins = [{ ...jest, name: 'jest-covering-tests', factory }];
