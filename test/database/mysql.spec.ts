import mysql from 'mysql2/promise';
import { mysqlDatabase } from '../../lib/database/mysql.js';
import { MARIADB_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { sqlDatabaseContract } from './sql-database.contract.js';

await describeWhere('MariaDB', 'mysql2', () =>
  sqlDatabaseContract(async () => {
    const pool = mysql.createPool({ uri: MARIADB_URL, connectionLimit: 4 });
    return {
      database: mysqlDatabase(pool),
      poolSize: 4,
      run: (tx, sql) => tx.query(sql),
      endings: [(tx) => tx.commit(), (tx) => tx.rollback(), (tx) => tx.beginTransaction(), (tx) => tx.release()],
      close: () => pool.end(),
    };
  }),
);
