import { describe, expect, it } from '@jest/globals';
import Libsql from 'libsql';
import { sqliteDatabase } from '../../../lib/database/adapters/sqlite.js';
import { ensureSchema } from '../../../lib/database/schema/ensure-schema.js';
import { checkSchema, schemaVersion } from '../../../lib/database/schema/schema-version.js';
import { tablesOf } from '../../../lib/database/schema/schema-names.js';
import type { SqlDatabase, SqlDialect } from '../../../lib/database/sql-database.js';
import { Pass2PayConfigError } from '../../../lib/errors/pass2pay.errors.js';

/** A database in which this version was applied last. */
function reporting(version: unknown, dialect: SqlDialect = 'postgres') {
  const statements: string[] = [];
  const execute = async (sql: string) => {
    statements.push(sql);
    if (version instanceof Error) throw version;
    return { rows: version === 'no row' ? [] : [{ version }], affected: 0 };
  };
  return { statements, database: { dialect, execute } as unknown as SqlDatabase };
}

async function issuesOf(database: SqlDatabase) {
  const error: unknown = await checkSchema(database).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Pass2PayConfigError);
  return (error as Pass2PayConfigError).issues;
}

const remedy = (dialect: string) =>
  `apply what "npx nestjs-pass2pay migration ${dialect}" prints, or call ensureSchema(database) in development`;

describe('the schema version', () => {
  it.each([
    [1, 1],
    ['1', 1],
    [null, undefined],
    [undefined, undefined],
    ['no row', undefined],
  ])('%j of the library is read as %j', async (version, read) => {
    const { database, statements } = reporting(version);
    expect(await schemaVersion(database, tablesOf({ prefix: 'shop_' }))).toBe(read);
    expect(statements).toStrictEqual(['SELECT MAX(version) AS version FROM shop_migration']);
  });

  it.each([1, 2])(
    '%d is supported, because during a rolling update the tables may be one version ahead',
    async (version) => {
      await expect(checkSchema(reporting(version).database)).resolves.toBeUndefined();
    },
  );

  it('0 is too old', async () => {
    expect(await issuesOf(reporting(0).database)).toStrictEqual([
      {
        field: 'database',
        message: `database has schema version 0, but this release requires 1; ${remedy('postgres')}`,
      },
    ]);
  });

  it('3 is too new', async () => {
    expect(await issuesOf(reporting(3).database)).toStrictEqual([
      {
        field: 'database',
        message: 'database has schema version 3, but this release supports up to 1; install a newer release',
      },
    ]);
  });

  it.each([
    ['no version was applied', null],
    ['the tables are missing', Object.assign(new Error('relation does not exist'), { code: '42P01' })],
  ])('tells what to do when %s', async (_, version) => {
    expect(await issuesOf(reporting(version, 'mysql').database)).toStrictEqual([
      { field: 'database', message: `database does not contain the module's tables; ${remedy('mysql')}` },
    ]);
  });

  it('cannot be checked when the database cannot be reached', async () => {
    const away = new Error('connect ECONNREFUSED');
    await expect(checkSchema(reporting(away).database)).rejects.toBe(away);
  });

  it('is that of the given tables', async () => {
    const connection = new Libsql(':memory:');
    const database = sqliteDatabase(connection);
    await ensureSchema(database, { prefix: 'shop_' });
    await expect(checkSchema(database, { prefix: 'shop_' })).resolves.toBeUndefined();
    await expect(checkSchema(database)).rejects.toThrow(Pass2PayConfigError);
    connection.close();
  });
});
