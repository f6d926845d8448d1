// `npm run mutation -- protocol` changes the room's code in one place at a time and runs the fast tests that reach the place.
// A mutant that no test notices survives. The run fails below the room's floor and, once survivors/<room>.json lists the
// survivors with the reason why they may, if it finds others. `--update` writes the list anew and keeps the reasons;
// `--mutate 'lib/protocol/signature/*.ts'` tries only a part; `--tonight` takes the room whose turn it is. Results are kept in
// .mutation, so that a second run tries only what has changed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import jestConfig from '../../jest.config.js';
import { FLOORS, ROOMS, testsOf, tonight } from './rooms.mjs';
import { fileOf, survivorsOf, withReasons } from './survivors.mjs';

const NOT_EXAMINED = 'not examined';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    update: { type: 'boolean' },
    mutate: { type: 'string', multiple: true },
    tonight: { type: 'boolean' },
  },
});
const room = values.tonight ? tonight() : positionals[0];
if (!ROOMS.includes(room)) {
  console.error(`Name one of the rooms ${ROOMS.join(', ')}, as in \`npm run mutation -- protocol\`.`);
  process.exit(2);
}

const results = await new Stryker({
  mutate: values.mutate ?? [`lib/${room}/**/*.ts`],
  ignorePatterns: ['/bench', '/dist', '/sandbox/dist', '/sample-app/dist', '/docs/.vitepress'],
  plugins: ['@stryker-mutator/jest-runner', fileURLToPath(new URL('covering-tests.mjs', import.meta.url))],
  testRunner: 'jest-covering-tests',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: {
    configFile: 'jest.config.js',
    enableFindRelatedTests: false,
    config: {
      testMatch: testsOf(room).map((path) => `<rootDir>/${path}`),
      testEnvironment: './test/mutation/until-first-failure.cjs',
      setupFilesAfterEnv: [...jestConfig.setupFilesAfterEnv, '<rootDir>/test/mutation/end-on-failure.ts'],
    },
  },
  coverageAnalysis: 'perTest',
  // What runs once, when its file is loaded, would need a process of its own for each mutant.
  ignoreStatic: true,
  // Endless loops are found by counting; no busy machine may make a mutant look dead.
  timeoutMS: 120_000,
  // Jest keeps some of each run's modules.
  maxTestRunnerReuse: 40,
  // Tests that hang wait, and leave a processor free.
  concurrency: availableParallelism() + 1,
  incremental: true,
  incrementalFile: `.mutation/${room}.json`,
  tempDirName: '.mutation/sandbox',
  reporters: ['progress-append-only'],
}).runMutationTest();

const counts = {};
for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1;
const { Killed = 0, Timeout = 0, Survived = 0, NoCoverage = 0 } = counts;
const score = (100 * (Killed + Timeout)) / (Killed + Timeout + Survived + NoCoverage);

const list = new URL(`survivors/${room}.json`, import.meta.url);
const hasList = existsSync(list);
const listed = hasList ? JSON.parse(readFileSync(list, 'utf8')) : [];
const mutated = new Set(results.map(fileOf));
const { found, gone } = withReasons(
  survivorsOf(results),
  listed.filter(({ file }) => values.mutate === undefined || mutated.has(file)),
);
const unlisted = found.filter(({ why }) => why === undefined);
for (const { file, line, code, mutant } of unlisted) console.log(`\n${file}:${line}\n- ${code}\n+ ${mutant}`);
for (const { file, code, mutant } of gone) console.log(`\nsurvives no more: ${file}\n- ${code}\n+ ${mutant}`);
if (values.update) {
  const kept = listed.filter(({ file }) => values.mutate !== undefined && !mutated.has(file));
  const all = [...kept, ...found.map((one) => ({ ...one, why: one.why ?? NOT_EXAMINED }))];
  mkdirSync(new URL('.', list), { recursive: true });
  writeFileSync(list, `${JSON.stringify(all, null, 2)}\n`);
}

console.log(
  `\n${Object.entries(counts)
    .map(([status, count]) => `${status} ${count}`)
    .join(', ')}`,
);
console.log(`${room}: ${score.toFixed(1)} % of ${Killed + Timeout + Survived + NoCoverage} mutants killed`);
const isAsListed = !hasList || unlisted.length + gone.length === 0;
if (!isAsListed || score < (FLOORS[room] ?? 0)) process.exitCode = 1;
