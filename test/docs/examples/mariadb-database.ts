import type { Pool, PoolConnection, UpsertResult } from 'mariadb';
import { acquire, guarded, LinkedTransaction, TxGate } from 'nestjs-pass2pay/database';
import type { SqlDatabase, SqlLink, SqlResult, SqlRow } from 'nestjs-pass2pay/database';

/** MariaDB, by a pool of the package mariadb; handlers get its `PoolConnection`. */
export function mariadbDatabase(pool: Pool): SqlDatabase<PoolConnection> {
  return {
    dialect: 'mysql',
    execute: async (sql, params = []) => resultOf(await pool.query(sql, [...params])),
    begin: async (limits) => {
      const connection = await acquire(pool.getConnection(), limits.connectionTimeoutMs, (late) => late.release());
      const gate = new TxGate('mysql');
      return LinkedTransaction.begin(linkOf(connection, gate), gate, 'mysql', limits);
    },
  };
}

function linkOf(connection: PoolConnection, gate: TxGate): SqlLink<PoolConnection> {
  const run = async (statements: readonly string[]) => {
    for (const statement of statements) await connection.query(statement);
  };
  return {
    tx: guarded(connection, gate, {
      statements: ['query', 'execute', 'batch', 'prepare'],
      forbidden: ['beginTransaction', 'commit', 'rollback', 'release', 'end', 'destroy', 'changeUser', 'reset'],
      isAsync: true,
    }),
    execute: async (sql, params = []) => resultOf(await connection.query(sql, [...params])),
    begin: run,
    commit: run,
    rollback: run,
    isAlive: () => connection.isValid(),
    release: () => void connection.release(),
    destroy: () => connection.destroy(),
  };
}

/** Of a compound statement, the rows are the first of its results. */
function resultOf(result: SqlRow[] | [SqlRow[], UpsertResult] | UpsertResult): SqlResult {
  if (!Array.isArray(result)) return { rows: [], affected: result.affectedRows };
  const [first] = result;
  return { rows: Array.isArray(first) ? first : (result as SqlRow[]), affected: 0 };
}
