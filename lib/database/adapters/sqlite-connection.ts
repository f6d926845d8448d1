import { leaving, STATEMENT_WAIT_MS } from './acquire.js';
import { LinkedTransaction } from '../transaction/linked-transaction.js';
import { Semaphore } from '../transaction/semaphore.js';
import type { SqlDatabase } from '../sql-database.js';
import { guardedSqliteConnection, isInTransaction, runOn, SqliteLink, type SqliteConnection } from './sqlite-link.js';
import { runWhenFree } from './sqlite-lock.js';
import { TxGate } from '../transaction/tx-gate.js';

/** SQLite with a connection, for a library that is based on it: `txOf` converts the connection to what handlers get. */
export function sqliteDatabaseWith<Connection extends SqliteConnection, Tx>(
  connection: Connection,
  txOf: (connection: Connection) => Tx,
): SqlDatabase<Tx> {
  const mutex = new Semaphore(1);
  return {
    dialect: 'sqlite',
    execute: async (sql, params = []) => {
      const release = await mutex.acquire(STATEMENT_WAIT_MS);
      try {
        return await runWhenFree(connection, sql, STATEMENT_WAIT_MS, () => runOn(connection, sql, params));
      } finally {
        release();
      }
    },
    begin: async (limits) => {
      const release = await mutex.acquire(limits.connectionTimeoutMs);
      const gate = new TxGate('sqlite', () => isInTransaction(connection));
      const tx = await leaving(() => txOf(guardedSqliteConnection(connection, gate)), release);
      const link = new SqliteLink(tx, connection, { release, lockTimeoutMs: limits.lockTimeoutMs });
      return LinkedTransaction.begin(link, gate, 'sqlite', limits);
    },
  };
}
