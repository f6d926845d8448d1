import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { LIBRARIES } from '../../lib/schematics/nest-add/databases/libraries.js';
import { root, RunDocument } from './support/document.js';
import { run } from './support/processes.js';
import { withPostgres } from './support/sell.js';

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
  for (const name of ['pay.module', 'pay-database.module', 'fulfilment.service', 'pay.module.spec'])
    expect(existsSync(join(shop, 'src', 'pay', `${name}.ts`))).toBe(true);
  expect(read('src/app.module.ts')).toContain('imports: [PayModule]');
  expect(read('.env.example')).toContain('PASS2PAY_BASE_URL=');
  expect(JSON.parse(read('package.json'))).toMatchObject({ dependencies: { '@nestjs/config': expect.any(String) } });
});

it('has a line for each library', () => {
  const lines = readFileSync(join(root, 'docs/nest-add.md'), 'utf8').match(/(?<=^\| `)[a-z][\w-]*(?=`)/gm);
  expect(lines?.toSorted()).toEqual([...LIBRARIES.keys(), 'none'].toSorted());
});

await describeWhere('PostgreSQL', 'an application with a database', () => {
  it('sells, once its migration has been applied', () =>
    withPostgres(async () => {
      const database = new pg.Client(process.env.DATABASE_URL);
      await database.connect();
      await database.query(read('migrations/pass2pay.sql'));
      await database.end();
      const tsc = join(packages, 'typescript-7', 'bin', 'tsc');
      await run(process.execPath, [tsc, '-p', join(shop, 'tsconfig.build.json'), '--types', 'node']);
      const sellOnce = join(root, 'test', 'schematics', 'support', 'sell-once.cjs');
      const { stdout } = await run(process.execPath, [sellOnce, join(shop, 'dist', 'app.module.js')], {
        env: process.env,
      });
      expect(JSON.parse(stdout)).toEqual({ acknowledged: true, attempts: 1 });
      const after = new pg.Client(process.env.DATABASE_URL);
      await after.connect();
      const { rows } = await after.query('SELECT mch_order_no, state FROM pay_fulfilment');
      await after.end();
      expect(rows).toEqual([{ mch_order_no: 'O1', state: 'paid' }]);
    }));
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
