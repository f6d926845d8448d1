import { Pass2PayConfigError } from '../../errors/pass2pay.errors.js';
import type { SqlDatabase, SqlExecutor } from '../sql-database.js';
import { sqlFailure } from '../sql-errors.js';
import { OLDEST_SCHEMA_VERSION, SCHEMA_VERSION } from './migrations.js';
import { tablesOf, type SchemaNames, type Tables } from './schema-names.js';

/** The version of the tables; undefined where none was applied. */
export async function schemaVersion(executor: SqlExecutor, { migration }: Tables): Promise<number | undefined> {
  const { rows } = await executor.execute(`SELECT MAX(version) AS version FROM ${migration}`);
  const version = rows[0]?.version;
  return version === null || version === undefined ? undefined : Number(version);
}

/**
 * Whether this release can work with the tables, which the application's start asks.
 *
 * @throws Pass2PayConfigError that names the command to run, where it cannot.
 */
export async function checkSchema(database: SqlDatabase, names?: SchemaNames): Promise<void> {
  const version = await versionOrNone(database, tablesOf(names));
  const remedy = `apply what "npx nestjs-pass2pay migration ${database.dialect}" prints, or call ensureSchema(database) in development`;
  if (version === undefined) throw wrong(`has no tables of the module; ${remedy}`);
  if (version < OLDEST_SCHEMA_VERSION) {
    throw wrong(`has tables of version ${version}, and this release needs ${SCHEMA_VERSION}; ${remedy}`);
  }
  if (version > SCHEMA_VERSION + 1) {
    throw wrong(`has tables of version ${version}, and this release knows ${SCHEMA_VERSION}; install a newer release`);
  }
}

async function versionOrNone(database: SqlDatabase, tables: Tables): Promise<number | undefined> {
  try {
    return await schemaVersion(database, tables);
  } catch (error) {
    if (sqlFailure(error) === 'missing-table') return undefined;
    throw error;
  }
}

function wrong(message: string): Pass2PayConfigError {
  return new Pass2PayConfigError([{ field: 'database', message: `database ${message}` }]);
}
