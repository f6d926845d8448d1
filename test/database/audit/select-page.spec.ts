import { describe, expect, it } from '@jest/globals';
import { definedOf, selectPage, timeOf, whereOf } from '../../../lib/database/audit/select-page.js';
import type { SqlDatabase, SqlRow } from '../../../lib/database/sql-database.js';

function holding(...ids: unknown[]) {
  const statements: unknown[] = [];
  const execute = async (...statement: unknown[]) => {
    statements.push(statement);
    return { rows: ids.map((id): SqlRow => ({ id })), affected: 0 };
  };
  return { statements, database: { execute } as unknown as SqlDatabase };
}

const PAGE = {
  columns: 'id, no',
  table: 't',
  where: { 'instance = ?': '', 'no = ?': undefined, 'kind = ?': 'payment' },
};

describe('a page', () => {
  it('is selected newest first, with one row more to know whether there is another page', async () => {
    const { statements, database } = holding(9, 8);
    expect(await selectPage(database, PAGE, { limit: 2, before: undefined })).toStrictEqual({
      rows: [{ id: 9 }, { id: 8 }],
    });
    expect(statements).toStrictEqual([
      ['SELECT id, no FROM t WHERE instance = ? AND kind = ? ORDER BY id DESC LIMIT 3', ['', 'payment']],
    ]);
  });

  it('leads to the next one from its last row', async () => {
    const { statements, database } = holding('9', '8', '7');
    expect(await selectPage(database, PAGE, { limit: 2, before: 10 })).toStrictEqual({
      rows: [{ id: '9' }, { id: '8' }],
      next: '8',
    });
    expect(statements).toStrictEqual([
      ['SELECT id, no FROM t WHERE instance = ? AND kind = ? AND id < ? ORDER BY id DESC LIMIT 3', ['', 'payment', 10]],
    ]);
  });

  it('leads to the next one from its last row, however many there are', async () => {
    const { database } = holding(9, 8, 7, 6);
    expect((await selectPage(database, PAGE, { limit: 3, before: undefined })).next).toBe('7');
    expect((await selectPage(database, PAGE, { limit: 1, before: undefined })).next).toBe('9');
  });

  it('may be empty', async () => {
    const { database } = holding();
    expect(await selectPage(database, PAGE, { limit: 1, before: undefined })).toStrictEqual({ rows: [] });
  });
});

it('keeps conditions of null, 0 and the empty text', () => {
  expect(whereOf({ 'a = ?': null, 'b = ?': 0, 'c = ?': '' })).toStrictEqual({
    sql: 'a = ? AND b = ? AND c = ?',
    params: [null, 0, ''],
  });
});

it('leaves out only members that are undefined', () => {
  const defined = definedOf({ a: undefined, b: 0, c: null, d: '' });
  expect(defined).toStrictEqual({ b: 0, c: null, d: '' });
});

it('reads a time that a library returns as text', () => {
  expect(timeOf('1717200000000')).toStrictEqual(new Date(1_717_200_000_000));
});
