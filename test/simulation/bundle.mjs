// Makes one program of the simulation and the library's sources, as they stand or with a bug planted in them.
import { mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { transformSync } from '@swc/core';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'node_modules', '.cache', 'simulation');

/** @param bug the text to replace, which must be there once */
export async function bundle(bug) {
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${bug?.name ?? 'simulation'}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
    alias: { 'nestjs-pass2pay/protocol': join(root, 'lib/protocol/index.ts') },
    plugins: [sources(bug)],
  });
  return outfile;
}

/** TypeScript with the metadata of decorators, which esbuild does not write. */
function sources(bug) {
  return {
    name: 'sources',
    setup(to) {
      to.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        let source = readFileSync(path, 'utf8');
        if (bug !== undefined && relative(root, path) === bug.file) source = planted(source, bug);
        const { code } = transformSync(source, {
          filename: path,
          jsc: {
            target: 'es2022',
            parser: { syntax: 'typescript', decorators: true },
            transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          },
        });
        return { contents: code, loader: 'js' };
      });
    },
  };
}

function planted(source, { name, file, find, replace }) {
  if (source.split(find).length !== 2) throw new Error(`${name}: ${file} does not have this once: ${find}`);
  return source.replace(find, () => replace);
}
