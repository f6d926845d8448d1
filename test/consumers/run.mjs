// Installs the packed packages into fresh applications outside this checkout, and runs the cells of matrix.mjs.
//   npm run consumers                      the corners, in a new temporary folder
//   npm run consumers -- --all             everything, and compares the table of docs/compatibility.md
//   PASS2PAY_BUILT=1 …                     takes dist/ as it is, instead of building it first
//   CONSUMERS_DIR=/some/folder …           keeps what is installed there for the next run
//   UPDATE_DOCS=1 … --all                  writes the table of docs/compatibility.md
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endOnSignal, killAll, run } from '../../scripts/commands.mjs';
import {
  buildsFor,
  COMMON,
  FIRST_WITH_SQLITE,
  NESTS,
  newApplicationsFor,
  newPackagesFor,
  nodesFor,
  OPTIONAL,
  OTHER_RUNTIMES,
  PLATFORMS,
  runnersFor,
} from './matrix.mjs';
import { newApplication } from './new-application.mjs';
import { tableOf } from './table.mjs';

const isAll = process.argv.includes('--all');
const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..', '..');
/** The library, and the sandbox that tests and applications under development have beside it. */
const PACKAGES = [root, join(root, 'sandbox')].map((cwd) => ({
  cwd,
  manifest: JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')),
}));
const [{ manifest }] = PACKAGES;
const kept = process.env.CONSUMERS_DIR;
const folder = kept ? resolve(kept) : mkdtempSync(join(tmpdir(), 'pass2pay-consumers-'));
mkdirSync(folder, { recursive: true });

/** Each cell that was tried: its name, and what went wrong, if anything. */
const results = new Map();

function note(name, fault) {
  results.set(name, fault);
  const details = fault === undefined ? '' : `\n     ${fault.replaceAll('\n', '\n     ')}`;
  console.log(`${fault === undefined ? 'ok  ' : 'FAIL'} ${name}${details}`);
}

/** Runs a cell's command; its name goes with whatever is wrong. */
async function cell(name, action) {
  try {
    await action();
    note(name);
  } catch (error) {
    note(
      name,
      [error.stdout, error.stderr, error.stdout === undefined ? error.stack : '']
        .filter(Boolean)
        .join('\n')
        .slice(0, 4_000),
    );
  }
}

/** Installs packages into a folder, and nothing besides, unless the same are there from an earlier run. */
async function install(cwd, packages) {
  const mark = join(cwd, 'installed.json');
  const wanted = JSON.stringify(packages);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  mkdirSync(cwd, { recursive: true });
  const dependencies = Object.fromEntries(packages.map(nameAndVersion));
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', '--prefer-offline', '--no-package-lock', ...quiet], { cwd });
  writeFileSync(mark, wanted);
}

function nameAndVersion(wanted) {
  const at = wanted.lastIndexOf('@');
  return [wanted.slice(0, at), wanted.slice(at + 1)];
}

/** Both packages as they will be published, by name. */
async function pack() {
  return Promise.all(
    PACKAGES.map(async ({ cwd, manifest: { name, version } }) => {
      await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd });
      return { name, tarball: join(folder, `${name}-${version}.tgz`) };
    }),
  );
}

/** The binary of a version of Node. */
async function installNode(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const cwd = join(folder, `node-${major}`);
  await install(cwd, [`${name}@${major}`]);
  return join(cwd, 'node_modules', name, 'bin', 'node');
}

/** Runs actions two at a time, or as many as there are processors. */
async function inParallel(actions) {
  const left = [...actions];
  const workers = Array.from({ length: Math.min(availableParallelism(), 4) }, async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await next();
  });
  // All of them end before an error is told: what still runs must not lose its folder.
  const failed = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** A folder of a consumer's own, with the sources and a tsconfig.json, in which an application is compiled. */
function project(consumer, name, type, compilerOptions, sources) {
  const cwd = join(consumer, name.replaceAll(/[^\w]+/g, '-').toLowerCase());
  rmSync(cwd, { recursive: true, force: true });
  mkdirSync(cwd, { recursive: true });
  for (const [path, source] of Object.entries(sources)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    if (source.from === undefined) writeFileSync(join(cwd, path), source.text);
    else cpSync(source.from, join(cwd, path), { recursive: true });
  }
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ private: true, type }));
  const strict = { strict: true, skipLibCheck: false, experimentalDecorators: true, emitDecoratorMetadata: true };
  const common = {
    target: 'es2022',
    lib: ['es2023'],
    types: ['node'],
    esModuleInterop: true,
    ...strict,
    outDir: 'dist',
    rootDir: '.',
  };
  const config = { compilerOptions: { ...common, ...compilerOptions }, include: ['*.ts'] };
  writeFileSync(join(cwd, 'tsconfig.json'), JSON.stringify(config));
  return cwd;
}

async function compile(consumer, cwd) {
  await run(process.execPath, [join(consumer, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', cwd], { cwd });
}

/** Compiles the application in one way, and runs it on every Node and platform. */
async function runs(nest, consumer, { build, nodes, types }, binaries) {
  const { name, type, module, moduleResolution } = build;
  const cwd = project(
    consumer,
    name,
    type,
    { module, moduleResolution, noCheck: !types },
    {
      'shop.ts': { from: join(here, 'app', 'shop.ts') },
      'main.ts': { from: join(here, 'app', 'main.ts') },
      'beside.ts': { from: join(here, 'app', 'beside.ts') },
    },
  );
  await cell(`Nest ${nest.major}, ${name}: ${types ? 'types' : 'compiles'}`, () => compile(consumer, cwd));
  await inParallel(
    nodes.map((node) => async () => {
      const beside = Number(node) >= nest.beside.fromNode ? 'beside' : 'alone';
      const cellOn = (platform) => `Nest ${nest.major}, ${name}: Node ${node}, ${platform}`;
      const program = [join(cwd, 'dist', 'main.js'), beside, ...PLATFORMS];
      const { stdout, stderr } = await run(await binaries.get(node), program, { cwd }).catch((error) => error);
      const told = String(stdout)
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line));
      for (const platform of PLATFORMS) {
        const answer = told.find((line) => line.platform === platform);
        note(cellOn(platform), answer === undefined ? `it ended without an answer: ${stderr}` : answer.fault);
      }
    }),
  );
}

/** The consumer's tests, by each runner. */
async function runners(nest, consumer, binaries) {
  for (const { name, folder: setUp, type, command, node } of runnersFor(nest, isAll)) {
    const options = {
      module: 'nodenext',
      moduleResolution: 'nodenext',
      types: ['node', 'jest'],
      isolatedModules: true,
    };
    const files = readdirSync(join(here, 'tests', setUp));
    const sources = Object.fromEntries(files.map((file) => [file, { from: join(here, 'tests', setUp, file) }]));
    const cwd = project(consumer, setUp, type, options, sources);
    const [tool, ...flags] = command;
    const script = tool === 'jest' ? ['jest/bin/jest.js'] : ['vitest/vitest.mjs', 'run'];
    script[0] = join(consumer, 'node_modules', script[0]);
    await cell(`Nest ${nest.major}: ${name}`, async () =>
      run(await binaries.get(node), [...flags, ...script], { cwd }),
    );
  }
}

/** The option `database` on the SQLite that is in Node. */
async function withNodeSqlite(nest, consumer, binaries) {
  const sources = { 'node-sqlite.ts': { from: join(here, 'app', 'node-sqlite.ts') } };
  const options = { module: 'nodenext', moduleResolution: 'nodenext', noCheck: !isAll };
  const cwd = project(consumer, 'node sqlite', 'module', options, sources);
  await compile(consumer, cwd);
  for (const major of nodesFor(isAll).filter((each) => Number(each) >= FIRST_WITH_SQLITE)) {
    await cell(`Nest ${nest.major}: node:sqlite of Node ${major}`, async () =>
      run(await binaries.get(major), [join(cwd, 'dist', 'node-sqlite.js')], { cwd }),
    );
  }
}

/** A monorepo of the Nest CLI that builds with webpack: with packages outside of what it builds, and with everything in one file. */
async function withWebpack(nest, consumer) {
  const set = (name) => ({ from: join(here, 'webpack', name) });
  const source = (name) => ({ from: join(here, 'app', name) });
  const sources = {
    'nest-cli.json': set('nest-cli.json'),
    'webpack.config.cjs': set('webpack.config.cjs'),
    'webpack.bundle.cjs': set('webpack.bundle.cjs'),
    'apps/shop/tsconfig.app.json': set('tsconfig.app.json'),
    'apps/shop/src/main.ts': source('main.ts'),
    'apps/shop/src/shop.ts': source('shop.ts'),
    'apps/shop/src/beside.ts': source('beside.ts'),
  };
  const cwd = project(consumer, 'webpack', 'commonjs', {}, sources);
  // Webpack looks for packages here alone.
  symlinkSync(join(consumer, 'node_modules'), join(cwd, 'node_modules'));
  const build = (config) => run('npx', ['--no', '--', 'nest', 'build', 'shop', '--webpackPath', config], { cwd });
  const sells = async (file, where) => {
    const { stdout } = await run(process.execPath, [file, 'alone', ...PLATFORMS], { cwd: where });
    const told = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    if (told.length !== PLATFORMS.length || told.some(({ ok }) => !ok)) throw new Error(stdout);
  };
  await cell(`Nest ${nest.major}: a monorepo of the Nest CLI, by webpack`, async () => {
    await build('webpack.config.cjs');
    await sells(join(cwd, 'dist', 'apps', 'shop', 'main.js'), cwd);
  });
  await cell(`Nest ${nest.major}: everything in one file, by webpack`, async () => {
    await build('webpack.bundle.cjs');
    // Elsewhere, so that nothing is found in node_modules.
    const elsewhere = join(folder, 'bundle');
    cpSync(join(cwd, 'dist'), elsewhere, { recursive: true });
    await sells(join(elsewhere, 'bundle.cjs'), elsewhere);
  });
}

/** Other runtimes than Node.js start no application, and say why. */
async function withOtherRuntimes(nest, consumer) {
  const cwd = project(
    consumer,
    'other runtimes',
    'module',
    {},
    {
      'runtime.mjs': { from: join(here, 'app', 'runtime.mjs') },
    },
  );
  for (const { name, packages, binary, args } of OTHER_RUNTIMES) {
    await cell(`Nest ${nest.major}: ${name} is refused with the reason`, async () => {
      const place = join(folder, name.toLowerCase());
      await install(place, packages);
      const { stdout } = await run(join(place, 'node_modules', binary), [...args, 'runtime.mjs'], { cwd });
      const { isSigned, refusal = '' } = JSON.parse(stdout);
      if (!isSigned || !refusal.includes(`transport cannot work on ${name} `)) throw new Error(stdout);
    });
  }
}

/** Every subpath's types, and an application with the optional peers. */
async function withOptional(nest, consumer) {
  const subpaths = PACKAGES.flatMap(({ manifest: { name, exports } }) =>
    Object.keys(exports)
      .filter((path) => !path.endsWith('.json'))
      .map((path) => name + path.slice(1)),
  );
  const text = subpaths.map((path, index) => `export * as part${index} from '${path}';\n`).join('');
  const builds = buildsFor(nest, isAll);
  for (const { build } of builds.filter(({ types }) => types)) {
    const { name, type, module, moduleResolution } = build;
    const options = { module, moduleResolution, noEmit: true };
    const cwd = project(consumer, `types ${name}`, type, options, { 'all.ts': { text } });
    await cell(`Nest ${nest.major}, ${name}: types of ${subpaths.join(' ')}`, () => compile(consumer, cwd));
  }
  const { type, module, moduleResolution } = builds[0].build;
  const application = {
    'shop.ts': { from: join(here, 'app', 'shop.ts') },
    'optional.ts': { from: join(here, 'app', 'optional.ts') },
  };
  // All declarations that it needs have just been checked.
  const cwd = project(consumer, 'optional', type, { module, moduleResolution, noCheck: !isAll }, application);
  await cell(`Nest ${nest.major}: with ${nest.optional.join(', ')}`, async () => {
    await compile(consumer, cwd);
    await run(process.execPath, [join(cwd, 'dist', 'optional.js')], { cwd });
  });
}

/** The same version may have been packed anew since an earlier run. */
async function unpackInto(cwd) {
  if (!kept) return;
  for (const { name, tarball } of packed) {
    const installed = join(cwd, 'node_modules', name);
    rmSync(join(installed, 'dist'), { recursive: true, force: true });
    await run('tar', ['xzf', tarball, '--strip-components=1', '-C', installed]);
  }
}

/** Both packages, each with its tarball. */
let packed = [];
const ownPackages = () => packed.map(({ name, tarball }) => `${name}@file:${tarball}`);

function packagesOf(nest) {
  return [...nest.packages, ...nest.beside.packages, ...COMMON, ...ownPackages()];
}

/** Everything that a version of Nest has: what it does without the optional peers first, since they are not there yet. */
async function withNest(nest, binaries) {
  const consumer = join(folder, `nest-${nest.major}`);
  await install(consumer, packagesOf(nest));
  await unpackInto(consumer);
  for (const build of buildsFor(nest, isAll)) await runs(nest, consumer, build, binaries);
  await runners(nest, consumer, binaries);
  if (nest === NESTS.at(-1)) await withNodeSqlite(nest, consumer, binaries);
  if (nest === NESTS.at(-1) && isAll) await withOtherRuntimes(nest, consumer);
  if (nest.webpack && isAll) {
    await install(consumer, [...packagesOf(nest), ...nest.webpack]);
    await unpackInto(consumer);
    await withWebpack(nest, consumer);
  }
  await install(consumer, [...packagesOf(nest), ...nest.optional, ...OPTIONAL, ...newPackagesFor(nest, isAll)]);
  await unpackInto(consumer);
  // In the gate, by the newest Nest alone.
  if (isAll || nest === NESTS.at(-1)) await withOptional(nest, consumer);
  const applications = newApplicationsFor(nest, isAll).map(
    (application) => () => newApplication(application, { consumer, name: manifest.name, binaries, cell }),
  );
  await inParallel(applications);
}

/** Looks at the packed files. */
async function packaging() {
  const tool = (path, ...args) => run(process.execPath, [join(root, 'node_modules', path), ...args], { cwd: root });
  for (const { name, tarball } of packed) {
    await cell(`publint ${name}`, () => tool('publint/src/cli.js', 'run', tarball, '--strict'));
    await cell(`arethetypeswrong ${name}`, () =>
      tool('@arethetypeswrong/cli/dist/index.js', tarball, '--profile', 'esm-only'),
    );
  }
}

function compareDocument() {
  const document = join(root, 'docs', 'compatibility.md');
  const table = tableOf(results);
  const text = readFileSync(document, 'utf8');
  const anew = text.replace(/(<!-- table -->\n)[\s\S]*(\n<!-- \/table -->)/, (_, begin, end) => begin + table + end);
  if (process.env.UPDATE_DOCS) writeFileSync(document, anew);
  else if (anew !== text)
    note('docs/compatibility.md', 'its table is not what came out; UPDATE_DOCS=1 npm run consumers -- --all');
}

/** A process that was just killed may still have written a file. */
const REMOVED = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };

function leave() {
  killAll();
  if (!kept) rmSync(folder, REMOVED);
}
endOnSignal(leave);

try {
  console.log(`in ${folder}`);
  if (process.env.PASS2PAY_BUILT !== '1') await run('npm', ['run', 'build'], { cwd: root });
  packed = await pack();
  const binaries = new Map(nodesFor(isAll).map((major) => [major, installNode(major)]));
  const ends = await Promise.allSettled([
    ...binaries.values(),
    inParallel([...NESTS.map((nest) => () => withNest(nest, binaries)), packaging]),
  ]);
  // What could not be set up is told, whatever becomes of the folders.
  for (const { reason } of ends.filter(({ status }) => status === 'rejected')) {
    note('set-up', [reason.stack, reason.stdout, reason.stderr].filter(Boolean).join('\n'));
  }
  if (isAll) compareDocument();
} finally {
  killAll();
  // So many files go faster side by side.
  const parts = kept ? [] : readdirSync(folder);
  await Promise.all(parts.map((part) => rm(join(folder, part), REMOVED)));
  leave();
}

const failed = [...results].filter(([, fault]) => fault !== undefined).map(([name]) => name);
console.log(`${results.size - failed.length} of ${results.size} cells are well`);
if (failed.length > 0) {
  console.error(`not well:\n${failed.map((name) => `  ${name}`).join('\n')}`);
  process.exitCode = 1;
}
