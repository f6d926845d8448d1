import { Pass2PayConfigError } from '../../errors/pass2pay.errors.js';
import type { SqlDatabase, SqlExecutor } from '../sql-database.js';
import { sqlFailure } from '../sql-errors.js';
import { OLDEST_SCHEMA_VERSION, SCHEMA_VERSION } from './migrations.js';
import { tablesOf, type SchemaNames, type Tables } from './schema-names.js';

/** The schema version; undefined if none was applied. */
export async function schemaVersion(executor: SqlExecutor, { migration }: Tables): Promise<number | undefined> {
  const { rows } = await executor.execute(`SELECT MAX(version) AS version FROM ${migration}`);
  const version = rows[0]?.version;
  return version === null || version === undefined ? undefined : Number(version);
}

/**
 * Checks at the application's start that this release supports the schema.
 *
 * @throws Pass2PayConfigError with the command to run, if not.
 */
export async function checkSchema(database: SqlDatabase, names?: SchemaNames): Promise<void> {
  const version = await versionOrNone(database, tablesOf(names));
  const remedy = `apply what "npx nestjs-pass2pay migration ${database.dialect}" prints, or call ensureSchema(database) in development`;
  if (version === undefined) throw wrong(`does not contain the module's tables; ${remedy}`);
  if (version < OLDEST_SCHEMA_VERSION) {
    throw wrong(`has schema version ${version}, but this release requires ${SCHEMA_VERSION}; ${remedy}`);
  }
  if (version > SCHEMA_VERSION + 1) {
    throw wrong(
      `has schema version ${version}, but this release supports up to ${SCHEMA_VERSION}; install a newer release`,
    );
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
