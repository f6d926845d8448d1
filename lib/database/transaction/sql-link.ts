import type { SqlExecutor, SqlResult, SqlStatement } from '../sql-database.js';

/** A connection that is out of its pool for one transaction: what an adapter makes of its library. */
export interface SqlLink<Tx = unknown> extends SqlExecutor {
  /** The library's own object, whose statements pass the gate. */
  readonly tx: Tx;
  /** Runs handlers as the library needs it around them, where `tx` is not all that they need. */
  runHandlers?<Result>(handlers: () => Promise<Result>): Promise<Result>;
  /**
   * Runs the statements that begin the transaction, one after the other; what fails keeps the others from running.
   *
   * @param first one that is to follow; where it takes no round trip of its own, it is run, too, and its result given
   */
  begin(statements: readonly string[], first?: SqlStatement): Promise<SqlResult | void>;
  /** Runs, as `begin` does, those that commit and make the connection ready to be given back. */
  commit(statements: readonly string[]): Promise<void>;
  /** As `commit`, for those that roll back. */
  rollback(statements: readonly string[]): Promise<void>;
  /** Whether the connection works and, where the library can tell, is in a transaction. */
  isAlive(): boolean;
  /**
   * Waits until what handlers have begun and not awaited has reached the gate, where the library takes steps of its own before
   * it runs a statement.
   */
  settle?(): Promise<void>;
  /** Gives the connection back. */
  release(): void;
  /** Closes the connection, whatever runs on it. */
  destroy(): void;
}
