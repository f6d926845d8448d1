import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Type } from '@nestjs/common';
import pg from 'pg';
import type { SqlDatabase } from 'nestjs-pass2pay/database';
import { expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import { generatePrismaClient } from '../support/prisma-client.js';
import { compiled, RunDocument } from './support/document.js';
import { sellOne, withPostgres } from './support/sell.js';
import { inFolder, runShell } from './support/shell.js';

const page = new RunDocument('docs/recipes/prisma.md');
const install = page.take('npm i @prisma/client');
const schema = page.take('generator client');
const recipe = page.take('prismaDatabase(prisma)');
const migration = page.take('npx nestjs-pass2pay migration');
const { default: config } = await page.load<{ default: object }>('defineConfig');

it('the document has no code but this', () => {
  expect(install).toContain('@prisma/adapter-pg');
  expect(page.unrun()).toEqual([]);
});

it('all tables of the module are external in its configuration', () => {
  const { tables } = config as { tables: { external: string[] } };
  expect(new Set(tables.external)).toEqual(new Set(Object.values(tablesOf({}))));
});

await describeWhere('PostgreSQL', 'with Prisma', () => {
  it('an outcome is applied in the transaction of its handler, on tables of a migration in a schema of their own', () =>
    withPostgres(() =>
      inFolder(['prisma/migrations'], async () => {
        const client = generatePrismaClient(schema.replace('../src/generated/prisma', './client'));
        const code = recipe.replace('./generated/prisma/client.js', client);
        const { prisma, ...shop } = (await import(pathToFileURL(compiled(code)).href)) as {
          prisma: { $disconnect(): Promise<void> };
          database: SqlDatabase;
          Fulfilment: Type;
        };
        await runShell(migration);
        const sql = readFileSync('prisma/migrations/20261127000000_pass2pay/migration.sql', 'utf8');
        const deploy = new pg.Client(process.env.DATABASE_URL);
        await deploy.connect();
        await deploy.query(sql);
        await deploy.end();
        await sellOne(shop, { databaseTables: { schema: 'pass2pay' } });
        await prisma.$disconnect();
      }),
    ));
});
