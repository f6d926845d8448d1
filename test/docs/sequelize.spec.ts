import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Type } from '@nestjs/common';
import type { QueryInterface, Sequelize } from 'sequelize';
import { checkSchema, type SqlDatabase } from 'nestjs-pass2pay/database';
import { expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { compiled, RunDocument } from './support/document.js';
import { sellOne, withPostgres } from './support/sell.js';
import { inFolder, runShell } from './support/shell.js';

const page = new RunDocument('docs/recipes/sequelize.md');
const install = page.take('npm i sequelize');
const recipe = page.take('sequelizeDatabase<Transaction>');
const print = page.take('npx nestjs-pass2pay migration');
const migration = page.take('module.exports');

interface Migration {
  up(queryInterface: QueryInterface): Promise<void>;
}

it('the document has no code but this', () => {
  expect(install).toContain('sequelize pg');
  expect(page.unrun()).toEqual([]);
});

await describeWhere('PostgreSQL', 'with Sequelize', () => {
  it('an outcome is applied in the transaction of its handler, on tables of a migration that stay', () =>
    withPostgres(() =>
      inFolder(['migrations'], async () => {
        const { sequelize, ...shop } = (await import(pathToFileURL(compiled(recipe)).href)) as {
          sequelize: Sequelize;
          database: SqlDatabase;
          Fulfilment: Type;
        };
        await runShell(print);
        const pass2pay = commonJs(migration) as Migration;
        await pass2pay.up(sequelize.getQueryInterface());
        await sellOne(shop);
        await sequelize.sync({ alter: true });
        await sequelize.sync({ force: true });
        await sequelize.drop();
        await checkSchema(shop.database);
        await sequelize.close();
      }),
    ));
});

function commonJs(code: string): unknown {
  const module = { exports: {} };
  // eslint-disable-next-line typescript/no-implied-eval
  const run = new Function('module', 'require', code) as (own: object, require: NodeJS.Require) => void;
  run(module, createRequire(import.meta.url));
  return module.exports;
}
