import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import Libsql from 'libsql';
import { sqliteDatabase } from '../../../lib/database/adapters/sqlite.js';
import { ensureSchema, migrationSql, migrationStatements } from '../../../lib/database/schema/ensure-schema.js';
import { migrations } from '../../../lib/database/schema/migrations.js';
import { tablesOf } from '../../../lib/database/schema/schema-names.js';
import type { SqlDatabase, SqlDialect, SqlValue } from '../../../lib/database/sql-database.js';

const NOW = Date.UTC(2024, 5, 1);
const DIALECTS: SqlDialect[] = ['postgres', 'mysql', 'sqlite'];

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install({ now: NOW, toFake: ['Date'] });
});
afterEach(() => clock.uninstall());

/** A database that has reached a version and records its statements. */
function recorded(
  dialect: SqlDialect,
  { reached, failAt, locked = 1 }: { reached?: number; failAt?: RegExp; locked?: SqlValue } = {},
) {
  const steps: unknown[] = [];
  const step = (name: string) => async () => void steps.push(name);
  const execute = async (sql: string, params?: unknown) => {
    steps.push(params === undefined ? sql : [sql, params]);
    if (failAt?.test(sql)) throw new Error('no');
    if (/ AS locked\b/.test(sql)) return { rows: [{ locked }], affected: 0 };
    return { rows: sql.startsWith('SELECT MAX') ? [{ version: reached ?? null }] : [], affected: 0 };
  };
  const begin = async (limits: unknown) => {
    steps.push(limits);
    return { execute, commit: step('commit'), rollback: step('rollback') };
  };
  return { steps, database: { dialect, begin } as unknown as SqlDatabase };
}

const LIMITS = { connectionTimeoutMs: 15_000, lockTimeoutMs: 60_000 };
const READ = 'SELECT MAX(version) AS version FROM pass2pay_migration';
const DONE = ['INSERT INTO pass2pay_migration (version, applied_at) VALUES (?, ?)', [1, NOW]];
const statementsOf = (dialect: SqlDialect) => [...migrations(dialect, tablesOf())[0]!.statements];

describe('the tables', () => {
  it('are created in one transaction on PostgreSQL, by one process at a time', async () => {
    const { steps, database } = recorded('postgres');
    await ensureSchema(database);
    const statements = statementsOf('postgres');
    expect(steps).toStrictEqual([
      LIMITS,
      "SELECT 1 AS locked FROM pg_advisory_xact_lock(hashtext('pass2pay migration'))",
      statements[0],
      READ,
      ...statements,
      DONE,
      'commit',
      'rollback',
    ]);
  });

  it('are created by one process at a time on MySQL, which commits each of them', async () => {
    const { steps, database } = recorded('mysql');
    await ensureSchema(database);
    const statements = statementsOf('mysql');
    expect(steps).toStrictEqual([
      LIMITS,
      "SELECT GET_LOCK('pass2pay migration', 60) AS locked",
      statements[0],
      READ,
      ...statements,
      DONE,
      'COMMIT',
      "DO RELEASE_LOCK('pass2pay migration')",
      'rollback',
    ]);
  });

  it.each([0, null])('are not created on MySQL without the lock: %j', async (locked) => {
    const { steps, database } = recorded('mysql', { locked });
    await expect(ensureSchema(database)).rejects.toThrow(
      'The tables were not created: another process has been doing so for 60 s. Try again when it has ended.',
    );
    expect(steps).toStrictEqual([
      LIMITS,
      "SELECT GET_LOCK('pass2pay migration', 60) AS locked",
      "DO RELEASE_LOCK('pass2pay migration')",
      'rollback',
    ]);
  });

  it('are created in one transaction on SQLite, which locks them itself', async () => {
    const { steps, database } = recorded('sqlite');
    await ensureSchema(database);
    const statements = statementsOf('sqlite');
    expect(steps).toStrictEqual([LIMITS, statements[0], READ, ...statements, DONE, 'commit', 'rollback']);
  });

  it('that exist in this version are left alone', async () => {
    const { steps, database } = recorded('sqlite', { reached: 1 });
    await ensureSchema(database);
    expect(steps).toStrictEqual([LIMITS, statementsOf('sqlite')[0], READ, 'commit', 'rollback']);
  });

  it.each(DIALECTS)('are not committed on %s if one cannot be created', async (dialect) => {
    const { steps, database } = recorded(dialect, { failAt: /pass2pay_outcome \(/ });
    await expect(ensureSchema(database)).rejects.toThrow('no');
    expect(steps).not.toContain('commit');
    expect(steps).not.toContain('COMMIT');
    expect(steps.at(-1)).toBe('rollback');
    expect(steps.includes("DO RELEASE_LOCK('pass2pay migration')")).toBe(dialect === 'mysql');
  });

  it('are not committed on MySQL if the connection is lost, which gives it back all the same', async () => {
    const { steps, database } = recorded('mysql', { failAt: /pass2pay_outcome \(|RELEASE_LOCK/ });
    await expect(ensureSchema(database)).rejects.toThrow('no');
    expect(steps.at(-1)).toBe('rollback');
  });

  it('can be created again, with other names too', async () => {
    const connection = new Libsql(':memory:');
    const database = sqliteDatabase(connection);
    for (let count = 0; count < 2; count++) await ensureSchema(database);
    await ensureSchema(database, { prefix: 'shop_' });
    expect(connection.inTransaction).toBe(false);
    for (const prefix of ['pass2pay_', 'shop_']) {
      const { rows } = await database.execute(`SELECT version, applied_at FROM ${prefix}migration`);
      expect(Array.from(rows, (row) => ({ ...row }))).toStrictEqual([{ version: 1, applied_at: NOW }]);
    }
    connection.close();
  });
});

describe('the SQL of a migration', () => {
  it.each([
    ['postgres', 'EXTRACT(EPOCH FROM now()) * 1000'],
    ['mysql', 'UNIX_TIMESTAMP() * 1000'],
    ['sqlite', 'unixepoch() * 1000'],
  ] as const)('on %s ends with its version', (dialect, now) => {
    expect(migrationStatements(dialect, { prefix: 'shop_' })).toStrictEqual([
      ...migrations(dialect, tablesOf({ prefix: 'shop_' }))[0]!.statements,
      `INSERT INTO shop_migration (version, applied_at) VALUES (1, ${now})`,
    ]);
    expect(migrationStatements(dialect).at(-1)).toContain('pass2pay_migration');
  });

  it('is one text', () => {
    expect(migrationSql('postgres', { prefix: 'shop_' })).toBe(
      `${migrationStatements('postgres', { prefix: 'shop_' }).join(';\n\n')};\n`,
    );
  });

  it('makes what ensureSchema makes', async () => {
    const [applied, ensured] = [new Libsql(':memory:'), new Libsql(':memory:')];
    applied.exec(migrationSql('sqlite'));
    await ensureSchema(sqliteDatabase(ensured));
    const schemaOf = (connection: Libsql.Database) =>
      connection.prepare('SELECT name, sql FROM sqlite_master ORDER BY name').all();
    expect(schemaOf(applied)).toStrictEqual(schemaOf(ensured));
    applied.close();
    ensured.close();
  });
});
