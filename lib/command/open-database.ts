import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { mysqlDatabase, type MysqlPool } from '../database/adapters/mysql.js';
import { pgDatabase, type PgPool } from '../database/adapters/pg.js';
import { checkSchema } from '../database/schema/schema-version.js';
import type { SchemaNames } from '../database/schema/schema-names.js';
import type { SqlDatabase } from '../database/sql-database.js';
import { sqliteDatabase, type SqliteConnection } from '../database/adapters/sqlite.js';
import { Pass2PayConfigError } from '../errors/pass2pay.errors.js';
import { messageOf } from '../errors/message-of.js';
import { UsageError } from './usage-error.js';

/** Connection timeout, in ms. */
const CONNECT_MS = 10_000;

interface Opened {
  database: SqlDatabase;
  close(): Promise<unknown>;
}

/**
 * Opens the merchant's database with the installed driver, on one connection. On SQLite the connection is read-only
 * unless the work writes.
 *
 * @param address of `--database-url`
 * @throws UsageError for an invalid address, or when its driver is not installed.
 * @throws Error when the database is unreachable or does not have the tables.
 */
export async function withDatabase<Result>(
  address: string,
  names: SchemaNames,
  work: (database: SqlDatabase) => Promise<Result>,
  { isWriting = false } = {},
): Promise<Result> {
  const opened = await open(address, isWriting);
  try {
    await check(opened.database, names);
    return await work(opened.database);
  } finally {
    await opened.close();
  }
}

async function open(address: string, isWriting: boolean): Promise<Opened> {
  // A single letter is a Windows drive.
  const [, scheme] = /^([a-z][a-z0-9+.-]+):/i.exec(address) ?? [];
  switch (scheme?.toLowerCase()) {
    case 'postgres':
    case 'postgresql':
      return openPostgres(checkedUrl(address));
    case 'mysql':
    case 'mariadb':
      return openMysql(checkedUrl(address).replace(/^mariadb:/i, 'mysql:'));
    case 'file':
      return openSqlite(
        /^file:\/\//i.test(address) ? fileURLToPath(address) : address.slice('file:'.length),
        isWriting,
      );
    case 'sqlite':
      return openSqlite(address.replace(/^sqlite:(?:\/\/)?/i, ''), isWriting);
    case undefined:
      return openSqlite(address, isWriting);
    default:
      throw new UsageError(
        `--database-url starts with ${scheme}:, which is not supported; use postgres://, mysql://, mariadb:// or the path of an SQLite file.`,
      );
  }
}

/** The address may contain a password, so errors never show it. */
function checkedUrl(address: string): string {
  if (!URL.canParse(address)) {
    throw new UsageError(
      '--database-url is not a valid URL; write special characters in the user name and password as %XX.',
    );
  }
  return address;
}

async function openPostgres(connectionString: string): Promise<Opened> {
  const { default: pg } = await driver('pg', () => import('pg'));
  const pool = new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: CONNECT_MS });
  return { database: pgDatabase(pool as PgPool), close: () => pool.end() };
}

async function openMysql(uri: string): Promise<Opened> {
  const { createPool } = await driver('mysql2', () => import('mysql2/promise'));
  const pool = createPool({ uri, connectionLimit: 1, connectTimeout: CONNECT_MS, supportBigNumbers: true });
  return { database: mysqlDatabase(pool as MysqlPool), close: () => pool.end() };
}

/** @throws UsageError with the package to install. */
async function driver<Driver>(name: string, load: () => Promise<Driver>): Promise<Driver> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new UsageError(
      `--database-url requires the driver ${name}, which is not installed; run "npm install ${name}".`,
    );
  }
}

interface ClosableConnection extends SqliteConnection {
  close(): unknown;
}

type OpenFile = (path: string) => ClosableConnection;

/** In order of preference; each may be missing. */
const SQLITE_DRIVERS: readonly (() => Promise<OpenFile | undefined>)[] = [
  async () => {
    const { default: Database } = await import('better-sqlite3');
    return (path) => new Database(path);
  },
  async () => {
    const { default: Database } = await import('libsql');
    return (path) => new Database(path);
  },
  async () => {
    const { DatabaseSync } = (process.getBuiltinModule?.('node:sqlite') ?? {}) as {
      DatabaseSync?: new (path: string) => ClosableConnection;
    };
    return DatabaseSync && ((path) => new DatabaseSync(path));
  },
];

async function openSqlite(path: string, isWriting: boolean): Promise<Opened> {
  try {
    await access(path);
  } catch {
    throw new UsageError(`The file ${path} in --database-url cannot be read.`);
  }
  const connection = (await sqliteDriver())(path);
  // How long to wait while the application writes, in ms.
  connection.exec(isWriting ? 'PRAGMA busy_timeout = 5000' : 'PRAGMA query_only = ON');
  return { database: sqliteDatabase(connection), close: async () => connection.close() };
}

async function sqliteDriver(): Promise<OpenFile> {
  for (const load of SQLITE_DRIVERS) {
    try {
      const openFile = await load();
      // The package better-sqlite3 may be installed without its binary.
      openFile?.(':memory:').close();
      if (openFile !== undefined) return openFile;
    } catch {
      continue;
    }
  }
  throw new UsageError(
    '--database-url is an SQLite file, but no driver for it is installed; run "npm install better-sqlite3" (or libsql), or use Node 24 or later, which includes one.',
  );
}

async function check(database: SqlDatabase, names: SchemaNames): Promise<void> {
  try {
    await checkSchema(database, names);
  } catch (error) {
    if (!(error instanceof Pass2PayConfigError)) {
      throw new Error(`the database in --database-url cannot be read: ${messageOf(error)}`, { cause: error });
    }
    const [issue] = error.issues;
    throw new Error(
      `the ${issue!.message}. If the tables have other names, pass --schema and --prefix as in the option databaseTables`,
      { cause: error },
    );
  }
}

function isMissing(error: unknown): boolean {
  return ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(String((error as { code?: unknown }).code));
}
