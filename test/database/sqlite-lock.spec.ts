// A file of SQLite whose lock for writing another connection has, as another process may.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import Libsql from 'libsql';
import { DataSource } from 'typeorm';
import type { SqlDatabase } from '../../lib/database/sql-database.js';
import { sqlFailure } from '../../lib/database/sql-errors.js';
import { sqliteDatabase, type SqliteConnection } from '../../lib/database/adapters/sqlite.js';
import { typeOrmDatabase } from '../../lib/database/adapters/typeorm.js';
import { describeWhere } from './support/describe-where.js';

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

interface Library {
  need: 'better-sqlite3' | 'libsql';
  /** What waits for no lock by itself. */
  Connection: new (file: string, options: { timeout: number }) => SqliteConnection & { close(): unknown };
}

const LIBRARIES: readonly Library[] = [
  { need: 'better-sqlite3', Connection: BetterSqlite3 },
  { need: 'libsql', Connection: Libsql },
];

const ADAPTERS: Readonly<
  Record<string, (library: Library, file: string) => Promise<{ database: SqlDatabase; close: () => unknown }>>
> = {
  'its own adapter': async ({ Connection }, file) => {
    const connection = new Connection(file, { timeout: 0 });
    return { database: sqliteDatabase(connection), close: () => connection.close() };
  },
  TypeORM: async ({ Connection }, database) => {
    const dataSource = new DataSource({ type: 'better-sqlite3', driver: Connection, database, timeout: 0 });
    await dataSource.initialize();
    return { database: typeOrmDatabase(dataSource), close: () => dataSource.destroy() };
  },
};

for (const library of LIBRARIES) {
  for (const [adapter, open] of Object.entries(ADAPTERS)) {
    await describeWhere(library.need, `a locked file, by ${adapter} and ${library.need}`, () => {
      let folder: string;
      let database: SqlDatabase;
      let close: () => unknown;
      let other: SqliteConnection & { close(): unknown };

      beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), 'pass2pay-lock-'));
        const file = join(folder, 'shop.db');
        ({ database, close } = await open(library, file));
        await database.execute('CREATE TABLE sale (what VARCHAR(20))');
        other = new library.Connection(file, { timeout: 0 });
        other.exec('BEGIN IMMEDIATE');
      });

      afterEach(async () => {
        other.close();
        await close();
        rmSync(folder, { recursive: true, force: true });
      });

      const sold = async () => {
        const { rows } = await database.execute('SELECT what FROM sale ORDER BY what');
        return Array.from(rows, ({ what }) => what);
      };

      const sellInTransaction = async () => {
        const transaction = await database.begin(LIMITS);
        await transaction.execute("INSERT INTO sale VALUES ('by a transaction')");
        await transaction.commit();
      };

      it('is written by a statement and by a transaction as soon as it is free', async () => {
        const statement = database.execute("INSERT INTO sale VALUES ('by a statement')");
        await nextTurn();
        other.exec('COMMIT');
        await statement;
        await sellInTransaction();
        expect(await sold()).toEqual(['by a statement', 'by a transaction']);
      });

      it('is waited for no longer than a transaction may, and written later', async () => {
        const begun: unknown = await database.begin({ ...LIMITS, lockTimeoutMs: 1 }).catch((error: unknown) => error);
        expect(sqlFailure(begun)).toBe('lock-timeout');
        other.exec('COMMIT');
        await sellInTransaction();
        expect(await sold()).toEqual(['by a transaction']);
      });

      it('keeps nothing of a statement that fails', async () => {
        other.exec('COMMIT');
        // Not by toThrow: better-sqlite3 keeps the Error of the test file that has loaded it first in this process.
        const failure = { message: expect.stringContaining('no such table') };
        await expect(database.execute('INSERT INTO nowhere VALUES (1)')).rejects.toMatchObject(failure);
        await database.execute("INSERT INTO sale VALUES ('by a statement')");
        expect(await sold()).toEqual(['by a statement']);
      });
    });
  }
}
