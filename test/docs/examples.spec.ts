import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { blocksOf, documents } from './support/document.js';

const examples = new URL('examples/', import.meta.url);
const textOf = (name: string): string => readFileSync(new URL(name, examples), 'utf8');
const blocks = documents.flatMap(blocksOf).filter(({ example }) => example !== undefined);

it('the documents show each example as it is run', () => {
  expect(blocks.length).toBeGreaterThanOrEqual(3);
  for (const { example, code } of blocks) expect(code).toBe(textOf(example!));
});

it('each example is a test, or imported by one', () => {
  const namesIn = (folder: string) => readdirSync(new URL(folder, examples)).filter((name) => name.endsWith('.ts'));
  const texts = [...namesIn('.').map(textOf), ...namesIn('..').map((name) => textOf(`../${name}`))].join('\n');
  const names = blocks.map(({ example }) => example!);
  const isImported = (name: string) => texts.includes(`/${name.replace(/\.ts$/, '.js')}'`);
  expect(names.filter((name) => !name.endsWith('.spec.ts') && !isImported(name))).toEqual([]);
});
