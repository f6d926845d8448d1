import { STATEMENT_WAIT_MS } from './acquire.js';
import { CompoundStatements } from './compound-statements.js';
import { DriverConnections, type DriverPool } from './driver-connections.js';
import { KyselyLink } from './kysely-link.js';
import { KyselyConnection, type KyselyInstance } from './kysely-connection.js';
import { LinkedTransaction } from '../transaction/linked-transaction.js';
import type { SqlDatabase, SqlDialect } from '../sql-database.js';
import { runWhenFree } from './sqlite-lock.js';

export type { DriverPool } from './driver-connections.js';
export type { KyselyInstance } from './kysely-connection.js';

/**
 * A Kysely instance; handlers get a Kysely `Transaction`.
 *
 * @param pool the dialect's `Pool` of pg or pool of mysql2; SQLite has none. Kysely hides its connections: without the
 * pool, a lost checked-out connection of pg would crash the process, and a hanging one of mysql2 could not be closed.
 * @throws TypeError when the pool is missing, for any other dialect, and for a transaction instead of the instance.
 */
export function kyselyDatabase<Tx>(db: KyselyInstance<Tx>, pool?: DriverPool): SqlDatabase<Tx> {
  if (db.isTransaction) throw new TypeError('kyselyDatabase() requires a Kysely instance, not a transaction.');
  const dialect = dialectOf(db);
  if (dialect !== 'sqlite' && pool === undefined) {
    const named = dialect === 'postgres' ? 'the Pool of pg' : 'the pool of mysql2';
    throw new TypeError(`kyselyDatabase() also requires ${named} of the dialect: kyselyDatabase(db, pool).`);
  }
  const connections = pool === undefined ? undefined : new DriverConnections(pool);
  const compound = new CompoundStatements();
  return {
    dialect,
    execute: async (sql, params) => {
      const connection = await KyselyConnection.reserve(db, dialect, STATEMENT_WAIT_MS);
      try {
        const run = () => connection.run(sql, params);
        return await (dialect === 'sqlite' ? runWhenFree(connection, sql, STATEMENT_WAIT_MS, run) : run());
      } finally {
        connection.release();
      }
    },
    begin: async (limits, first) => {
      const connection = await KyselyConnection.reserve(db, dialect, limits.connectionTimeoutMs);
      const link = await KyselyLink.open<Tx>(connection, { dialect, compound, connections, limits });
      return LinkedTransaction.begin(link, link.gate, dialect, limits, first);
    },
  };
}

/** Identified by the features of the dialect, which differ among Kysely's dialects. */
function dialectOf(db: KyselyInstance): SqlDialect {
  const { adapter } = db.getExecutor() as { adapter: Record<string, unknown> };
  const { supportsTransactionalDdl: hasDdl, supportsReturning: hasReturning } = adapter;
  if (hasDdl === true && hasReturning === true) return 'postgres';
  if (hasDdl !== true) return hasReturning === true ? 'sqlite' : 'mysql';
  throw new TypeError(
    'The module supports PostgresDialect, MysqlDialect and SqliteDialect of Kysely, and compatible dialects.',
  );
}
