import type {
  SqlDatabase,
  SqlLimits,
  SqlResult,
  SqlTransaction,
  SqlValue,
} from '../../../lib/database/sql-database.js';

/** `commit`: before the database commits; `committed`: after it, when its response is lost; or a statement. */
type Moment = 'begin' | 'commit' | 'committed' | RegExp;

/** Records how the transactions of a database begin and end, and fails where a test says so. */
export class WatchedDatabase implements SqlDatabase {
  /** `begin`, `commit` and `rollback`, as they were called. */
  readonly steps: string[] = [];
  /** The limits of each transaction. */
  readonly limits: SqlLimits[] = [];
  private readonly failures: { at: Moment; error: Error; left: number; skip: number }[] = [];

  constructor(private readonly database: SqlDatabase) {}

  get dialect() {
    return this.database.dialect;
  }

  /**
   * @param skip how often it succeeds before
   * @param times how often it fails
   */
  fail(at: Moment, error: Error, { skip = 0, times = 1 } = {}): void {
    this.failures.push({ at, error, left: times, skip });
  }

  async execute(sql: string, params?: readonly SqlValue[]): Promise<SqlResult> {
    this.meet(sql);
    return this.database.execute(sql, params);
  }

  async begin(limits: SqlLimits): Promise<SqlTransaction> {
    this.steps.push('begin');
    this.limits.push(limits);
    this.meet('begin');
    const transaction = await this.database.begin(limits);
    return {
      tx: transaction.tx,
      execute: async (sql, params) => {
        this.meet(sql);
        return transaction.execute(sql, params);
      },
      commit: () => this.commit(transaction),
      rollback: async () => {
        this.steps.push('rollback');
        await transaction.rollback();
      },
    };
  }

  private async commit(transaction: SqlTransaction): Promise<void> {
    this.steps.push('commit');
    try {
      this.meet('commit');
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
    await transaction.commit();
    this.meet('committed');
  }

  private meet(moment: string): void {
    for (const failure of this.failures) {
      const { at } = failure;
      if (failure.left === 0 || !(typeof at === 'string' ? at === moment : at.test(moment))) continue;
      if (failure.skip > 0) {
        failure.skip--;
        continue;
      }
      failure.left--;
      throw failure.error;
    }
  }
}
