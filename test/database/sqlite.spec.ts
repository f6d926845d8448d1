import { describe } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import Libsql from 'libsql';
import { sqliteDatabase } from '../../lib/database/sqlite.js';
import { describeWhere } from './support/describe-where.js';
import { sqlDatabaseContract } from './sql-database.contract.js';

await describeWhere('better-sqlite3', 'better-sqlite3', () =>
  sqlDatabaseContract(async () => {
    const connection = new BetterSqlite3(':memory:');
    return {
      database: sqliteDatabase(connection),
      poolSize: 1,
      run: async (tx, sql) => tx.prepare(sql).run(),
      endings: [(tx) => tx.close(), (tx) => tx.transaction(() => {})],
      close: async () => connection.close(),
    };
  }),
);

describe('libsql', () =>
  sqlDatabaseContract(async () => {
    const connection = new Libsql(':memory:');
    return {
      database: sqliteDatabase(connection),
      poolSize: 1,
      run: async (tx, sql) => tx.exec(sql),
      endings: [(tx) => tx.close()],
      close: async () => connection.close(),
    };
  }));
