import type { SqlDatabase, SqlDialect, SqlExecutor } from '../sql-database.js';
import { migrations } from './migrations.js';
import { tablesOf, type SchemaNames } from './schema-names.js';
import { schemaVersion } from './schema-version.js';

const LIMITS = { connectionTimeoutMs: 15_000, lockTimeoutMs: 60_000 };

/** Lets one process migrate at a time. */
const LOCK: Readonly<Record<SqlDialect, string | undefined>> = {
  postgres: "SELECT 1 AS locked FROM pg_advisory_xact_lock(hashtext('pass2pay migration'))",
  mysql: "SELECT GET_LOCK('pass2pay migration', 60) AS locked",
  sqlite: undefined,
};

const RELEASE = "DO RELEASE_LOCK('pass2pay migration')";

/**
 * Creates or upgrades the module's tables, for development and tests. In production, apply the SQL of `migrationSql`
 * with your migration tool. Several processes may call it at once.
 *
 * @throws Error when another process is still at it after a minute.
 * @throws what the database throws, such as when the user may not create tables.
 */
export async function ensureSchema(database: SqlDatabase, names?: SchemaNames): Promise<void> {
  const transaction = await database.begin(LIMITS);
  try {
    await lock(transaction, database.dialect);
    await migrate(transaction, database.dialect, names);
    // MySQL commits after each CREATE TABLE, which also removes the transaction's savepoint.
    if (database.dialect === 'mysql') await transaction.execute('COMMIT');
    else await transaction.commit();
  } finally {
    // If it fails, the connection is lost, and the lock with it.
    if (database.dialect === 'mysql') await transaction.execute(RELEASE).catch(() => undefined);
    await transaction.rollback();
  }
}

/** @throws Error when another process holds the lock for a minute. */
async function lock(executor: SqlExecutor, dialect: SqlDialect): Promise<void> {
  const statement = LOCK[dialect];
  if (statement === undefined) return;
  const { rows } = await executor.execute(statement);
  // MySQL does not fail then.
  if (Number(rows[0]?.locked) !== 1) {
    throw new Error(
      'The tables were not created: another process has been doing so for 60 s. Try again when it has ended.',
    );
  }
}

async function migrate(executor: SqlExecutor, dialect: SqlDialect, names: SchemaNames | undefined): Promise<void> {
  const tables = tablesOf(names);
  const all = migrations(dialect, tables);
  // The version table comes first, because in PostgreSQL reading a missing table would abort the transaction.
  await executor.execute(all[0]!.statements[0]!);
  const reached = (await schemaVersion(executor, tables)) ?? 0;
  for (const { version, statements } of all) {
    if (version <= reached) continue;
    for (const statement of statements) await executor.execute(statement);
    await executor.execute(`INSERT INTO ${tables.migration} (version, applied_at) VALUES (?, ?)`, [
      version,
      Date.now(),
    ]);
  }
}

/** The statements of all migrations of a dialect, each migration followed by the insert of its version. */
export function migrationStatements(dialect: SqlDialect, names?: SchemaNames): string[] {
  const tables = tablesOf(names);
  const now = {
    postgres: 'EXTRACT(EPOCH FROM now()) * 1000',
    mysql: 'UNIX_TIMESTAMP() * 1000',
    sqlite: 'unixepoch() * 1000',
  };
  return migrations(dialect, tables).flatMap(({ version, statements }) => [
    ...statements,
    `INSERT INTO ${tables.migration} (version, applied_at) VALUES (${version}, ${now[dialect]})`,
  ]);
}

/** All migrations of a dialect as one SQL text, each followed by its version. */
export function migrationSql(dialect: SqlDialect, names?: SchemaNames): string {
  return migrationStatements(dialect, names)
    .map((statement) => `${statement};\n`)
    .join('\n');
}
