import type { SqlDialect } from '../../../database/sql-database.js';
import type { Library } from './library.js';
import { driverOf, KEPT, statementsConstant } from './statements.js';

const CONFIGS: Readonly<Record<SqlDialect, string>> = {
  postgres: `client: 'pg', connection: process.env.DATABASE_URL`,
  mysql: `client: 'mysql2', connection: process.env.DATABASE_URL`,
  sqlite: `client: 'better-sqlite3', connection: { filename: process.env.DATABASE_URL ?? 'shop.db' }, useNullAsDefault: true`,
};

export const knex: Library = {
  signs: ['knex'],
  dialects: ['postgres', 'mysql', 'sqlite'],
  packages: ({ dialect }) => {
    const [driver, types] = driverOf(dialect);
    return [{ knex: '^3.0.0', ...driver }, dialect === 'postgres' ? {} : types];
  },
  adapter: { name: 'knexDatabase', subpath: 'knex' },
  connection: ({ dialect }) => ({
    imports: [`import { knex, type Knex } from 'knex';`],
    exports: `export const KNEX = Symbol('KNEX');\n`,
    token: 'KNEX',
    type: 'Knex',
    factory: `() =>
        knex({
${CONFIGS[dialect]
  .split(/, (?=\w+:)/)
  .map((member) => `          ${member},\n`)
  .join('')}        })`,
    close: 'this.connection.destroy()',
    isCloseAsync: true,
  }),
  handling: () => ({
    imports: [`import type { Knex } from 'knex';`],
    tx: 'Knex.Transaction',
    insert: `await tx('pay_fulfilment').insert({ mch_order_no: mchOrderNo, state });`,
    isAsync: true,
  }),
  migration: (statements, moment) => [
    {
      path: `migrations/${moment}_pass2pay.ts`,
      text: `import type { Knex } from 'knex';

${statementsConstant(statements)}
export async function up(knex: Knex): Promise<void> {
  for (const statement of STATEMENTS) await knex.raw(statement);
}

export function down(): Promise<void> {
  throw new Error(
    '${KEPT}',
  );
}
`,
    },
  ],
  apply: 'knex migrate:latest, with src/migrations as its directory',
};
