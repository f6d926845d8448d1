// Makes one program of the simulation and the library's sources, as they stand or with a bug planted in them.
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bundleSources } from '../../scripts/bundle-sources.mjs';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'node_modules', '.cache', 'simulation');

/** @param bug the text to replace, which must be there once */
export async function bundle(bug) {
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${bug?.name ?? 'simulation'}.mjs`);
  await bundleSources(
    {
      entryPoints: [join(import.meta.dirname, 'main.ts')],
      outfile,
      alias: { 'nestjs-pass2pay/protocol': join(root, 'lib/protocol/index.ts') },
    },
    (source, path) => (bug !== undefined && relative(root, path) === bug.file ? planted(source, bug) : source),
  );
  return outfile;
}

function planted(source, { name, file, find, replace }) {
  if (source.split(find).length !== 2) throw new Error(`${name}: ${file} does not have this once: ${find}`);
  return source.replace(find, () => replace);
}
