import { pathToFileURL } from 'node:url';
import type { Type } from '@nestjs/common';
import { DataSource, type MigrationInterface } from 'typeorm';
import { checkSchema, type SqlDatabase } from 'nestjs-pass2pay/database';
import { expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { compiled, RunDocument } from './support/document.js';
import { sellOne, withPostgres } from './support/sell.js';
import { inFolder, runShell } from './support/shell.js';

const page = new RunDocument('docs/recipes/typeorm.md');
const install = page.take('npm i @nestjs/typeorm');
const recipe = page.take('typeOrmDatabase(dataSource)');
const print = page.take('npx nestjs-pass2pay migration');
const migration = page.take('implements MigrationInterface');

it('the document has no code but this', () => {
  expect(install).toContain('typeorm pg');
  expect(page.unrun()).toEqual([]);
});

await describeWhere('PostgreSQL', 'with TypeORM', () => {
  it('an outcome is applied in the transaction of its handler, on tables of a migration that stay', () =>
    withPostgres(() =>
      inFolder(['migrations'], async () => {
        const shop = (await import(pathToFileURL(compiled(recipe)).href)) as {
          Order: Type;
          Fulfilment: Type;
          pass2payOptions: (dataSource: DataSource) => { database: SqlDatabase };
        };
        await runShell(print);
        const { Pass2Pay1795737571303 } = (await import(pathToFileURL(compiled(migration)).href)) as {
          Pass2Pay1795737571303: Type<MigrationInterface>;
        };
        const dataSource = await new DataSource({
          type: 'postgres',
          url: process.env.DATABASE_URL!,
          entities: [shop.Order],
          migrations: [Pass2Pay1795737571303],
        }).initialize();
        await dataSource.runMigrations();
        const { database } = shop.pass2payOptions(dataSource);
        await sellOne({ database, Fulfilment: shop.Fulfilment });
        const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
        expect(upQueries.filter(({ query }) => query.includes('pass2pay'))).toEqual([]);
        await dataSource.synchronize();
        await checkSchema(database);
        await dataSource.destroy();
      }),
    ));
});
