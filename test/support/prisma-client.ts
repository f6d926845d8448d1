import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(root, 'node_modules', '.cache');

/**
 * Has Prisma generate the client of a schema, once for all runs, whose generator is `prisma-client` with `output = "./client"`.
 *
 * @returns the address of the client, as one file of ESM
 */
export function generatePrismaClient(schema: string): string {
  const folder = join(cache, `prisma-${createHash('sha256').update(schema).digest('hex').slice(0, 16)}`);
  const client = pathToFileURL(join(folder, 'client.mjs')).href;
  if (existsSync(folder)) return client;
  mkdirSync(cache, { recursive: true });
  const own = mkdtempSync(`${folder}-`);
  writeFileSync(join(own, 'schema.prisma'), schema);
  // It asks for an engine, which only migrations need, and which it would fetch from outside.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', PRISMA_HIDE_UPDATE_MESSAGE: '1' };
  execFileSync(join(root, 'node_modules', '.bin', 'prisma'), ['generate', '--schema', join(own, 'schema.prisma')], {
    cwd: own,
    env,
    stdio: 'pipe',
  });
  buildSync({
    entryPoints: [join(own, 'client', 'client.ts')],
    outfile: join(own, 'client.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  try {
    renameSync(own, folder);
  } catch {
    // Another worker was faster.
    rmSync(own, { recursive: true });
  }
  return client;
}
