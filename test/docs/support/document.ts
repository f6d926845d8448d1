import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll } from '@jest/globals';
import { transformSync, type Options } from '@swc/core';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** All documents that show code, by their paths from the root. */
export const documents = ['.', 'docs', 'docs/recipes', 'docs/zh-Hant'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

/** What stands between two fences. */
export interface Block {
  document: string;
  /** The word behind the opening fence; `''` without one. */
  language: string;
  /** The path in test/docs/examples of the file that the block shows, where it shows one. */
  example?: string;
  code: string;
}

export function blocksOf(document: string): Block[] {
  const fences = readFileSync(join(root, document), 'utf8').matchAll(/^( *)```(\S*)(.*)\n([^]*?)^\1```$/gm);
  return Array.from(fences, ([, indent, language, info, code]) => ({
    document,
    language: language!,
    ...(info!.startsWith(' example=') && { example: info!.slice(' example='.length) }),
    code: code!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** A document for the test that runs its blocks. */
export class RunDocument {
  private readonly left: Block[];

  constructor(document: string) {
    this.left = blocksOf(document).filter(({ example }) => example === undefined);
  }

  /** The one block that has the words: from then on it counts as run. */
  take(words: string): string {
    const [block, ...more] = this.left.filter(({ code }) => code.includes(words));
    if (block === undefined || more.length > 0)
      throw new Error(`${more.length + (block ? 1 : 0)} blocks have: ${words}`);
    this.left.splice(this.left.indexOf(block), 1);
    return block.code;
  }

  /** Runs the one block of TypeScript that has the words; gives what it exports. */
  async load<T>(words: string): Promise<T> {
    return (await import(pathToFileURL(compiled(this.take(words))).href)) as T;
  }

  /** What no test has taken, and nothing else says how it is run. */
  unrun(): string[] {
    return this.left.filter((block) => !isRunElsewhere(block)).map(({ code }) => code);
  }
}

/**
 * Commands that install, or take minutes: which file runs them instead, and in which words. A block of nothing else needs
 * no test of its own. What only package.json runs is for people: it measures on a quiet machine, or writes files.
 */
export const RUN_ELSEWHERE: Readonly<Record<string, readonly [file: string, words: string]>> = {
  './.ci/run': ['.github/workflows/ci.yml', 'run: ./.ci/run'],
  'npm ci': ['.ci/gate.mjs', "'npm ci --no-audit"],
  'npm run attack': ['.github/workflows/nightly.yml', "'npm run attack'"],
  'npm run bench': ['package.json', '"bench": "npm run build:library && '],
  'npm run consumers': ['.ci/gate.mjs', "'npm run consumers'"],
  'npm run demo': ['.ci/gate.mjs', "'npm run demo'"],
  'npm run docs': ['.ci/gate.mjs', "'npm run docs'"],
  'npm run docs:dev': ['package.json', '"docs:dev": "node scripts/site.mjs --serve"'],
  'npm run foreign': ['.ci/gate.mjs', "'npm run foreign'"],
  'npm run format': ['package.json', '"format": "prettier --cache --write ."'],
  'npm run hooks': ['package.json', '"hooks": "git config core.hooksPath .githooks"'],
  'npm run jest -- test/notify': ['package.json', '"test": "node scripts/build-once.mjs && npm run jest --"'],
  'npm run lint': ['.ci/gate.mjs', "'npm run lint'"],
  'npm run mutation -- protocol': ['.github/workflows/nightly.yml', "'npm run mutation -- --tonight'"],
  'npm run newcomer': ['.github/workflows/nightly.yml', "'npm run newcomer'"],
  'npm run pages': ['.ci/gate.mjs', "'npm run pages'"],
  'npm run pictures': ['package.json', '"pictures": "npm run build:sample && node scripts/pictures.mjs"'],
  'npm run planted': ['.ci/gate.mjs', "'npm run planted'"],
  'npm run proof': ['.ci/gate.mjs', "'npm run proof'"],
  'npm run simulate': ['.ci/gate.mjs', "'npm run simulate'"],
  'npm run sizing': ['package.json', '"sizing": "npm run build && '],
  'npm run stress': ['.github/workflows/nightly.yml', "'npm run stress'"],
  'npm run typecheck': ['.ci/gate.mjs', "'npm run typecheck'"],
  'npm test': ['.ci/gate.mjs', "'npm test'"],
  'npx pass2pay compare': ['test/docs/command.spec.ts', "consoleOf('compare')"],
  'npx pass2pay-sandbox doctor': ['test/docs/troubleshooting.spec.ts', "bash('npx pass2pay-sandbox doctor')"],
};

export function isRunElsewhere({ language, code }: Block): boolean {
  // A picture: drawn from the code, and checked by `npm run lint`.
  if (language === 'mermaid') return true;
  return language === 'sh' && commandsOf(code).every((command) => command in RUN_ELSEWHERE);
}

export function commandsOf(shell: string): string[] {
  return shell
    .split(/\n|&&/)
    .map((line) => line.replace(/ #.*/, '').trim())
    .filter((line) => line !== '');
}

/** As a Nest application is compiled: constructors say what they take. */
export const SWC: Options = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
  module: { type: 'es6' },
};

let folder: string | undefined;
afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** The path of the JavaScript that a block is in; inside the checkout, where the packages that it imports are found. */
export function compiled(code: string): string {
  if (folder === undefined) {
    mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true });
    folder = mkdtempSync(join(root, 'node_modules', '.cache', 'documents-'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  }
  const path = join(folder, `block-${readdirSync(folder).length}.js`);
  writeFileSync(path, transformSync(code, SWC).code);
  return path;
}
