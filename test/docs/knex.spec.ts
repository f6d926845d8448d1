import { pathToFileURL } from 'node:url';
import type { Type } from '@nestjs/common';
import type { Knex } from 'knex';
import type { SqlDatabase } from 'nestjs-pass2pay/database';
import { expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { compiled, RunDocument } from './support/document.js';
import { sellOne, withPostgres } from './support/sell.js';
import { inFolder, runShell } from './support/shell.js';

const page = new RunDocument('docs/recipes/knex.md');
const install = page.take('npm i knex');
const recipe = page.take('knexDatabase(db)');
const print = page.take('npx nestjs-pass2pay migration');
const migration = page.take('export async function up');

it('the document has no code but this', () => {
  expect(install).toContain('knex pg');
  expect(page.unrun()).toEqual([]);
});

await describeWhere('PostgreSQL', 'with Knex', () => {
  it('an outcome is applied in the transaction of its handler, on tables of a migration that rolls back to keep them', () =>
    withPostgres(() =>
      inFolder(['migrations'], async () => {
        const { db, ...shop } = (await import(pathToFileURL(compiled(recipe)).href)) as {
          db: Knex;
          database: SqlDatabase;
          Fulfilment: Type;
        };
        await runShell(print);
        const pass2pay = (await import(pathToFileURL(compiled(migration)).href)) as Knex.Migration;
        const migrationSource: Knex.MigrationSource<string> = {
          getMigrations: async () => ['0007-pass2pay'],
          getMigrationName: (name) => name,
          getMigration: async () => pass2pay,
        };
        await db.migrate.latest({ migrationSource });
        await db.migrate.rollback({ migrationSource });
        await sellOne(shop);
        await db.destroy();
      }),
    ));
});
