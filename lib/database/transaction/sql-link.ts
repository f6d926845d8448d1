import type { SqlExecutor, SqlResult, SqlStatement } from '../sql-database.js';

/** A checked-out connection for one transaction, implemented by each adapter. */
export interface SqlLink<Tx = unknown> extends SqlExecutor {
  /** The library's object, whose statements pass the gate. */
  readonly tx: Tx;
  /** Runs handlers in the context that the library needs, if `tx` is not enough. */
  runHandlers?<Result>(handlers: () => Promise<Result>): Promise<Result>;
  /**
   * Runs the statements that begin the transaction, in order; a failure prevents the following ones.
   *
   * @param first the following statement; if it needs no extra round trip, it is run too, and its result returned
   */
  begin(statements: readonly string[], first?: SqlStatement): Promise<SqlResult | void>;
  /** Runs the statements that commit and prepare the connection for its release, like `begin`. */
  commit(statements: readonly string[]): Promise<void>;
  /** Same as `commit`, for the rollback. */
  rollback(statements: readonly string[]): Promise<void>;
  /** Whether the connection works and, if the library reports it, is in a transaction. */
  isAlive(): boolean;
  /**
   * Waits until un-awaited statements of handlers have reached the gate, if the library runs its own steps before a
   * statement.
   */
  settle?(): Promise<void>;
  /** Releases the connection. */
  release(): void;
  /** Closes the connection, even if a statement is running. */
  destroy(): void;
}
