import { endWithin, withTimeout } from '../../client/with-timeout.js';
import { TRANSACTION } from './dialect-statements.js';
import type { SqlDialect, SqlLimits, SqlResult, SqlStatement, SqlTransaction } from '../sql-database.js';
import {
  BrokenTransactionError,
  CommitUnknownError,
  isRefusal,
  NoAnswerError,
  sqlFailure,
  type SqlFailure,
} from '../sql-errors.js';
import type { SqlLink } from './sql-link.js';
import type { TxGate } from './tx-gate.js';

/** Timeout of a rollback before its connection is closed, in ms. */
const ROLLBACK_MS = 2_000;

/** Timeout of a statement of the module in addition to its lock timeout, in ms, for lost packets. */
export const ANSWER_MS = 2_000;

/** What a handler did, by the failure of the end of its transaction. */
const WHY_BROKEN: Partial<Record<SqlFailure, string>> = {
  aborted:
    'Nothing was committed: a statement of a handler failed, and the handler caught the error and continued. Rethrow the error, or run the statement in a savepoint.',
  'no-savepoint':
    'The transaction had ended before its commit: a handler caught an error that rolled it back, or ran a statement that ends it. Rethrow such errors, and run no such statement: what was written before it may be committed.',
};

/** A transaction of the module on a connection of any library. */
export class LinkedTransaction<Tx> implements SqlTransaction<Tx> {
  first: SqlResult | undefined;
  private hasEnded = false;
  private isAnswering = true;

  /** @throws NoAnswerError, and what the library throws; the connection is then released or closed. */
  static async begin<Tx>(
    link: SqlLink<Tx>,
    gate: TxGate,
    dialect: SqlDialect,
    limits: SqlLimits,
    first?: SqlStatement,
  ): Promise<SqlTransaction<Tx>> {
    const transaction = new LinkedTransaction(link, gate, dialect, limits.lockTimeoutMs + ANSWER_MS);
    try {
      const result = await transaction.answered(link.begin(TRANSACTION[dialect].begin(limits), first));
      transaction.first = result ?? undefined;
    } catch (error) {
      // The transaction that is open on SQLite's connection belongs to the application.
      if (sqlFailure(error) === 'open-transaction') transaction.giveBack();
      else await transaction.rollback();
      throw error;
    }
    return transaction;
  }

  private constructor(
    private readonly link: SqlLink<Tx>,
    private readonly gate: TxGate,
    private readonly dialect: SqlDialect,
    private readonly answerMs: number,
  ) {}

  get tx(): Tx {
    return this.link.tx;
  }

  execute(...statement: Parameters<SqlTransaction['execute']>): Promise<SqlResult> {
    return this.answered(this.link.execute(...statement));
  }

  runHandlers<Result>(handlers: () => Promise<Result>): Promise<Result> {
    return this.link.runHandlers === undefined ? handlers() : this.link.runHandlers(handlers);
  }

  async commit(): Promise<void> {
    await this.link.settle?.();
    const offence = this.gate.close();
    if (offence !== undefined) {
      await this.rollback();
      throw new BrokenTransactionError(`Nothing was committed: ${offence}.`);
    }
    try {
      await this.answered(this.link.commit(TRANSACTION[this.dialect].commit));
    } catch (error) {
      await this.rollback();
      throw this.whyNotCommitted(error);
    }
    this.giveBack();
  }

  async rollback(): Promise<void> {
    this.gate.close();
    if (this.hasEnded) return;
    const isUndone =
      this.isAnswering &&
      (await endWithin(this.link.rollback(TRANSACTION[this.dialect].rollback), ROLLBACK_MS)) === 'fulfilled';
    if (isUndone) this.giveBack();
    else this.end(() => this.link.destroy());
  }

  /** @throws NoAnswerError when the database does not respond in time; the connection is then unusable. */
  private answered<Result>(statement: Promise<Result>): Promise<Result> {
    // SQLite runs in this process.
    if (this.dialect === 'sqlite') return statement;
    return withTimeout(statement, this.answerMs, () => {
      this.isAnswering = false;
      return new NoAnswerError(this.answerMs);
    });
  }

  private whyNotCommitted(error: unknown): unknown {
    if (error instanceof BrokenTransactionError) return error;
    const why = WHY_BROKEN[sqlFailure(error)];
    if (why !== undefined) return new BrokenTransactionError(why, { cause: error });
    return isRefusal(error) ? error : new CommitUnknownError(error);
  }

  private giveBack(): void {
    this.end(() => (this.link.isAlive() ? this.link.release() : this.link.destroy()));
  }

  private end(leave: () => void): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    leave();
  }
}
