import { describe } from '@jest/globals';
import mysql from 'mysql2/promise';
import { mysqlDatabase } from '../../lib/database/mysql.js';
import { MARIADB_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { sqlDatabaseContract } from './sql-database.contract.js';

function start({ areCompoundStatementsKnown }: { areCompoundStatementsKnown: boolean }) {
  const pool = mysql.createPool({ uri: MARIADB_URL, connectionLimit: 4 });
  if (!areCompoundStatementsKnown) pool.on('connection', refuseCompoundStatements);
  return {
    database: mysqlDatabase(pool),
    poolSize: 4,
    run: (tx: mysql.PoolConnection, sql: string) => tx.query(sql),
    endings: [
      (tx: mysql.PoolConnection) => tx.commit(),
      (tx: mysql.PoolConnection) => tx.rollback(),
      (tx: mysql.PoolConnection) => tx.beginTransaction(),
      (tx: mysql.PoolConnection) => tx.release(),
    ],
    close: () => pool.end(),
  };
}

/** Has the server find a syntax error in them, as MySQL does. */
function refuseCompoundStatements(connection: mysql.PoolConnection): void {
  const query = connection.query.bind(connection) as (sql: string, ...rest: unknown[]) => unknown;
  Object.assign(connection, {
    query: (sql: string, ...rest: unknown[]) => query(sql.replace(/^BEGIN NOT ATOMIC/, 'BEGIN NOT KNOWN'), ...rest),
  });
}

await describeWhere('MariaDB', 'mysql2', () => {
  describe('with compound statements', () =>
    sqlDatabaseContract(async () => start({ areCompoundStatementsKnown: true })));
  describe('without compound statements, as on MySQL', () =>
    sqlDatabaseContract(async () => start({ areCompoundStatementsKnown: false })));
});
