import type { SqlDialect } from '../../../database/sql-database.js';
import type { Library } from './library.js';
import { driverOf, PG_POOL, sqlText, timeOf } from './statements.js';

const DRIVERS: Readonly<Record<SqlDialect, { from: string; type: string; imports: readonly string[]; pool?: string }>> =
  {
    postgres: { from: 'node-postgres', type: 'NodePgDatabase', imports: PG_POOL.imports, pool: PG_POOL.factory },
    mysql: {
      from: 'mysql2',
      type: 'MySql2Database',
      imports: [`import { createPool, type Pool } from 'mysql2/promise';`],
      pool: `() => createPool(process.env.DATABASE_URL ?? '')`,
    },
    sqlite: {
      from: 'better-sqlite3',
      type: 'BetterSQLite3Database',
      imports: [`import Database from 'better-sqlite3';`],
    },
  };

export const drizzle: Library = {
  signs: ['drizzle-orm'],
  dialects: ['postgres', 'mysql', 'sqlite'],
  packages: ({ dialect }) => {
    const [driver, types] = driverOf(dialect);
    return [{ 'drizzle-orm': '^0.45.0', ...driver }, types];
  },
  adapter: { name: 'drizzleDatabase', subpath: 'drizzle' },
  connection: ({ dialect }) => {
    const { from, type, imports, pool } = DRIVERS[dialect];
    const client = pool === undefined ? 'Database.Database' : 'Pool';
    return {
      imports: [
        `import { drizzle } from 'drizzle-orm/${from}';`,
        `import type { ${type} } from 'drizzle-orm/${from}';`,
        ...imports,
      ],
      exports: `export type Db = ${type} & { $client: ${client} };
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

export const DRIZZLE = Symbol('DRIZZLE');
`,
      token: 'DRIZZLE',
      type: 'Db',
      ...(pool !== undefined && { pool: { type: 'Pool', factory: pool, isForAdapter: false } }),
      factory:
        pool === undefined
          ? `() =>
        drizzle(new Database(process.env.DATABASE_URL ?? 'shop.db'))`
          : '(pool: Pool) => drizzle(pool)',
      close: `this.connection.$client.${pool === undefined ? 'close' : 'end'}()`,
      isCloseAsync: pool !== undefined,
    };
  },
  handling: ({ dialect, isEsm }) => ({
    imports: [
      `import { sql } from 'drizzle-orm';`,
      `import type { Tx } from './pay-database.module${isEsm ? '.js' : ''}';`,
    ],
    tx: 'Tx',
    insert: `${dialect === 'sqlite' ? 'tx.run' : 'await tx.execute'}(
      sql\`INSERT INTO pay_fulfilment (mch_order_no, state) VALUES (\${mchOrderNo}, \${state})\`,
    );`,
    isAsync: dialect !== 'sqlite',
  }),
  migration: (statements, moment, { dialect, read }) => {
    const path = '/drizzle/meta/_journal.json';
    const journal = JSON.parse(read(path) ?? JOURNALS[dialect]) as Journal;
    const idx = journal.entries.length;
    const tag = `${String(idx).padStart(4, '0')}_pass2pay`;
    journal.entries.push({ idx, version: journal.version, when: timeOf(moment), tag, breakpoints: true });
    const text = sqlText(statements).replaceAll(';\n\n', ';\n--> statement-breakpoint\n');
    return [
      { path: `/drizzle/${tag}.sql`, text },
      { path, text: `${JSON.stringify(journal, null, 2)}\n` },
    ];
  },
  apply: 'drizzle-kit migrate',
};

/** The relevant part of drizzle-kit's list of migrations. */
interface Journal {
  version: string;
  entries: { idx: number; version: string; when: number; tag: string; breakpoints: boolean }[];
}

/** Journals without a migration. */
const JOURNALS: Readonly<Record<SqlDialect, string>> = {
  postgres: '{ "version": "7", "dialect": "postgresql", "entries": [] }',
  mysql: '{ "version": "7", "dialect": "mysql", "entries": [] }',
  sqlite: '{ "version": "7", "dialect": "sqlite", "entries": [] }',
};
