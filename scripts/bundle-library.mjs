// Replaces the files that `nest build` has made in dist/ by a bundle for each entry of package.json and chunks of what they
// share: loading hundreds of files took half as long as loading Nest. Names stay as they are, for stack traces and Nest's
// messages; the types stay beside the entries, a file each.
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
  // Decorators and the like act when a file is loaded.
  treeshake: { moduleSideEffects: true },
  onwarn({ code, message }) {
    // TypeScript's helpers look for themselves in `this`, which modules do not have.
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
  // No file imports another one for what that one does when it is loaded.
  hoistTransitiveImports: false,
});
await bundle.close();
