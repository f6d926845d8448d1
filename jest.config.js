import { availableParallelism } from 'node:os';

function maxWorkers() {
  const processors = availableParallelism();
  // Customers order for as long as a proof runs, so workers beyond the processors give every proof more to do.
  if (process.env.PROOF) return processors;
  // Files that wait for a browser, a server or a process leave room for another one.
  return process.env.CI ? 3 * processors : Math.max(6, processors - 1);
}

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  maxWorkers: maxWorkers(),
  // Node keeps some of each spec file's modules. What has grown so far takes longer to collect, and to end.
  workerIdleMemoryLimit: '500MB',
  // A worker first frees the modules of all its spec files, for which Jest's 500 ms are too short on a busy machine. One with
  // an open handle is still reported.
  workerGracefulExitTimeout: 60_000,
  roots: ['<rootDir>/test', '<rootDir>/sample-app/test'],
  ...(process.env.PROOF ? { globalSetup: '<rootDir>/test/proof/support/bundle-programs.mjs' } : {}),
  setupFilesAfterEnv: ['<rootDir>/test/support/no-leaks.ts', '<rootDir>/test/support/end-async-storages.ts'],
  // The tests of the pages need a browser: `npm run pages`. The proofs take minutes and many processes: `npm run proof`. The
  // planted bugs take a minute: `npm run planted`. A newcomer installs packages: `npm run newcomer`.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/consumers/',
    ...(process.env.PAGES ? [] : ['browser\\.spec\\.ts$']),
    ...(process.env.PROOF ? [] : ['<rootDir>/test/proof/']),
    ...(process.env.NEWCOMER ? [] : ['<rootDir>/test/newcomer/']),
    ...(process.env.PLANTED ? [] : ['<rootDir>/test/simulation/planted.spec.ts']),
  ],
  // Tests wait for what happens; this only ends one that hangs, on however busy a machine.
  testTimeout: 300_000,
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  // Sources are written with the `.js` endings that ESM needs; the tests run the `.ts` files behind them.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  resolver: '<rootDir>/test/support/resolve-sources.cjs',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
      },
    ],
  },
};
