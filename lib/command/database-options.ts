import { SCHEMA_OPTIONS } from './schema-options.js';
import { UsageError } from './usage-error.js';

/** The options that name the database, its tables and the module's instance, for `parseArgs`. */
export const DATABASE_OPTIONS = {
  ...SCHEMA_OPTIONS,
  'database-url': { type: 'string' },
  instance: { type: 'string' },
} as const;

/** What a command's usage says of them. */
export const DATABASE_USAGE = `--database-url  postgres://…, mysql://…, mariadb://… or the path of an SQLite file; otherwise the variable DATABASE_URL
--instance      the name of the module's instance, where it has one
--schema, --prefix  those of the option \`databaseTables\``;

/** @throws UsageError where neither the option nor the variable DATABASE_URL names the database. */
export function databaseAddress(values: { 'database-url'?: string | undefined }): string {
  const address = values['database-url'] ?? process.env.DATABASE_URL;
  if (address !== undefined && address !== '') return address;
  throw new UsageError('--database-url is required, or the variable DATABASE_URL: the database of the application.');
}
