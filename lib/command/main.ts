#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { migrationSql } from '../database/schema/ensure-schema.js';
import type { SqlDialect } from '../database/sql-database.js';
import { messageOf } from '../errors/message-of.js';

const USAGE = `Usage: nestjs-pass2pay migration <postgres|mysql|sqlite> [--schema <name>] [--prefix <name>]

Prints the SQL that makes the tables of the option \`database\`: apply it with your own migration tool. mysql is for MariaDB
too. --schema and --prefix are those of the option \`databaseTables\`.`;

const DIALECTS: readonly string[] = ['postgres', 'mysql', 'sqlite'] satisfies SqlDialect[];

try {
  console.log(outputOf(process.argv.slice(2)));
} catch (error) {
  console.error(`${messageOf(error)}\n\n${USAGE}`);
  process.exitCode = 2;
}

/** @throws Error that says what of the words is wrong. */
function outputOf(words: string[]): string {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: { schema: { type: 'string' }, prefix: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  const [command, dialect, ...rest] = positionals;
  if (values.help === true || command === undefined) return USAGE;
  if (command !== 'migration') throw new Error(`There is no command ${command}.`);
  if (dialect === undefined || !DIALECTS.includes(dialect)) throw new Error('Name the dialect of your database.');
  if (rest.length > 0) throw new Error(`${rest.join(' ')} is too much.`);
  const { schema, prefix } = values;
  return migrationSql(dialect as SqlDialect, { ...(schema && { schema }), ...(prefix && { prefix }) });
}
