import { describe } from '@jest/globals';
import mysql from 'mysql2/promise';
import { mysqlDatabase } from '../../lib/database/adapters/mysql.js';
import type { AdapterUnderTest } from '../../sandbox/testing/index.js';
import { MARIADB_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { passesChecks } from './support/passes-checks.js';

function mysql2({ areCompoundStatementsKnown }: { areCompoundStatementsKnown: boolean }) {
  return {
    url: MARIADB_URL,
    poolSize: 4,
    open: (url) => {
      const pool = mysql.createPool({ uri: url, connectionLimit: 4 });
      if (!areCompoundStatementsKnown) pool.on('connection', refuseCompoundStatements);
      return { database: mysqlDatabase(pool), close: () => pool.end() };
    },
    run: (tx, sql) => tx.query(sql),
    endings: [(tx) => tx.commit(), (tx) => tx.rollback(), (tx) => tx.beginTransaction(), (tx) => tx.release()],
  } satisfies AdapterUnderTest<mysql.PoolConnection>;
}

/** Has the server find a syntax error in them, as MySQL does. */
function refuseCompoundStatements(connection: mysql.PoolConnection): void {
  const [query, execute] = [connection.query.bind(connection), connection.execute.bind(connection)];
  const unknown = (sql: string) => sql.replace(/^BEGIN NOT ATOMIC/, 'BEGIN NOT KNOWN');
  Object.assign(connection, {
    query: (sql: string, ...rest: []) => query(unknown(sql), ...rest),
    execute: (sql: string, ...rest: []) => execute(unknown(sql), ...rest),
  });
}

await describeWhere('MariaDB', 'mysql2', () => {
  describe('with compound statements', () => passesChecks(mysql2({ areCompoundStatementsKnown: true })));
  describe('without compound statements, as on MySQL', () =>
    passesChecks(mysql2({ areCompoundStatementsKnown: false })));
});
