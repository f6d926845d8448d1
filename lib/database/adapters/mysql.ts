import type { MysqlConnection } from './mysql-link.js';
import { mysqlDatabaseWith, type MysqlPool } from './mysql-pool.js';
import type { SqlDatabase } from '../sql-database.js';

export type { MysqlConnection } from './mysql-link.js';
export type { MysqlPool } from './mysql-pool.js';

/** MariaDB and MySQL with a pool of mysql2/promise; handlers get its `PoolConnection`. */
export function mysqlDatabase<Connection extends MysqlConnection>(
  pool: MysqlPool<Connection>,
): SqlDatabase<Connection> {
  return mysqlDatabaseWith(pool, (connection) => connection);
}
