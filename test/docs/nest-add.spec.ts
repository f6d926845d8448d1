import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { root, RunDocument } from './support/document.js';
import { run } from './support/processes.js';

const page = new RunDocument('docs/nest-add.md');
const packages = join(root, 'node_modules');
const cli = join(packages, '@nestjs', 'cli', 'bin', 'nest.js');

let folder: string;
let shop: string;
const read = (path: string): string => readFileSync(join(shop, path), 'utf8');

/** A new application, inside the checkout, where what it would install is found. */
beforeAll(async () => {
  mkdirSync(join(packages, '.cache'), { recursive: true });
  folder = mkdtempSync(join(packages, '.cache', 'nest-new-'));
  shop = join(folder, 'shop');
  const flags = ['--skip-git', '--skip-install', '--no-observe', '--package-manager', 'npm'];
  await run(process.execPath, [cli, 'new', 'shop', ...flags], { cwd: folder });
  const nest = `nest() { '${process.execPath}' '${cli}' "$@" --skip-install; }`;
  await run('bash', ['-ec', `${nest}\n${page.take('nest add nestjs-pass2pay')}`], { cwd: shop });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('writes and changes what the page says', () => {
  for (const name of ['pay.module', 'fulfilment.service', 'pay.module.spec'])
    expect(existsSync(join(shop, 'src', 'pay', `${name}.ts`))).toBe(true);
  expect(read('src/app.module.ts')).toContain('imports: [PayModule]');
  expect(read('.env.example')).toContain('PASS2PAY_BASE_URL=');
  expect(JSON.parse(read('package.json'))).toMatchObject({ dependencies: { '@nestjs/config': expect.any(String) } });
});

it('makes an application that sells', async () => {
  const tsc = join(packages, 'typescript', 'bin', 'tsc');
  await run(process.execPath, [tsc, '-p', join(shop, 'tsconfig.build.json'), '--types', 'node']);
  const sellOnce = join(root, 'test', 'schematics', 'support', 'sell-once.cjs');
  const { stdout } = await run(process.execPath, [sellOnce, join(shop, 'dist', 'app.module.js')]);
  expect(JSON.parse(stdout)).toEqual({ acknowledged: true, attempts: 1 });
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
