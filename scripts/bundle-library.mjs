// Replaces the files that `nest build` created in dist/ with a bundle for each entry of package.json and chunks of
// their shared code: loading hundreds of files took half as long as loading Nest. Names are unchanged, for stack traces
// and Nest's messages; the types stay as single files beside the entries.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { rollup } from 'rollup';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
const { exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { schematics } = JSON.parse(readFileSync(join(dist, 'schematics/collection.json'), 'utf8'));

const entries = [
  ...Object.values(exports).flatMap((entry) => entry.default ?? []),
  ...Object.values(bin),
  ...Object.values(schematics).map(({ factory }) => join('dist/schematics', factory.replace(/#.*$/, ''))),
].map((path) => join(root, path));

const bundle = await rollup({
  input: Object.fromEntries(entries.map((path) => [relative(dist, path).replace(/\.js$/, ''), path])),
  external: (name) => !name.startsWith('.') && !name.startsWith(dist),
  // Decorators and similar code have effects when a file is loaded.
  treeshake: { moduleSideEffects: true },
  onwarn({ code, message }) {
    // TypeScript's helpers check for existing ones in `this`, which modules do not have.
    if (code !== 'THIS_IS_UNDEFINED') throw new Error(message);
  },
});
for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  if (name.endsWith('.js')) rmSync(join(dist, name));
}
await bundle.write({
  dir: dist,
  format: 'es',
  chunkFileNames: 'chunks/[hash].js',
  minifyInternalExports: false,
  // No file imports another only for its side effects.
  hoistTransitiveImports: false,
});
await bundle.close();
