import type { SqlResult } from '../sql-database.js';
import { sqlFailure } from '../sql-errors.js';

/** Runs statements of MySQL and MariaDB in one round trip if the server supports compound statements, as MariaDB does. */
export class CompoundStatements {
  private areKnown = true;

  /** Runs the statements in order; a failure prevents the following ones. */
  async run(statements: readonly string[], query: (sql: string) => Promise<unknown>): Promise<void> {
    if ((await this.runTogether(statements, query)) !== undefined) return;
    for (const statement of statements) await query(statement);
  }

  /**
   * The library's result for the statements in one round trip; undefined, and nothing was run, if the server does not
   * support it.
   */
  async runTogether<Result>(
    statements: readonly string[],
    query: (sql: string) => Promise<Result>,
  ): Promise<Result | undefined> {
    if (!this.areKnown) return undefined;
    try {
      return await query(`BEGIN NOT ATOMIC ${statements.join('; ')}; END`);
    } catch (error) {
      if (sqlFailure(error) !== 'syntax') throw error;
      // MySQL. It parses the whole text before it runs any of it.
      this.areKnown = false;
      return undefined;
    }
  }
}

/** The rows of a statement; for a compound one, which has a result for each query, those of the first. */
export function rowsOf(results: readonly unknown[]): SqlResult['rows'] {
  return (Array.isArray(results[0]) ? results[0] : results) as SqlResult['rows'];
}
