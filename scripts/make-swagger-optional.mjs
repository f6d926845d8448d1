// The swagger plugin imports @nestjs/swagger into every DTO file, although a DTO's metadata factory does not use it.
// That import would make an optional peer a required one, so this script removes it; a file that does use it fails the
// build.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const IMPORT = 'import * as openapi from "@nestjs/swagger";';

for (const name of readdirSync('dist', { recursive: true })) {
  if (!name.endsWith('.js')) continue;
  const path = join('dist', name);
  const code = readFileSync(path, 'utf8');
  if (!code.includes(IMPORT)) continue;
  // An empty line stays, so that the source map remains valid.
  const withoutImport = code.replace(IMPORT, '');
  if (/\bopenapi\./.test(withoutImport))
    throw new Error(`${path} requires @nestjs/swagger, an optional peer, at run time`);
  writeFileSync(path, withoutImport);
}
