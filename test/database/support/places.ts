import Libsql from 'libsql';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { mysqlDatabase } from '../../../lib/database/mysql.js';
import { pgDatabase } from '../../../lib/database/pg.js';
import type { SqlDatabase } from '../../../lib/database/sql-database.js';
import { sqliteDatabase } from '../../../lib/database/sqlite.js';
import { MARIADB_URL, POSTGRES_URL } from '../../support/services.js';

/** A database as one process uses it. */
export interface Place {
  database: SqlDatabase;
  /** Runs a statement on what handlers get. */
  run(tx: unknown, sql: string): Promise<unknown>;
  close(): Promise<unknown>;
}

/** One of each dialect; `open` gives a new pool on the same data where the database outlives a process. */
export const PLACES: readonly { need: 'PostgreSQL' | 'MariaDB' | 'libsql'; open: () => Place }[] = [
  {
    need: 'PostgreSQL',
    open: () => {
      const pool = new pg.Pool({ connectionString: POSTGRES_URL, max: 8 });
      return {
        database: pgDatabase(pool),
        run: (tx, sql) => (tx as pg.PoolClient).query(sql),
        close: () => pool.end(),
      };
    },
  },
  {
    need: 'MariaDB',
    open: () => {
      const pool = mysql.createPool({ uri: MARIADB_URL, connectionLimit: 8 });
      return {
        database: mysqlDatabase(pool),
        run: (tx, sql) => (tx as mysql.PoolConnection).query(sql),
        close: () => pool.end(),
      };
    },
  },
  {
    need: 'libsql',
    open: () => {
      const connection = new Libsql(':memory:');
      return {
        database: sqliteDatabase(connection),
        run: async (tx, sql) => (tx as Libsql.Database).exec(sql),
        close: async () => connection.close(),
      };
    },
  },
];
