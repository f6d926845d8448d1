import { describe, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import Libsql from 'libsql';
import { sqliteDatabase, type SqliteConnection } from '../../lib/database/adapters/sqlite.js';
import { describeWhere } from './support/describe-where.js';
import { passesChecks } from './support/passes-checks.js';

await describeWhere('better-sqlite3', 'better-sqlite3', () =>
  passesChecks<BetterSqlite3.Database>({
    poolSize: 1,
    open: () => {
      const connection = new BetterSqlite3(':memory:');
      return { database: sqliteDatabase(connection), close: () => connection.close() };
    },
    run: async (tx, sql) => tx.prepare(sql).run(),
    endings: [(tx) => tx.close(), (tx) => tx.transaction(() => {})],
  }),
);

describe('libsql', () =>
  passesChecks<Libsql.Database>({
    poolSize: 1,
    open: () => {
      const connection = new Libsql(':memory:');
      return { database: sqliteDatabase(connection), close: () => connection.close() };
    },
    run: async (tx, sql) => tx.exec(sql),
    endings: [(tx) => tx.close()],
  }));

it('has a type whose statements take parameters, for handlers that run on any of them', () => {
  const note = (tx: SqliteConnection, no: string) => tx.prepare('INSERT INTO paid (no) VALUES (?)').run(no).changes;
  const connection = new Libsql(':memory:');
  connection.exec('CREATE TABLE paid (no TEXT)');
  expect(note(connection, 'O1')).toBe(1);
  connection.close();
});
