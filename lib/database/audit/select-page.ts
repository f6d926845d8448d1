import type { SqlDatabase, SqlRow, SqlValue } from '../sql-database.js';
import type { Paging } from './list-options.js';

/** SQL conditions with their values; conditions without a value are skipped. */
type Conditions = Readonly<Record<string, SqlValue | undefined>>;

/** The text after WHERE, and its parameters. */
export function whereOf(conditions: Conditions): { sql: string; params: SqlValue[] } {
  const given = Object.entries(conditions).filter(([, value]) => value !== undefined);
  return { sql: given.map(([text]) => text).join(' AND '), params: given.map(([, value]) => value!) };
}

/**
 * One page of a table, newest rows first, by id, so that later pages do not cost more.
 *
 * @returns its rows, and the value of `after` for the next page, if there is one
 */
export async function selectPage(
  database: SqlDatabase,
  { columns, table, where }: { columns: string; table: string; where: Conditions },
  { limit, before }: Paging,
): Promise<{ rows: readonly SqlRow[]; next?: string }> {
  const { sql, params } = whereOf({ ...where, 'id < ?': before });
  const found = await database.execute(
    `SELECT ${columns} FROM ${table} WHERE ${sql} ORDER BY id DESC LIMIT ${Math.trunc(limit) + 1}`,
    params,
  );
  const rows = found.rows.slice(0, limit);
  return { rows, ...(found.rows.length > limit && { next: String(Number(rows.at(-1)!.id)) }) };
}

export function timeOf(value: unknown): Date {
  return new Date(Number(value));
}

/** The members that are not undefined. */
export function definedOf<Values extends object>(
  values: Values,
): { [Name in keyof Values]?: Exclude<Values[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
