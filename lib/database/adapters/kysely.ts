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
 * An instance of Kysely; handlers get a `Transaction` of Kysely.
 *
 * @param pool the `Pool` of pg, or the pool of mysql2, of the instance's dialect; SQLite has none. Kysely keeps its connections
 * to itself: of pg, one that breaks while it is out of the pool would end the process, and of mysql2, one that hangs could not
 * be closed.
 * @throws TypeError where the pool is missing, for another dialect, and for a transaction in place of the instance.
 */
export function kyselyDatabase<Tx>(db: KyselyInstance<Tx>, pool?: DriverPool): SqlDatabase<Tx> {
  if (db.isTransaction) throw new TypeError('kyselyDatabase() takes the instance of Kysely, not a transaction.');
  const dialect = dialectOf(db);
  if (dialect !== 'sqlite' && pool === undefined) {
    const named = dialect === 'postgres' ? 'the Pool of pg' : 'the pool of mysql2';
    throw new TypeError(`kyselyDatabase() takes ${named}, too, that the dialect has: kyselyDatabase(db, pool).`);
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

/** By what a dialect can do: of those of Kysely, each differs in this. */
function dialectOf(db: KyselyInstance): SqlDialect {
  const { adapter } = db.getExecutor() as { adapter: Record<string, unknown> };
  const { supportsTransactionalDdl: hasDdl, supportsReturning: hasReturning } = adapter;
  if (hasDdl === true && hasReturning === true) return 'postgres';
  if (hasDdl !== true) return hasReturning === true ? 'sqlite' : 'mysql';
  throw new TypeError(
    'The module works with PostgresDialect, MysqlDialect and SqliteDialect of Kysely, and others that do as these do.',
  );
}
