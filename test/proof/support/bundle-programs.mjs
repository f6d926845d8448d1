// Bundles each program of the proofs into one file, once per run: the proofs start more than a hundred processes, and a
// bundle loads in half the CPU time of its packages' many files.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The folder of the bundled programs, `<program>.cjs`. */
export const PROGRAMS = fileURLToPath(new URL('../../../node_modules/.cache/proof', import.meta.url));

/** Optional packages that the programs do not use and that may not be installed. */
const OPTIONAL = ['@nestjs/microservices', '@nestjs/websockets', 'class-transformer/storage', 'pg-native'];

export default async function bundlePrograms() {
  await build({
    entryPoints: ['shop', 'inbox-shop'].map((program) =>
      fileURLToPath(new URL(`../fixtures/${program}.mjs`, import.meta.url)),
    ),
    outdir: PROGRAMS,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    // Nest and the module use the names of classes in their messages.
    keepNames: true,
    external: OPTIONAL,
    logLevel: 'warning',
  });
}
