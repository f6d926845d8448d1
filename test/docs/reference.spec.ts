import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));

/** The sources of what a package exports. */
function sourcesOf(manifest: string, folder: string): string[] {
  const { exports } = read(manifest) as { exports: Record<string, string | { default: string }> };
  return Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target.default.replace(/^\.\/dist\/(.*)\.js$/, `${folder}/$1.ts`)],
  );
}

it('the API reference covers each subpath that the packages export', () => {
  const { entryPoints } = read('typedoc.json') as { entryPoints: string[] };
  const sources = [...sourcesOf('package.json', 'lib'), ...sourcesOf('sandbox/package.json', 'sandbox')];
  expect(entryPoints.toSorted()).toEqual(sources.toSorted());
});
