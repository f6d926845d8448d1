import { SCHEMA_OPTIONS } from './schema-options.js';
import { UsageError } from './usage-error.js';

/** The `parseArgs` options for the database, its tables and the module's instance. */
export const DATABASE_OPTIONS = {
  ...SCHEMA_OPTIONS,
  'database-url': { type: 'string' },
  instance: { type: 'string' },
} as const;

/** Their help text. */
export const DATABASE_USAGE = `--database-url  postgres://…, mysql://…, mariadb://… or the path of an SQLite file; otherwise the variable DATABASE_URL
--instance      the name of the module's instance, if it has one
--schema, --prefix  as in the option \`databaseTables\``;

/** @throws UsageError when neither the option nor the variable DATABASE_URL is set. */
export function databaseAddress(values: { 'database-url'?: string | undefined }): string {
  const address = values['database-url'] ?? process.env.DATABASE_URL;
  if (address !== undefined && address !== '') return address;
  throw new UsageError('--database-url or the variable DATABASE_URL is required: the database of the application.');
}
