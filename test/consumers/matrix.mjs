/**
 * What a user of the package may have. Each cell of Nest × Node × platform × module kind creates an order against the
 * sandbox, receives its notify, and refuses a forged one. The gate runs the CORNERS, and `--all` every cell.
 */

/** Versions of Node, by what npm calls the package of its binary. */
export const NODES = ['20', '22', '24', '26'];

/** The first version of Node with node:sqlite that needs no flag, from 22.13 on. */
export const FIRST_WITH_SQLITE = 22;

/** Runtimes that the module refuses, by the packages of their binaries. */
export const OTHER_RUNTIMES = [
  {
    name: 'Bun',
    packages: [`@oven/bun-${process.platform}-${process.arch}@1`],
    binary: `@oven/bun-${process.platform}-${process.arch}/bin/bun`,
    args: [],
  },
  { name: 'Deno', packages: [denoPackage('@2')], binary: denoPackage('/deno'), args: ['run', '-A'] },
];

function denoPackage(end) {
  return `@deno/${process.platform}-${process.arch}${process.platform === 'linux' ? '-glibc' : ''}${end}`;
}

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
    // Webpack comes with the CLI of this version.
    webpack: ['@nestjs/cli@11', 'ts-loader@9'],
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

/** What a new application has beside its version of Nest. */
const NEW_PACKAGES = {
  11: [
    '@nestjs/schematics@11',
    '@angular-devkit/schematics-cli@19',
    '@eslint/js@9',
    '@eslint/eslintrc@3',
    'eslint@9',
    'eslint-config-prettier@10',
    'eslint-plugin-prettier@5',
    'globals@17',
    'prettier@3',
    'typescript-eslint@8',
  ],
  12: [
    '@nestjs/schematics@12',
    '@angular-devkit/schematics-cli@22',
    'oxlint@1.89.0',
    'oxlint-tsgolint@7.0.2004',
    'prettier@3',
    'ts-node@10',
    'vite-tsconfig-paths@5',
  ],
};
const NEW_ANYWHERE = ['@types/express@5', '@types/supertest@7', 'supertest@7'];

/** The linter of `nest new`: its script and arguments. */
const LINTERS = {
  11: ['eslint/bin/eslint.js', '{src,apps,libs,test}/**/*.ts'],
  12: ['oxlint/bin/oxlint', '--type-aware', 'src/', 'test/'],
};

/**
 * New applications, as the Nest CLI's schematics write them, with the versions of Node on which their own tests run: Jest loads
 * ES modules, such as Nest 12, into CommonJS tests from Node 24.9 on. `add` is the Node of `nest add`: the schematics of Nest 12
 * ask for 22.22.
 */
export const NEW_APPLICATIONS = [
  { name: 'a new Nest 11 application', nest: 11, flags: [], nodes: NODES, add: '20' },
  { name: 'a new Nest 12 application', nest: 12, flags: ['--type=esm'], nodes: NODES, add: '26' },
  { name: 'a new CommonJS Nest 12 application', nest: 12, flags: ['--type=cjs'], nodes: ['24', '26'], add: '26' },
].map((application) => ({ ...application, linter: LINTERS[application.nest] }));

/**
 * What `nest add --database` is told, with what the application has installed for it. `isEveryNode` are run on each Node of an
 * application; the others on the oldest. better-sqlite3, which must be compiled, is left to the tests of this checkout.
 */
export const DATABASES = [
  { library: 'none', isEveryNode: true, packages: [] },
  { library: 'sqlite', isEveryNode: true, packages: ['libsql@0.5'] },
  { library: 'pg', dialect: 'postgres', isEveryNode: true, packages: ['pg@8', '@types/pg@8'] },
  { library: 'mysql', dialect: 'mysql', isEveryNode: true, packages: ['mysql2@3'] },
  ...onServers('typeorm', ['typeorm@1']),
  ...onServers('kysely', ['kysely@0.28']),
  ...onServers('knex', ['knex@3']),
  ...onServers('drizzle', ['drizzle-orm@0.45']),
  ...onServers('sequelize', ['sequelize@6']),
  // Of one release, whose packages ask for each other's.
  ...onServers(
    'mikro-orm',
    ['core', 'knex', 'mariadb', 'migrations', 'postgresql'].map((part) => `@mikro-orm/${part}@6.6.16`),
  ),
  ...onServers('prisma', [
    '@prisma/client@7.10.0',
    'prisma@7.10.0',
    '@prisma/adapter-pg@7.10.0',
    '@prisma/adapter-mariadb@7.10.0',
  ]),
];

function onServers(library, packages) {
  return ['postgres', 'mysql'].map((dialect) => ({
    library,
    dialect,
    isEveryNode: dialect === 'postgres',
    packages,
  }));
}

/** The gate's part of them: each Nest, the oldest and the newest Node, a server and none. */
const NEW_CORNERS = [
  { nest: 11, flags: '', library: 'sqlite', node: '20' },
  { nest: 12, flags: '--type=esm', library: 'typeorm', node: '26' },
];

/** The new applications of a version of Nest: with each database, and the Nodes that their tests run on. */
export function newApplicationsFor({ major }, isAll) {
  const applications = NEW_APPLICATIONS.filter(({ nest }) => nest === major);
  const all = applications.flatMap((application) =>
    DATABASES.map((database) => {
      const { nodes } = application;
      return { ...application, database, nodes: database.isEveryNode ? nodes : nodes.slice(0, 1) };
    }),
  );
  if (isAll) return all;
  return NEW_CORNERS.flatMap(({ nest, flags, library, node }) =>
    all
      .filter((each) => each.nest === nest && each.flags.join() === flags && each.database.library === library)
      .slice(0, 1)
      .map((each) => ({ ...each, nodes: [node] })),
  );
}

/** What new applications need beside the packages of their Nest. */
export function newPackagesFor({ major }, isAll) {
  const databases = newApplicationsFor({ major }, isAll).flatMap(({ database }) => database.packages);
  // Of those that stand on a driver, too.
  const drivers = isAll ? [] : ['pg@8', '@types/pg@8'];
  return [...new Set([...NEW_PACKAGES[major], ...NEW_ANYWHERE, ...databases, ...drivers])];
}

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
