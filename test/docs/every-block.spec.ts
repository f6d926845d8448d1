import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { blocksOf, commandsOf, documents, isRunElsewhere, root, RUN_ELSEWHERE } from './support/document.js';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const blocks = documents.flatMap(blocksOf);
const specOf = (document: string): string =>
  document.startsWith('README') ? 'readme' : basename(document, '.md').toLowerCase();

it('each document with code has a test of its name that leaves no block out', () => {
  const own = blocks.filter((block) => block.example === undefined && !isRunElsewhere(block));
  const documentsWithCode = [...new Set(own.map(({ document }) => document))];
  expect(documentsWithCode.length).toBeGreaterThan(10);
  const untested = documentsWithCode.filter((document) => {
    const spec = join('test', 'docs', `${specOf(document)}.spec.ts`);
    return !existsSync(join(root, spec)) || !read(spec).includes(`'${document}'`) || !read(spec).includes('.unrun()');
  });
  expect(untested).toEqual([]);
});

it('each page begins with what it is for, and with code', () => {
  const pages = documents.filter((document) => /^docs\/(?!.*index\.md)/.test(document));
  expect(pages.length).toBeGreaterThan(50);
  // At the latest, the first section has the code.
  const late = pages.filter((document) => !read(document).split(/^## /m, 2).join('').includes('\n```'));
  expect(late).toEqual([]);
  const isSilent = (document: string) => !/^# .*\n\n(?!```|\||#|- )/m.test(read(document));
  expect(pages.filter(isSilent)).toEqual([]);
});

it('what is run elsewhere is run there, and is in a document', () => {
  for (const [file, words] of Object.values(RUN_ELSEWHERE)) expect(read(file)).toContain(words);
  const commands = new Set(blocks.flatMap(({ language, code }) => (language === 'sh' ? commandsOf(code) : [])));
  expect(Object.keys(RUN_ELSEWHERE).filter((command) => !commands.has(command))).toEqual([]);
});

it('each npm script that a document names exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = documents.flatMap((document) =>
    Array.from(read(document).matchAll(/\bnpm run ([\w:]+)/g), ([, script]) => script!),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((script) => !(script in scripts))).toEqual([]);
});
