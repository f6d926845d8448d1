import type { SqlDialect } from '../../../database/sql-database.js';

/** The table of the generated handlers. */
export const FULFILMENT =
  'CREATE TABLE IF NOT EXISTS pay_fulfilment (\n  mch_order_no VARCHAR(64) NOT NULL,\n  state VARCHAR(10) NOT NULL,\n  PRIMARY KEY (mch_order_no, state)\n)';

/** The insert of an order's number and state. */
export function insertFulfilment(dialect: SqlDialect): string {
  return `INSERT INTO pay_fulfilment (mch_order_no, state) VALUES (${dialect === 'postgres' ? '$1, $2' : '?, ?'})`;
}

/** Statements as one SQL text. */
export function sqlText(statements: readonly string[]): string {
  return `-- The tables of nestjs-pass2pay, and the table of the generated handlers.\n\n${statements.map((statement) => `${statement};\n`).join('\n')}`;
}

/** Statements as a constant of TypeScript, as prettier formats it. */
export function statementsConstant(statements: readonly string[]): string {
  const list = statements.map((statement) => `  \`${statement.replaceAll(/[\\`]|\$\{/g, String.raw`\$&`)}\`,\n`);
  return `// The tables of nestjs-pass2pay, and the table of the generated handlers.\nconst STATEMENTS = [\n${list.join('')}];\n`;
}

const DRIVERS: Readonly<Record<SqlDialect, readonly [Record<string, string>, Record<string, string>]>> = {
  postgres: [{ pg: '^8.11.0' }, { '@types/pg': '^8.11.0' }],
  mysql: [{ mysql2: '^3.9.0' }, {}],
  sqlite: [{ 'better-sqlite3': '^12.0.0' }, { '@types/better-sqlite3': '^7.6.0' }],
};

/** A dialect's driver with its version, and packages for development only. */
export function driverOf(dialect: SqlDialect): readonly [Record<string, string>, Record<string, string>] {
  return DRIVERS[dialect];
}

/** The time of a migration's `20261126093000`, in ms. */
export function timeOf(moment: string): number {
  return Date.parse(moment.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6Z'));
}

/** A provider factory for pg's Pool, and its imports. */
export const PG_POOL = {
  imports: [`import { Pool } from 'pg';`],
  factory: `() => {
        const pool = new Pool({ connectionString: process.env.DATABASE_URL });
        // Errors of idle connections; without a listener they crash the process.
        pool.on('error', (error) => new Logger('Pool').error(error));
        return pool;
      }`,
};

/** Why a migration cannot be reverted by a tool. */
export const KEPT = 'The tables of nestjs-pass2pay record which payments were applied; drop them manually.';
