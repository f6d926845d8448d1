import type { SqlDialect } from '../../../database/sql-database.js';
import type { Library } from './library.js';
import { driverOf, PG_POOL, statementsConstant } from './statements.js';

const DIALECTS: Readonly<Record<SqlDialect, { dialect: string; imports: readonly string[]; pool?: string }>> = {
  postgres: { dialect: 'PostgresDialect', imports: PG_POOL.imports, pool: PG_POOL.factory },
  mysql: {
    dialect: 'MysqlDialect',
    imports: [`import { createPool, type Pool } from 'mysql2';`],
    pool: `() => createPool(process.env.DATABASE_URL ?? '')`,
  },
  sqlite: { dialect: 'SqliteDialect', imports: [`import Database from 'better-sqlite3';`] },
};

export const kysely: Library = {
  signs: ['kysely'],
  dialects: ['postgres', 'mysql', 'sqlite'],
  packages: ({ dialect }) => {
    const [driver, types] = driverOf(dialect);
    return [{ kysely: '^0.28.0', ...driver }, types];
  },
  adapter: { name: 'kyselyDatabase', subpath: 'kysely' },
  connection: ({ dialect: of }) => {
    const { dialect, imports, pool } = DIALECTS[of];
    return {
      imports: [`import { Kysely, ${dialect} } from 'kysely';`, ...imports],
      exports: `/** The tables of your queries. */
export interface Tables {
  pay_fulfilment: { mch_order_no: string; state: string };
}
`,
      token: 'Kysely',
      type: 'Kysely<Tables>',
      ...(pool !== undefined && { pool: { type: 'Pool', factory: pool, isForAdapter: true } }),
      factory:
        pool === undefined
          ? `() =>
        new Kysely<Tables>({
          dialect: new SqliteDialect({
            database: new Database(process.env.DATABASE_URL ?? 'shop.db'),
          }),
        })`
          : `(pool: Pool) =>
        new Kysely<Tables>({ dialect: new ${dialect}({ pool }) })`,
      close: 'this.connection.destroy()',
      isCloseAsync: true,
    };
  },
  handling: ({ isEsm }) => ({
    imports: [
      `import type { Transaction } from 'kysely';`,
      `import type { Tables } from './pay-database.module${isEsm ? '.js' : ''}';`,
    ],
    tx: 'Transaction<Tables>',
    insert: `await tx
      .insertInto('pay_fulfilment')
      .values({ mch_order_no: mchOrderNo, state })
      .execute();`,
    isAsync: true,
  }),
  migration: (statements, moment) => [
    {
      path: `migrations/${moment}-pass2pay.ts`,
      text: `import { type Kysely, sql } from 'kysely';

${statementsConstant(statements)}
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
`,
    },
  ],
  apply: 'your Migrator of Kysely, with src/migrations as its folder',
};
