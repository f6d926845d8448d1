// Bundles TypeScript sources and their imports into one file, with the metadata of decorators, which esbuild does not
// emit. Packages are not included.
import { readFileSync } from 'node:fs';
import { transformSync } from '@swc/core';
import { build } from 'esbuild';

/**
 * @param options of esbuild, such as `entryPoints` and `outfile`
 * @param changed transforms a source before it is bundled; no change by default
 */
export async function bundleSources(options, changed = (source) => source) {
  await build({
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
    ...options,
    plugins: [
      {
        name: 'typescript-with-metadata',
        setup(to) {
          to.onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const { code } = transformSync(changed(readFileSync(path, 'utf8'), path), {
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
      },
    ],
  });
}
