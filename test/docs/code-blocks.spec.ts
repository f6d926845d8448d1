import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from '@jest/globals';
import { generatePrismaClient } from '../support/prisma-client.js';
import { blocksOf, documents, root } from './support/document.js';

const run = promisify(execFile);

const blocks = documents.flatMap((document) =>
  blocksOf(document)
    // What names its file is compiled together with the document's other files, and what is an example in its folder.
    .filter(
      ({ language, example, code }) => language === 'ts' && example === undefined && !/^\/\/ \S+\.ts\n/.test(code),
    )
    .map(({ code }, index) => ({ name: `${document.replaceAll(/[^A-Za-z-]/g, '_')}_${index}`, code })),
);

// Inside the checkout, where the packages that the code imports are found.
mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true });
const folder = mkdtempSync(join(root, 'node_modules', '.cache', 'code-blocks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the application has of its own schema. */
function writePrismaClient(): void {
  const schema = blocksOf('docs/recipes/prisma.md').find(({ language }) => language === 'prisma')!.code;
  const client = fileURLToPath(generatePrismaClient(schema.replace('../src/generated/prisma', './client')));
  mkdirSync(join(folder, 'generated', 'prisma'), { recursive: true });
  const source = join(dirname(client), 'client', 'client.js');
  writeFileSync(join(folder, 'generated', 'prisma', 'client.ts'), `export * from '${source}';`);
}

/** Stands for the package that MikroORM's users have for migrations. */
const MIKRO_ORM_MIGRATIONS = `declare module '@mikro-orm/migrations' {
  export abstract class Migration {
    addSql(sql: string): void;
    abstract up(): void | Promise<void>;
    down(): void | Promise<void>;
  }
}`;

it('every TypeScript block of the documents compiles against the built package', async () => {
  expect(blocks.length).toBeGreaterThanOrEqual(3);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const { name, code } of blocks) writeFileSync(join(folder, `${name}.ts`), code);
  writePrismaClient();
  writeFileSync(join(folder, 'mikro-orm-migrations.d.ts'), MIKRO_ORM_MIGRATIONS);
  const compilerOptions = { noEmit: true, noUnusedLocals: false };
  const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules', 'typescript-7', 'bin', 'tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
  // Only ends a compiler that hangs.
}, 600_000);
