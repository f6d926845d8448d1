import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from '@jest/globals';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

const documents = [
  'README.md',
  'README.zh-Hant.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

const blocks = documents.flatMap((path) =>
  Array.from(readFileSync(join(root, path), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms), ([, code], index) => ({
    name: `${path.replaceAll(/[^A-Za-z-]/g, '_')}_${index}`,
    code: code!,
  })),
);

// Inside the checkout, where the packages that the code imports are found.
mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true });
const folder = mkdtempSync(join(root, 'node_modules', '.cache', 'code-blocks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('every TypeScript block of the documents compiles against the built package', async () => {
  expect(blocks.length).toBeGreaterThanOrEqual(3);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const { name, code } of blocks) writeFileSync(join(folder, `${name}.ts`), code);
  const compilerOptions = { noEmit: true, noUnusedLocals: false };
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
}, 60_000);

it('both READMEs have the same code but for its comments', () => {
  const codeOf = (name: string) =>
    blocks.find((block) => block.name.startsWith(name))!.code.replaceAll(/ ?\/\/.*$/gm, '');
  expect(codeOf('README_zh')).toBe(codeOf('README_md'));
});
