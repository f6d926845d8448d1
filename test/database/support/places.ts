import Libsql from 'libsql';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { mysqlDatabase } from '../../../lib/database/adapters/mysql.js';
import { pgDatabase } from '../../../lib/database/adapters/pg.js';
import type { SqlDatabase } from '../../../lib/database/sql-database.js';
import { sqliteDatabase } from '../../../lib/database/adapters/sqlite.js';
import { MARIADB_URL, POSTGRES_URL } from '../../support/services.js';

/** A database as one process uses it. */
export interface Place {
  database: SqlDatabase;
  /** Runs a statement on what handlers get. */
  run(tx: unknown, sql: string): Promise<unknown>;
  close(): Promise<unknown>;
}

interface DatabaseServer {
  need: 'PostgreSQL' | 'MariaDB' | 'libsql';
  /** The server's address; undefined for a database in this process. */
  url?: string;
  /** @param url another address of the server; with SQLite, a file */
  open: (url?: string) => Place;
}

/** One of each dialect; `open` gives a new pool on the same data where the database outlives a process. */
export const PLACES: readonly DatabaseServer[] = [
  {
    need: 'PostgreSQL',
    url: POSTGRES_URL,
    open: (url = POSTGRES_URL) => {
      const pool = new pg.Pool({ connectionString: url, max: 8 });
      pool.on('error', () => {});
      return {
        database: pgDatabase(pool),
        run: (tx, sql) => (tx as pg.PoolClient).query(sql),
        close: () => pool.end(),
      };
    },
  },
  {
    need: 'MariaDB',
    url: MARIADB_URL,
    open: (url = MARIADB_URL) => {
      const pool = mysql.createPool({ uri: url, connectionLimit: 8 });
      return {
        database: mysqlDatabase(pool),
        run: (tx, sql) => (tx as mysql.PoolConnection).query(sql),
        close: () => pool.end(),
      };
    },
  },
  {
    need: 'libsql',
    open: (file = ':memory:') => {
      const connection = new Libsql(file);
      return {
        database: sqliteDatabase(connection),
        run: async (tx, sql) => (tx as Libsql.Database).exec(sql),
        close: async () => connection.close(),
      };
    },
  },
];
