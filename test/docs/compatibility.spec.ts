import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { root, RunDocument } from './support/document.js';

const page = new RunDocument('docs/compatibility.md');
const withoutLayout = (code: string): string => code.replaceAll(/\s/g, '').replaceAll(/,(?=[}\]])/g, '');

it('the set-up of Jest for CommonJS is the one that `npm run consumers` runs', () => {
  const block = page.take('transformIgnorePatterns');
  const config = join(root, 'test', 'consumers', 'tests', 'jest-transform', 'jest.config.mjs');
  expect(withoutLayout(readFileSync(config, 'utf8'))).toContain(withoutLayout(block));
});

it('the bundle of webpack is the one that `npm run consumers` runs', () => {
  const block = page.take('IgnorePlugin');
  const config = readFileSync(join(root, 'test', 'consumers', 'webpack', 'webpack.bundle.cjs'), 'utf8')
    .replaceAll(/^(\/\/|\/\*\*).*$/gm, '')
    // These sources name files as ESM does.
    .replace("const withAlias = require('./webpack.config.cjs');", '')
    .replace('...withAlias(options)', '...options');
  expect(withoutLayout(config)).toBe(withoutLayout(block));
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
