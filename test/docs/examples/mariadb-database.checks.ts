import { createPool, type PoolConnection } from 'mariadb';
import { databaseChecks } from 'pass2pay-sandbox/testing';
import { mariadbDatabase } from './mariadb-database.js';

export const checks = databaseChecks<PoolConnection>({
  url: process.env.TEST_MARIADB_URL ?? 'mysql://root@127.0.0.1:3306/test',
  open: (url) => {
    const pool = createPool(url!.replace('mysql:', 'mariadb:'));
    return { database: mariadbDatabase(pool), close: () => pool.end() };
  },
  poolSize: 10,
  run: (tx, sql) => tx.query(sql),
  endings: [(tx) => tx.commit(), (tx) => tx.rollback(), (tx) => tx.release(), (tx) => tx.end()],
});
