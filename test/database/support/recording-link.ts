import type { SqlResult, SqlStatement, SqlValue } from '../../../lib/database/sql-database.js';
import type { SqlLink } from '../../../lib/database/transaction/sql-link.js';

type Step = 'begin' | 'execute' | 'commit' | 'rollback';

/** A checked-out connection that records what the module does with it, and fails or hangs where a test says so. */
export class RecordingLink implements SqlLink<string> {
  readonly tx = 'the transaction of the library';
  readonly calls: string[] = [];
  first: SqlResult | undefined;
  isWorking = true;
  settle?: () => Promise<void>;
  runHandlers?: <Result>(handlers: () => Promise<Result>) => Promise<Result>;
  private readonly failures = new Map<Step, Error>();
  private readonly hanging = new Set<Step>();

  fail(step: Step, error: Error): void {
    this.failures.set(step, error);
  }

  hang(step: Step): void {
    this.hanging.add(step);
  }

  async begin(statements: readonly string[], first?: SqlStatement): Promise<SqlResult | void> {
    await this.do('begin', [...statements, ...(first ? [first.sql, ...first.params] : [])].join('; '));
    return this.first;
  }

  async execute(sql: string, params: readonly SqlValue[] = [], options = {}): Promise<SqlResult> {
    await this.do('execute', [sql, ...params, JSON.stringify(options)].join(' '));
    return { rows: [{ n: 1 }], affected: 1 };
  }

  async commit(statements: readonly string[]): Promise<void> {
    await this.do('commit', statements.join('; '));
  }

  async rollback(statements: readonly string[]): Promise<void> {
    await this.do('rollback', statements.join('; '));
  }

  isAlive(): boolean {
    return this.isWorking;
  }

  release(): void {
    this.calls.push('release');
  }

  destroy(): void {
    this.calls.push('destroy');
  }

  private async do(step: Step, text: string): Promise<void> {
    this.calls.push(`${step}: ${text}`);
    if (this.hanging.has(step)) await new Promise(() => {});
    const error = this.failures.get(step);
    if (error !== undefined) throw error;
  }
}
