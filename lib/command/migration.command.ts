import { parseArgs } from 'node:util';
import { migrationSql } from '../database/schema/ensure-schema.js';
import type { SqlDialect } from '../database/sql-database.js';
import type { Command } from './command.js';
import { SCHEMA_OPTIONS, schemaNames } from './schema-options.js';
import { UsageError } from './usage-error.js';

const DIALECTS: readonly string[] = ['postgres', 'mysql', 'sqlite'] satisfies SqlDialect[];

export const migration: Command = {
  usage: `nestjs-pass2pay migration <postgres|mysql|sqlite> [--schema <name>] [--prefix <name>]

Prints the SQL that creates the tables of the option \`database\`; apply it with your migration tool. Use mysql for MariaDB
too. --schema and --prefix are as in the option \`databaseTables\`.`,

  async run(words) {
    const { values, positionals } = parseArgs({ args: words, allowPositionals: true, options: SCHEMA_OPTIONS });
    const [dialect, ...rest] = positionals;
    if (dialect === undefined || !DIALECTS.includes(dialect))
      throw new UsageError('Pass the dialect of your database.');
    if (rest.length > 0) throw new UsageError(`Unexpected argument: ${rest.join(' ')}.`);
    console.log(migrationSql(dialect as SqlDialect, schemaNames(values)));
  },
};
