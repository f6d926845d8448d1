import { sqliteDatabaseWith } from './sqlite-connection.js';
import type { SqliteConnection } from './sqlite-link.js';
import type { SqlDatabase } from '../sql-database.js';

export type { SqliteConnection } from './sqlite-link.js';

/**
 * SQLite with a connection of better-sqlite3, libsql or node:sqlite, which handlers get too. Give the module a separate
 * connection: statements that the application runs on this one while handlers run would be part of their transaction.
 */
export function sqliteDatabase<Connection extends SqliteConnection>(connection: Connection): SqlDatabase<Connection> {
  return sqliteDatabaseWith(connection, (guarded) => guarded);
}
