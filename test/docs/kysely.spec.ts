import { pathToFileURL } from 'node:url';
import type { Type } from '@nestjs/common';
import { Migrator, type Kysely, type Migration } from 'kysely';
import type { SqlDatabase } from 'nestjs-pass2pay/database';
import { expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { compiled, RunDocument } from './support/document.js';
import { sellOne, withPostgres } from './support/sell.js';
import { inFolder, runShell } from './support/shell.js';

const page = new RunDocument('docs/recipes/kysely.md');
const install = page.take('npm i kysely');
const recipe = page.take('kyselyDatabase(db, pool)');
const print = page.take('npx nestjs-pass2pay migration');
const migration = page.take('export async function up');

it('the document has no code but this', () => {
  expect(install).toContain('kysely pg');
  expect(page.unrun()).toEqual([]);
});

await describeWhere('PostgreSQL', 'with Kysely', () => {
  it('an outcome is applied in the transaction of its handler, on tables of a migration', () =>
    withPostgres(() =>
      inFolder(['migrations'], async () => {
        const { db, ...shop } = (await import(pathToFileURL(compiled(recipe)).href)) as {
          db: Kysely<unknown>;
          database: SqlDatabase;
          Fulfilment: Type;
        };
        await runShell(print);
        const pass2pay = (await import(pathToFileURL(compiled(migration)).href)) as Migration;
        const provider = { getMigrations: async () => ({ '0007-pass2pay': pass2pay }) };
        const { error } = await new Migrator({ db, provider }).migrateToLatest();
        expect(error).toBeUndefined();
        await sellOne(shop);
        await db.destroy();
      }),
    ));
});
