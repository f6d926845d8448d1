import { withTimeout } from '../../client/with-timeout.js';
import { ANSWER_MS } from './linked-transaction.js';
import { Semaphore } from './semaphore.js';
import type {
  SqlDatabase,
  SqlDialect,
  SqlLimits,
  SqlResult,
  SqlStatement,
  SqlTransaction,
  SqlValue,
} from '../sql-database.js';
import { NoAnswerError } from '../sql-errors.js';

/** Limits the module's open transactions; the rest of the pool is for the application. */
export class LimitedDatabase implements SqlDatabase {
  readonly dialect: SqlDialect;
  private readonly slots: Semaphore;
  private readonly answerMs: number;

  constructor(
    private readonly database: SqlDatabase,
    { maxConcurrent, connectionTimeoutMs, lockTimeoutMs }: SqlLimits & { maxConcurrent: number },
  ) {
    this.dialect = database.dialect;
    this.answerMs = connectionTimeoutMs + lockTimeoutMs + ANSWER_MS;
    this.slots = new Semaphore(maxConcurrent);
  }

  /**
   * A single statement uses a connection only briefly, so it is not limited.
   *
   * @throws NoAnswerError when it exceeds the timeouts of a connection, a lock and a response; it may then still run.
   */
  async execute(sql: string, params?: readonly SqlValue[]): Promise<SqlResult> {
    return withTimeout(this.database.execute(sql, params), this.answerMs, () => new NoAnswerError(this.answerMs));
  }

  /** @throws NoConnectionError when it is not its turn, or no connection is free, within `connectionTimeoutMs`. */
  async begin(limits: SqlLimits, first?: SqlStatement): Promise<SqlTransaction> {
    const giveUpAt = performance.now() + limits.connectionTimeoutMs;
    const release = await this.slots.acquire(limits.connectionTimeoutMs);
    try {
      const connectionTimeoutMs = Math.max(1, Math.ceil(giveUpAt - performance.now()));
      return new SlottedTransaction(await this.database.begin({ ...limits, connectionTimeoutMs }, first), release);
    } catch (error) {
      release();
      throw error;
    }
  }
}

class SlottedTransaction implements SqlTransaction {
  constructor(
    private readonly transaction: SqlTransaction,
    private readonly release: () => void,
  ) {}

  get tx(): unknown {
    return this.transaction.tx;
  }

  get first(): SqlResult | undefined {
    return this.transaction.first;
  }

  execute(...statement: Parameters<SqlTransaction['execute']>): Promise<SqlResult> {
    return this.transaction.execute(...statement);
  }

  runHandlers<Result>(handlers: () => Promise<Result>): Promise<Result> {
    return this.transaction.runHandlers === undefined ? handlers() : this.transaction.runHandlers(handlers);
  }

  async commit(): Promise<void> {
    try {
      await this.transaction.commit();
    } finally {
      this.release();
    }
  }

  async rollback(): Promise<void> {
    try {
      await this.transaction.rollback();
    } finally {
      this.release();
    }
  }
}
