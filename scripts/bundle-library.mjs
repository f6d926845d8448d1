// Replaces the files that `nest build` has made in dist/ by a bundle for each entry of package.json and chunks of what they
// share: loading hundreds of files took half as long as loading Nest. Names and lines stay as they are, for stack traces; the
// types stay beside the entries, a file each.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
const { exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { schematics } = JSON.parse(readFileSync(join(dist, 'schematics/collection.json'), 'utf8'));

const entryPoints = [
  ...Object.values(exports).flatMap((entry) => entry.default ?? []),
  ...Object.values(bin),
  ...Object.values(schematics).map(({ factory }) => join('dist/schematics', factory.replace(/#.*$/, ''))),
];

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints,
  outdir: dist,
  outbase: dist,
  chunkNames: 'chunks/[hash]',
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  keepNames: true,
  // What is built, not the sources that tsconfig.json leads to.
  tsconfigRaw: {},
  logLevel: 'warning',
});

for (const name of readdirSync(dist, { recursive: true })) {
  if (name.endsWith('.js')) rmSync(join(dist, name));
}
for (const { path, contents } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}
