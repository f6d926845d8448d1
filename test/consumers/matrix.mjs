/**
 * What a user of the package may have. Each cell of Nest × Node × platform × module kind creates an order against the
 * sandbox, receives its notify, and refuses a forged one. The gate runs the CORNERS, and `--all` every cell.
 */

/** Versions of Node, by what npm calls the package of its binary. */
export const NODES = ['20', '22', '24', '26'];

/** The first version of Node with node:sqlite that needs no flag, from 22.13 on. */
export const FIRST_WITH_SQLITE = 22;

export const PLATFORMS = ['express', 'fastify'];

/** How TypeScript compiles the application: once per version of Nest, then every Node runs what came out. */
export const BUILDS = [
  { name: 'ESM, nodenext', type: 'module', module: 'nodenext', moduleResolution: 'nodenext' },
  { name: 'ESM, bundler', type: 'module', module: 'es2022', moduleResolution: 'bundler' },
  { name: 'CommonJS, nodenext', type: 'commonjs', module: 'nodenext', moduleResolution: 'nodenext' },
  // What `nest new` wrote until 2025. TypeScript 6 has given it up.
  { name: 'CommonJS, node10', type: 'commonjs', module: 'commonjs', moduleResolution: 'node10', upTo: 5 },
  // TypeScript takes the two together from version 6 on.
  { name: 'CommonJS, bundler', type: 'commonjs', module: 'commonjs', moduleResolution: 'bundler', typescript: 6 },
];

/** `beside` are packages that stand beside the module in the application, where the Node is new enough for them. */
export const NESTS = [
  {
    major: 11,
    typescript: 5,
    packages: [
      '@nestjs/common@11',
      '@nestjs/core@11',
      '@nestjs/platform-express@11',
      '@nestjs/platform-fastify@11',
      '@nestjs/testing@11',
      '@nestjs/axios@4',
      'typescript@5.9',
      '@types/node@20',
    ],
    beside: { packages: ['nestjs-cls@6', 'nestjs-pino@4', 'pino-http@10', 'pino@9'], fromNode: 20 },
    optional: ['@nestjs/swagger@11', '@nestjs/terminus@11', '@nestjs/config@4'],
  },
  {
    major: 12,
    typescript: 6,
    packages: [
      '@nestjs/common@12',
      '@nestjs/core@12',
      '@nestjs/platform-express@12',
      '@nestjs/platform-fastify@12',
      '@nestjs/testing@12',
      '@nestjs/axios@12',
      'typescript@6.0',
      '@types/node@20',
    ],
    beside: { packages: ['nestjs-cls@7', 'nestjs-pino@5', 'pino-http@11', 'pino@10'], fromNode: 22 },
    optional: ['@nestjs/swagger@12', '@nestjs/terminus@12', '@nestjs/config@12'],
  },
];

/** What every consumer has besides. */
export const COMMON = [
  'axios@1',
  'class-transformer@0.5',
  'class-validator@0.15',
  'reflect-metadata@0.2',
  'rxjs@7',
  'jest@30',
  '@types/jest@30',
  'ts-jest@29',
  'vitest@4',
];

/** Optional peers of every consumer, installed after the runs: the main entry must do without them. */
export const OPTIONAL = ['bullmq@6', 'ioredis@5'];

/**
 * Test runners that must be able to import the package, each with the set-up in the folder of `tests/`. Jest loads ESM into
 * a CommonJS test only on Node 24.9 and later; Nest 12, which is ESM too, has the same limit.
 */
export const RUNNERS = [
  { name: 'Jest, ESM', folder: 'jest-esm', type: 'module', node: '20', command: ['jest', '--experimental-vm-modules'] },
  {
    name: 'Jest, CommonJS as `nest new` sets it up, Node 24.9 and later',
    folder: 'jest-commonjs',
    type: 'commonjs',
    node: '24',
    command: ['jest', '--experimental-vm-modules'],
  },
  {
    name: 'Jest, CommonJS with `transformIgnorePatterns`, any Node',
    folder: 'jest-transform',
    type: 'commonjs',
    node: '20',
    command: ['jest'],
    nests: [11],
  },
  { name: 'Vitest', folder: 'vitest', type: 'module', node: '20', command: ['vitest'] },
];

const CLI_11 = ['@nestjs/cli@11', '@nestjs/schematics@11', '@nestjs/config@4'];
const CLI_12 = ['@nestjs/cli@12', '@nestjs/schematics@12', '@nestjs/config@12', 'vite-tsconfig-paths@5'];

/**
 * New applications by the Nest CLI, into which `nest add` puts the module. The CLI's schematics ask for Node 22.22, and Jest
 * loads ES modules into CommonJS tests from Node 24.9 on. `nest new` of Nest 12 asks a terminal for the kind of modules,
 * and takes no flag for it; the schematic behind it does.
 */
export const NEW_APPLICATIONS = [
  { name: 'a new Nest 12 application', nest: 12, packages: CLI_12, newFlags: ['--no-observe'] },
  { name: 'a new CommonJS Nest 12 application', nest: 12, packages: CLI_12, schematicFlags: ['--type=cjs'] },
  { name: 'a new Nest 11 application', nest: 11, packages: CLI_11, newFlags: [] },
].map((application) => ({
  ...application,
  node: '24',
  packages: [...application.packages, '@types/express@5', '@types/supertest@7', 'supertest@7'],
}));

/**
 * The gate's part of the cells: each pair of Nest, of module kind, and of the oldest and the newest Node meets once, on all
 * platforms. `types` says where TypeScript checks all declarations, once for each Nest; the other builds are only emitted.
 * Every runner is there, by the oldest Node that it is for among those which the corners need anyway.
 */
export const CORNERS = [
  { nest: 11, build: 'CommonJS, node10', node: '20', types: true, runners: ['jest-transform'] },
  { nest: 11, build: 'ESM, nodenext', node: '26', types: false, runners: [] },
  { nest: 12, build: 'ESM, nodenext', node: '20', types: true, runners: ['jest-esm', 'vitest'] },
  { nest: 12, build: 'CommonJS, nodenext', node: '26', types: false, runners: ['jest-commonjs'] },
];

/** The ways to compile the application for a version of Nest, with the versions of Node that run what comes out. */
export function buildsFor(nest, isAll) {
  const possible = BUILDS.filter((build) => isPossible(nest, build));
  if (isAll) return possible.map((build) => ({ build, nodes: NODES, types: true }));
  return possible.flatMap((build) =>
    cornersOf(nest)
      .filter((corner) => corner.build === build.name)
      .map(({ node, types }) => ({ build, nodes: [node], types })),
  );
}

/** The test runners for a version of Nest, with the Node that they run on. */
export function runnersFor(nest, isAll) {
  if (isAll) return RUNNERS.filter((runner) => hasRunner(nest, runner));
  return RUNNERS.flatMap((runner) =>
    cornersOf(nest)
      .filter(({ runners }) => runners.includes(runner.folder))
      .map(({ node }) => ({ ...runner, node })),
  );
}

/** The versions of Node that are to be there. */
export function nodesFor(isAll) {
  return isAll ? NODES : [...new Set(CORNERS.map(({ node }) => node))];
}

function cornersOf({ major }) {
  return CORNERS.filter(({ nest }) => nest === major);
}

/** Whether the TypeScript of a version of Nest compiles in this way. */
export function isPossible({ typescript: has }, { typescript: needs = 0, upTo = has }) {
  return has >= needs && has <= upTo;
}

/** Whether a runner is for this version of Nest. */
export function hasRunner({ major }, { nests = [major] }) {
  return nests.includes(major);
}
