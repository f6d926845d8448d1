import { pathToFileURL } from 'node:url';
import type { Type } from '@nestjs/common';
import type { MikroORM } from '@mikro-orm/postgresql';
import { checkSchema, type SqlDatabase } from 'nestjs-pass2pay/database';
import { expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { compiled, RunDocument } from './support/document.js';
import { sellOne, withPostgres } from './support/sell.js';
import { inFolder, runShell } from './support/shell.js';

const page = new RunDocument('docs/recipes/mikro-orm.md');
const install = page.take('npm i @mikro-orm/core');
const recipe = page.take('mikroOrmDatabase<EntityManager>');
const print = page.take('npx nestjs-pass2pay migration');
const migration = page.take('extends Migration');

/** What a migration does to its base class in @mikro-orm/migrations, which is not installed here. */
const BASE = `class Migration {
  statements = [];
  addSql(sql) { this.statements.push(sql); }
}`;

it('the document has no code but this', () => {
  expect(install).toContain('@mikro-orm/postgresql');
  expect(page.unrun()).toEqual([]);
});

await describeWhere('PostgreSQL', 'with MikroORM', () => {
  it('an outcome is applied in the transaction of its handler, on tables of a migration that stay', () =>
    withPostgres(() =>
      inFolder(['migrations'], async () => {
        const { orm, ...shop } = (await import(pathToFileURL(compiled(recipe)).href)) as {
          orm: MikroORM;
          database: SqlDatabase;
          Fulfilment: Type;
        };
        await runShell(print);
        const own = migration.replace("import { Migration } from '@mikro-orm/migrations';", BASE);
        const { Migration20261127000000: Migration } = (await import(pathToFileURL(compiled(own)).href)) as {
          Migration20261127000000: Type<{ statements: string[]; up(): Promise<void> }>;
        };
        const run = new Migration();
        await run.up();
        for (const statement of run.statements) await orm.em.execute(statement);
        await sellOne(shop);
        expect(await orm.schema.getUpdateSchemaSQL()).not.toContain('pass2pay');
        orm.config.get('schemaGenerator').skipTables = [];
        expect(await orm.schema.getUpdateSchemaSQL()).toContain('drop table if exists "pass2pay_order"');
        await checkSchema(shop.database);
        await orm.close(true);
      }),
    ));
});
