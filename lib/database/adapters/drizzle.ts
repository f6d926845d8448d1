import { mysqlDatabaseWith, type MysqlPool } from './mysql-pool.js';
import { pgDatabaseWith, type PgPool } from './pg-pool.js';
import { sqliteDatabaseWith } from './sqlite-connection.js';
import type { SqliteConnection } from './sqlite-link.js';
import type { SqlDatabase } from '../sql-database.js';

/** What the module needs of a database of Drizzle. */
export interface DrizzleDatabase<Tx = unknown> {
  /** Its driver's pool or connection. */
  readonly $client: unknown;
  transaction(run: (tx: Tx) => never): unknown;
}

/** The Drizzle session, which runs statements. Not part of its documented API. */
interface DrizzleSession {
  client: object;
  logger?: unknown;
  transaction(run: (tx: never) => unknown): unknown;
}

/**
 * A Drizzle database on a pool of pg or mysql2 or a connection of better-sqlite3; handlers get a Drizzle transaction.
 * With better-sqlite3, give the module a separate connection: statements that the application runs on this one while
 * handlers run would be part of their transaction.
 *
 * @throws TypeError for any other driver, and for a single connection of pg or mysql2.
 */
export function drizzleDatabase<Tx>(db: DrizzleDatabase<Tx>): SqlDatabase<Tx> {
  const { session } = db as { session?: DrizzleSession };
  if (session === undefined) throw new TypeError('drizzleDatabase() requires the result of drizzle() of drizzle-orm.');
  const { client } = session;
  const kind = kindOf(session);
  switch (kind) {
    case 'NodePgSession':
      if (!('totalCount' in client)) throw noPool('new Pool() of pg');
      return pgDatabaseWith(client as unknown as PgPool, (own) => transactionOn<Tx>(session, own));
    case 'MySql2Session':
      if (!('getConnection' in client)) throw noPool('createPool() of mysql2');
      return mysqlDatabaseWith(client as unknown as MysqlPool, (own) => transactionOn<Tx>(session, own));
    case 'BetterSQLiteSession':
      return sqliteDatabaseWith(client as SqliteConnection, (own) => transactionOnSqlite(session, own) as Tx);
    default:
      throw new TypeError(
        `The module supports drizzle-orm/node-postgres, drizzle-orm/mysql2 and drizzle-orm/better-sqlite3; this database uses ${kind}.`,
      );
  }
}

function noPool(pool: string): TypeError {
  return new TypeError(`The module needs a connection pool: create the Drizzle database with ${pool}.`);
}

/** The name of a Drizzle class, which minifiers do not change. */
function kindOf({ constructor }: object): string {
  return String((constructor as unknown as Record<symbol, unknown>)[Symbol.for('drizzle:entityKind')]);
}

/**
 * A Drizzle transaction on a connection whose transaction the module begins and ends: Drizzle's own begin and commit
 * run on a dummy connection, and the transaction object of its callback then uses the real connection.
 */
async function transactionOn<Tx>(session: DrizzleSession, connection: object): Promise<Tx> {
  const own = sessionOn(session, NOTHING);
  let made!: Tx;
  await own.transaction(async (tx: Tx) => {
    made = tx;
  });
  Object.assign(own, { client: connection, logger: session.logger });
  return made;
}

/** Same as `transactionOn`, for better-sqlite3, which is synchronous. */
function transactionOnSqlite(session: DrizzleSession, connection: object): unknown {
  const own = sessionOn(session, NOTHING);
  let made: unknown;
  own.transaction((tx: unknown) => {
    made = tx;
  });
  Object.assign(own, { client: connection, logger: session.logger });
  return made;
}

/** The same session on another connection. */
function sessionOn(session: DrizzleSession, client: object): DrizzleSession {
  return Object.assign(Object.create(session) as DrizzleSession, { client, logger: { logQuery: () => {} } });
}

/** A dummy connection with the result types of pg, mysql2 (an object and a list of columns) and better-sqlite3. */
const NOTHING = {
  query: async () => [{}, []],
  transaction: <Run>(run: Run) => ({ deferred: run }),
};
