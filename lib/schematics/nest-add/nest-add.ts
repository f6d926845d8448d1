import type { Rule, SchematicContext, Tree } from '@angular-devkit/schematics';
import { ModuleDeclarator } from '@nestjs/schematics';
import { posix } from 'node:path';
import { migrationStatements } from '../../database/schema/ensure-schema.js';
import { databaseSources } from './database-sources.js';
import { dialectOf, LIBRARIES, libraryOf } from './databases/libraries.js';
import type { Library, Setting } from './databases/library.js';
import { FULFILMENT } from './databases/statements.js';
import { databaseVariables, withVariables } from './environment-template.js';
import { hasCommonJsJest, testsOn, withOwnPackages, type JestConfig } from './jest-setup.js';
import { memorySources } from './memory-sources.js';
import { missingPackages, nestOf, packagesOf, withDependencies, type Manifest, type Missing } from './packages.js';

/** The options of `nest add nestjs-pass2pay`. */
export interface NestAddOptions {
  /** The folder of the application's sources; defaults to `src`. Set by the Nest CLI. */
  sourceRoot?: string;
  /** The module that imports the new one; defaults to `app.module.ts`. */
  module?: string;
  /** The database library, `none`, or `auto` for the one in package.json. */
  database?: string;
  /** `postgres`, `mysql` or `sqlite`, if a library supports several; defaults to the installed driver's. */
  dialect?: string;
  /** Does not install the packages that are added to package.json. */
  skipInstall?: boolean;
}

/**
 * `nest add nestjs-pass2pay`: writes the folder `pay` with a module, the connection to the database, handlers and a
 * test, and a migration, imports the module in the application's, adds the variables to .env.example and the packages
 * to package.json, and configures Jest to load ES modules in CommonJS tests. Nothing else is changed, and a second run
 * changes nothing.
 *
 * Besides types, it needs only @nestjs/schematics, which the Nest CLI includes.
 */
export function nestAdd({ sourceRoot = 'src', module, skipInstall = false, ...options }: NestAddOptions): Rule {
  return (tree, context) => {
    const manifest = readManifest(tree);
    const nest = nestOf(manifest);
    const sources = posix.join('/', sourceRoot);
    const folder = posix.join(sources, 'pay');
    const database = databaseOf(tree, sources, { ...options, ...earlierChoice(tree, folder) }, manifest);
    importModule(tree, posix.join('/', module ?? posix.join(sourceRoot, 'app.module.ts')), folder, manifest);
    const able = testsOn(process.versions.node, manifest, nest);
    const tests = (hasCommonJsJest(manifest) ? database?.library.notInCommonJsJest : undefined) ?? able;
    for (const [name, text] of Object.entries(paySources(manifest, database))) {
      if (!name.endsWith('.spec.ts') || isTestable(tests)) create(tree, posix.join(folder, name), text);
    }
    const variables = database === undefined ? [] : databaseVariables(database.setting.dialect);
    write(tree, '/.env.example', withVariables(textOf(tree, '/.env.example') ?? '', variables));
    changeManifest(tree, manifest, missingPackages(manifest, database?.library.packages(database.setting)), {
      context,
      skipInstall,
      isConfigurable: able === 'configurable',
    });
    if (able === 'configurable') configureEndToEndTests(tree);

    const { info, warn } = loggerOf(context);
    info(
      `Set the variables of .env.example, and rawBody: true in NestFactory.create. ${folder.slice(1)}/fulfilment.service.ts receives payments.`,
    );
    if (database === undefined) {
      info('Outcomes are stored in memory and lost when the process ends; use --database to select a database.');
    } else {
      const path = writeMigration(tree, sources, database);
      info(`${path.slice(1)} creates the tables; apply it with ${database.library.apply}.`);
    }
    if (!isTestable(tests)) {
      warn(`No test was written: ${tests}. Once that has changed, run nest add nestjs-pass2pay again to add the test.`);
    }
  };
}

interface Database {
  library: Library;
  setting: Setting;
}

/** The options of an earlier run. */
function earlierChoice(tree: Tree, folder: string): { database?: string } {
  if (!tree.exists(posix.join(folder, 'pay.module.ts'))) return {};
  const text = textOf(tree, posix.join(folder, 'pay-database.module.ts')) ?? '';
  return { database: /'nestjs-pass2pay\/database\/([\w-]+)'/.exec(text)?.[1] ?? 'none' };
}

/** @throws Error for an unknown library or dialect. */
function databaseOf(
  tree: Tree,
  sources: string,
  { database = 'auto', dialect }: NestAddOptions,
  manifest: Manifest,
): Database | undefined {
  const packages = packagesOf(manifest);
  const name = database === 'auto' ? (libraryOf(packages) ?? 'none') : database;
  if (name === 'none') return undefined;
  const library = LIBRARIES.get(name);
  if (library === undefined) {
    throw new Error(`--database must be auto, none or one of ${[...LIBRARIES.keys()].join(', ')}, not ${name}.`);
  }
  const read = (path: string) => textOf(tree, path);
  const own = library.dialectIn?.(read);
  const possible = own === undefined ? library.dialects : [own];
  const chosen = possible.find((each) => each === dialect);
  if (dialect !== undefined && chosen === undefined) {
    throw new Error(`--dialect of ${name} must be one of ${possible.join(', ')}, not ${dialect}.`);
  }
  const setting = {
    dialect: chosen ?? own ?? dialectOf(library, packages),
    isEsm: manifest.type === 'module',
    packages,
    folder: posix.join(sources, 'pay'),
    read,
    isProvided: library.provided !== undefined && isIn(tree, sources, library.provided.sign),
  };
  return { library, setting };
}

/** Whether a source file of the application contains a text. */
function isIn(tree: Tree, sources: string, text: RegExp): boolean {
  let found = false;
  tree.getDir(sources).visit((path) => {
    if (!found && path.endsWith('.ts') && !path.endsWith('.spec.ts')) found = text.test(textOf(tree, path) ?? '');
  });
  return found;
}

function paySources(manifest: Manifest, database: Database | undefined): Readonly<Record<string, string>> {
  if (database === undefined) return memorySources(manifest.type === 'module' ? '.js' : '');
  return databaseSources(database.library, database.setting);
}

function isTestable(tests: string): boolean {
  return tests === 'yes' || tests === 'configurable';
}

/** @returns the path of the new or existing migration. */
function writeMigration(tree: Tree, sources: string, { library, setting }: Database): string {
  const statements = [...migrationStatements(setting.dialect), FULFILMENT];
  const moment = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const files = library.migration(statements, moment, setting).map(({ path, text }) => ({
    path: path.startsWith('/') ? path : posix.join(sources, path),
    text,
  }));
  const first = files[0]!.path;
  const earlier = earlierMigration(tree, first);
  if (earlier !== undefined) return earlier;
  for (const { path, text } of files) write(tree, path, text);
  return first;
}

/** The path of an earlier run's migration: a file, or a folder with one. */
function earlierMigration(tree: Tree, path: string): string | undefined {
  const isFolder = posix.basename(path) === 'migration.sql';
  const folder = posix.dirname(isFolder ? posix.dirname(path) : path);
  const { subfiles, subdirs } = tree.getDir(folder);
  const names = isFolder ? subdirs : subfiles;
  const earlier = names.find((name) => /pass2pay(\.sql|\.[cm]?[jt]s)?$/.test(name));
  return earlier === undefined ? undefined : posix.join(folder, earlier, ...(isFolder ? ['migration.sql'] : []));
}

function readManifest(tree: Tree): Manifest {
  const text = textOf(tree, '/package.json');
  if (text === undefined)
    throw new Error('There is no package.json here; run nest add in the folder of the application.');
  return JSON.parse(text) as Manifest;
}

/** Imports PayModule in the application's module, unless it already does. */
function importModule(tree: Tree, path: string, folder: string, manifest: Manifest): void {
  const before = textOf(tree, path);
  if (before === undefined) {
    throw new Error(
      `There is no ${path}; pass the module that should import PayModule, e.g. --module=src/shop.module.ts`,
    );
  }
  if (/\bPayModule\b/.test(before)) return;
  const imported = {
    name: 'pay',
    type: 'module',
    className: 'PayModule',
    path: folder,
    module: path,
    metadata: 'imports',
    isEsm: manifest.type === 'module',
  };
  const after = new ModuleDeclarator().declare(before, imported as Parameters<ModuleDeclarator['declare']>[1]);
  // Once in its import statement, and once in the decorator.
  if ((after.match(/\bPayModule\b/g) ?? []).length < 2) {
    throw new Error(
      `${path} has no @Module({ imports: [ … ] }) to extend; add PayModule to it yourself, then run again.`,
    );
  }
  tree.overwrite(path, after);
}

interface ManifestChange {
  context: SchematicContext;
  skipInstall: boolean;
  /** Whether its Jest configuration must load the package. */
  isConfigurable: boolean;
}

function changeManifest(tree: Tree, manifest: Manifest, missing: Missing, change: ManifestChange): void {
  const isComplete = Object.values(missing).every((packages) => Object.keys(packages).length === 0);
  const changed = isComplete ? { ...manifest } : withDependencies(manifest, missing);
  if (change.isConfigurable) changed.jest = withOwnPackages(manifest.jest as JestConfig);
  // Unchanged files keep their formatting.
  if (JSON.stringify(changed) === JSON.stringify(manifest)) return;
  write(tree, '/package.json', `${JSON.stringify(changed, null, 2)}\n`);
  if (change.skipInstall || isComplete) return;
  // Equivalent of NodePackageInstallTask, without a dependency on its package.
  const install = {
    name: 'node-package',
    options: { command: 'install', quiet: true, hideOutput: true, workingDirectory: '.' },
  };
  change.context.addTask({ toConfiguration: () => install });
}

/** The end-to-end tests of `nest new` have a separate configuration. */
function configureEndToEndTests(tree: Tree): void {
  const path = '/test/jest-e2e.json';
  const text = textOf(tree, path);
  if (text === undefined) return;
  const config = JSON.parse(text) as JestConfig;
  const changed = withOwnPackages(config);
  if (changed !== config) write(tree, path, `${JSON.stringify(changed, null, 2)}\n`);
}

function loggerOf({ logger }: SchematicContext): { info: (text: string) => void; warn: (text: string) => void } {
  return { info: (text) => logger.info(text), warn: (text) => logger.warn(text) };
}

function textOf(tree: Tree, path: string): string | undefined {
  return tree.read(path)?.toString('utf8');
}

function create(tree: Tree, path: string, text: string): void {
  if (!tree.exists(path)) tree.create(path, text);
}

function write(tree: Tree, path: string, text: string): void {
  if (!tree.exists(path)) tree.create(path, text);
  else if (textOf(tree, path) !== text) tree.overwrite(path, text);
}
