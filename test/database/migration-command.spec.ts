import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import Libsql from 'libsql';
import { checkSchema } from '../../lib/database/schema/schema-version.js';
import { sqliteDatabase } from '../../lib/database/adapters/sqlite.js';

const COMMAND = fileURLToPath(new URL('../../dist/command/main.js', import.meta.url));

const run = (...words: string[]) => promisify(execFile)(process.execPath, [COMMAND, ...words]);

it('prints SQL that makes the tables that a start asks for', async () => {
  const connection = new Libsql(':memory:');
  const { stdout } = await run('migration', 'sqlite', '--prefix', 'pay_');
  connection.exec(stdout);
  await checkSchema(sqliteDatabase(connection), { prefix: 'pay_' });
  connection.close();
});

it('names the schema in each statement', async () => {
  const { stdout } = await run('migration', 'postgres', '--schema', 'shop');
  expect(stdout).toContain('CREATE TABLE IF NOT EXISTS shop.pass2pay_order (');
  expect(stdout).toContain('ON shop.pass2pay_outcome (due_at, instance) WHERE due_at IS NOT NULL;');
});

it('says how it is used', async () => {
  expect((await run('--help')).stdout).toMatch(/^Usage: nestjs-pass2pay migration/);
});

it.each([
  [['migration'], /^Pass the dialect/],
  [['migration', 'oracle'], /^Pass the dialect/],
  [['migration', 'mysql', 'now'], /^Unexpected argument: now/],
  [['migration', 'mysql', '--prefix', 'a-b'], /^--prefix must have/],
  [['payments'], /^Unknown command payments/],
  [['migration', '--force'], /^Unknown option '--force'/],
])('refuses %j', async (words, message) => {
  await expect(run(...words)).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
});
