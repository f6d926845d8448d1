import type {
  SqlDatabase,
  SqlDialect,
  SqlResult,
  SqlRow,
  SqlTransaction,
  SqlValue,
} from '../../../lib/database/sql-database.js';

interface Executed {
  sql: string;
  params: readonly SqlValue[];
  options: { isRepeated?: boolean } | undefined;
}

/** A transaction that records its statements and returns given rows: for the SQL of servers that a test does not start. */
export class ScriptedTransaction implements SqlTransaction {
  readonly tx = {};
  readonly executed: Executed[] = [];
  first?: SqlResult;

  /** @param answers the rows, or the error, of the statements that match; others return no rows */
  constructor(private readonly answers: readonly [RegExp, readonly SqlRow[] | Error][] = []) {}

  get sql(): string[] {
    return this.executed.map(({ sql }) => sql);
  }

  async execute(sql: string, params: readonly SqlValue[] = [], options?: { isRepeated?: boolean }): Promise<SqlResult> {
    this.executed.push({ sql, params, options });
    const answer = this.answers.find(([pattern]) => pattern.test(sql))?.[1] ?? [];
    if (answer instanceof Error) throw answer;
    return { rows: answer, affected: answer.length };
  }

  async commit(): Promise<void> {}

  async rollback(): Promise<void> {}
}

/** A database of this dialect whose statements a transaction records. */
export function scriptedDatabase(dialect: SqlDialect, transaction: ScriptedTransaction): SqlDatabase {
  return { dialect, execute: (sql, params) => transaction.execute(sql, params), begin: async () => transaction };
}
