import { acquire, leaving } from './acquire.js';
import { CompoundStatements } from './compound-statements.js';
import { guardedMysqlConnection, MysqlLink, mysqlResultOf, withoutTrace, type MysqlConnection } from './mysql-link.js';
import { LinkedTransaction } from '../transaction/linked-transaction.js';
import type { SqlDatabase, SqlValue } from '../sql-database.js';
import { TxGate } from '../transaction/tx-gate.js';

/** What the module needs of a pool of mysql2/promise. */
export interface MysqlPool<Connection extends MysqlConnection = MysqlConnection> {
  getConnection(): Promise<Connection>;
  execute(sql: string, params?: SqlValue[]): Promise<unknown>;
}

/**
 * MariaDB and MySQL with a pool of mysql2, for a library that is based on it: `txOf` converts a connection to what
 * handlers get.
 */
export function mysqlDatabaseWith<Connection extends MysqlConnection, Tx>(
  pool: MysqlPool<Connection>,
  txOf: (connection: Connection) => Tx | Promise<Tx>,
): SqlDatabase<Tx> {
  const compound = new CompoundStatements();
  return {
    dialect: 'mysql',
    execute: async (sql, params = []) => mysqlResultOf(await pool.execute(sql, [...params])),
    begin: async (limits, first) => {
      const connection = await acquire(
        withoutTrace(() => pool.getConnection()),
        limits.connectionTimeoutMs,
        (late) => late.release(),
      );
      const gate = new TxGate('mysql');
      const tx = await leaving(
        () => txOf(guardedMysqlConnection(connection, gate)),
        () => connection.release(),
      );
      return LinkedTransaction.begin(new MysqlLink(tx, connection, compound), gate, 'mysql', limits, first);
    },
  };
}
