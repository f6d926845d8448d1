import type { Tables } from '../../../lib/database/schema/schema-names.js';
import type { SqlDatabase } from '../../../lib/database/sql-database.js';

/** How much work after commits stands in the table. */
export interface AfterCommitCounts {
  pending: number;
  dead: number;
  /** When the most overdue of the pending work was due, in ms since 1970; undefined where there is none. */
  oldestDueAt: number | undefined;
}

export async function afterCommitCounts(
  database: SqlDatabase,
  { afterCommit }: Tables,
  instance = '',
): Promise<AfterCommitCounts> {
  const { rows } = await database.execute(
    `SELECT status, COUNT(*) AS number, MIN(due_at) AS due_at FROM ${afterCommit} WHERE instance = ? GROUP BY status`,
    [instance],
  );
  const pending = rows.find(({ status }) => status === 'pending');
  const dead = rows.find(({ status }) => status === 'dead');
  return {
    pending: Number(pending?.number ?? 0),
    dead: Number(dead?.number ?? 0),
    oldestDueAt: pending && Number(pending.due_at),
  };
}
