import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Type } from '@nestjs/common';
import { drizzle } from 'drizzle-orm/mysql2';
import { migrate as migrateMysql } from 'drizzle-orm/mysql2/migrator';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate as migratePg } from 'drizzle-orm/node-postgres/migrator';
import mysql from 'mysql2/promise';
import type { Pool } from 'pg';
import { checkSchema, type SqlDatabase } from 'nestjs-pass2pay/database';
import { drizzleDatabase } from 'nestjs-pass2pay/database/drizzle';
import { expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { MARIADB_URL } from '../support/services.js';
import { compiled, RunDocument } from './support/document.js';
import { sellOne, withPostgres } from './support/sell.js';
import { inFolder, runShell } from './support/shell.js';

const page = new RunDocument('docs/recipes/drizzle.md');
const install = page.take('npm i drizzle-orm');
const recipe = page.take('drizzleDatabase(db)');
const onPostgres = page.take('migration postgres --schema');
const onMysql = page.take('migration mysql');
const { default: config } = await page.load<{ default: object }>('tablesFilter');

/** What `drizzle-kit generate --custom` leaves besides the empty migration. */
function writeJournal(dialect: string): void {
  const entry = { idx: 0, version: '7', when: 1_795_737_571_303, tag: '0003_pass2pay', breakpoints: true };
  mkdirSync('drizzle/meta');
  writeFileSync('drizzle/meta/_journal.json', JSON.stringify({ version: '7', dialect, entries: [entry] }));
}

const generate = { leaveOut: /^npx drizzle-kit/ };

it('the document has no code but this', () => {
  expect(install).toContain('drizzle-orm pg');
  expect(config).toMatchObject({ tablesFilter: ['!pass2pay_*'] });
  expect(page.unrun()).toEqual([]);
});

await describeWhere('PostgreSQL', 'with Drizzle', () => {
  it('an outcome is applied in the transaction of its handler, on tables of a migration in a schema of their own', () =>
    withPostgres(() =>
      inFolder(['drizzle'], async () => {
        const { db, ...shop } = (await import(pathToFileURL(compiled(recipe)).href)) as {
          db: NodePgDatabase & { $client: Pool };
          database: SqlDatabase;
          Fulfilment: Type;
        };
        await runShell(onPostgres, generate);
        writeJournal('postgresql');
        await migratePg(db, { migrationsFolder: 'drizzle' });
        await sellOne(shop, { databaseTables: { schema: 'pass2pay' } });
        await db.$client.end();
      }),
    ));
});

await describeWhere('MariaDB', 'with Drizzle on MariaDB', () => {
  it('the migration has one statement at a time', () =>
    inFolder(['drizzle'], async () => {
      const name = `docs_${randomBytes(5).toString('hex')}`;
      const admin = await mysql.createConnection(MARIADB_URL);
      await admin.query(`CREATE DATABASE ${name}`);
      const pool = mysql.createPool(new URL(`/${name}`, MARIADB_URL).href);
      try {
        const db = drizzle(pool);
        await runShell(onMysql, generate);
        writeJournal('mysql');
        await migrateMysql(db, { migrationsFolder: 'drizzle' });
        await checkSchema(drizzleDatabase(db));
      } finally {
        await pool.end();
        await admin.query(`DROP DATABASE ${name}`);
        await admin.end();
      }
    }));
});
