import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));

it('the API reference covers each subpath that the package exports', () => {
  const { exports } = read('package.json') as { exports: Record<string, string | { default: string }> };
  const { entryPoints } = read('typedoc.json') as { entryPoints: string[] };
  const sources = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target.default.replace(/^\.\/dist\/(.*)\.js$/, 'lib/$1.ts')],
  );
  expect(entryPoints.toSorted()).toEqual(sources.toSorted());
});
