import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { root, RunDocument } from './support/document.js';

const page = new RunDocument('docs/jest-and-vitest.md');

it.each([
  ['vitest', 'vitest.config.mjs'],
  ['jest-esm', 'jest.config.mjs'],
])('the set-up in %s is the one that `npm run consumers` runs', (folder, file) => {
  const block = page.take(`// ${file}\n`);
  const config = readFileSync(join(root, 'test', 'consumers', 'tests', folder, file), 'utf8');
  expect(block).toBe(`// ${file}\n${config}`);
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
