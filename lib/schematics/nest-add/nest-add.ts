import type { Rule, SchematicContext, Tree } from '@angular-devkit/schematics';
import { ModuleDeclarator } from '@nestjs/schematics';
import { posix } from 'node:path';
import { withVariables } from './environment-template.js';
import { hasCommonJsJest, withModulesInJest } from './jest-scripts.js';
import { missingPackages, withDependencies, type Manifest } from './packages.js';
import { paySources } from './pay-sources.js';

/** What `nest add nestjs-pass2pay` takes. */
export interface NestAddOptions {
  /** The folder of the application's sources; `src` where left out. The Nest CLI fills it in. */
  sourceRoot?: string;
  /** The module that imports the new one; `app.module.ts` of the sources where left out. */
  module?: string;
  /** Leaves the packages that are added to package.json uninstalled. */
  skipInstall?: boolean;
}

/**
 * `nest add nestjs-pass2pay`: writes the folder `pay` with a module, handlers and a test, imports the
 * module in the application's, adds the variables to .env.example and the packages to package.json, where it also lets Jest
 * load ES modules into CommonJS tests. What is there besides stays as it is, and a second run changes nothing.
 *
 * Types apart, it needs only @nestjs/schematics, which the Nest CLI brings.
 */
export function nestAdd({ sourceRoot = 'src', module, skipInstall = false }: NestAddOptions): Rule {
  return (tree, context) => {
    const manifest = readManifest(tree);
    const folder = posix.join('/', sourceRoot, 'pay');
    importModule(tree, posix.join('/', module ?? posix.join(sourceRoot, 'app.module.ts')), folder, manifest);
    for (const [name, text] of Object.entries(paySources(manifest.type === 'module' ? '.js' : ''))) {
      const path = posix.join(folder, name);
      if (!tree.exists(path)) tree.create(path, text);
    }
    write(tree, '/.env.example', withVariables(textOf(tree, '/.env.example') ?? ''));
    changeManifest(tree, manifest, context, skipInstall);
    context.logger.info(
      `Set the variables of .env.example, and rawBody: true in NestFactory.create. ${folder.slice(1)}/fulfilment.service.ts hears of payments.`,
    );
    if (hasCommonJsJest(manifest)) {
      context.logger.info(
        'Jest loads ES modules into CommonJS tests on Node 24.9 and later; docs/compatibility.md says what to do before that.',
      );
    }
  };
}

function readManifest(tree: Tree): Manifest {
  const text = textOf(tree, '/package.json');
  if (text === undefined)
    throw new Error('There is no package.json here; run nest add in the folder of the application.');
  return JSON.parse(text) as Manifest;
}

/** Imports PayModule in the application's module, if it does not yet. */
function importModule(tree: Tree, path: string, folder: string, manifest: Manifest): void {
  const before = textOf(tree, path);
  if (before === undefined) {
    throw new Error(`There is no ${path}; name the module that is to import PayModule: --module=src/shop.module.ts`);
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
      `${path} has no @Module({ imports: [ … ] }) that can be added to; write PayModule into it, then run again.`,
    );
  }
  tree.overwrite(path, after);
}

function changeManifest(tree: Tree, manifest: Manifest, context: SchematicContext, skipInstall: boolean): void {
  const missing = missingPackages(manifest);
  const isComplete = Object.values(missing).every((packages) => Object.keys(packages).length === 0);
  const changed = withModulesInJest(isComplete ? manifest : withDependencies(manifest, missing));
  // What has not changed keeps its layout.
  if (JSON.stringify(changed) === JSON.stringify(manifest)) return;
  write(tree, '/package.json', `${JSON.stringify(changed, null, 2)}\n`);
  if (skipInstall || isComplete) return;
  // What NodePackageInstallTask is, without a dependency on its package.
  const install = {
    name: 'node-package',
    options: { command: 'install', quiet: true, hideOutput: true, workingDirectory: '.' },
  };
  context.addTask({ toConfiguration: () => install });
}

function textOf(tree: Tree, path: string): string | undefined {
  return tree.read(path)?.toString('utf8');
}

function write(tree: Tree, path: string, text: string): void {
  if (!tree.exists(path)) tree.create(path, text);
  else if (textOf(tree, path) !== text) tree.overwrite(path, text);
}
