import type { SqlResult } from '../sql-database.js';
import { sqlFailure } from '../sql-errors.js';

/** Runs statements of MySQL and MariaDB in one round trip where the server has compound statements, as MariaDB has. */
export class CompoundStatements {
  private areKnown = true;

  /** Runs the statements one after the other; what fails keeps the others from running. */
  async run(statements: readonly string[], query: (sql: string) => Promise<unknown>): Promise<void> {
    if ((await this.runTogether(statements, query)) !== undefined) return;
    for (const statement of statements) await query(statement);
  }

  /** What the library gives for the statements in one round trip; undefined, and none has run, where the server has no such. */
  async runTogether<Result>(
    statements: readonly string[],
    query: (sql: string) => Promise<Result>,
  ): Promise<Result | undefined> {
    if (!this.areKnown) return undefined;
    try {
      return await query(`BEGIN NOT ATOMIC ${statements.join('; ')}; END`);
    } catch (error) {
      if (sqlFailure(error) !== 'syntax') throw error;
      // MySQL. It reads a whole text before it runs any of it.
      this.areKnown = false;
      return undefined;
    }
  }
}

/** The rows of a statement; of a compound one, which has a result for each query in it, those of the first. */
export function rowsOf(results: readonly unknown[]): SqlResult['rows'] {
  return (Array.isArray(results[0]) ? results[0] : results) as SqlResult['rows'];
}
