import type { SqlDatabase, SqlRow, SqlValue } from '../sql-database.js';
import type { Paging } from './list-options.js';

/** Conditions of a statement by their text; those without a value do not apply. */
type Conditions = Readonly<Record<string, SqlValue | undefined>>;

/** The text behind WHERE, and its parameters. */
export function whereOf(conditions: Conditions): { sql: string; params: SqlValue[] } {
  const given = Object.entries(conditions).filter(([, value]) => value !== undefined);
  return { sql: given.map(([text]) => text).join(' AND '), params: given.map(([, value]) => value!) };
}

/**
 * One page of a table, the newest rows first: by their ids, so that a page costs no more the farther back it is.
 *
 * @returns its rows, and what to give as `after` for the next one, where there is one
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

/** Those of the members that are not undefined. */
export function definedOf<Values extends object>(
  values: Values,
): { [Name in keyof Values]?: Exclude<Values[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
