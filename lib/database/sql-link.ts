import type { SqlExecutor } from './sql-database.js';

/** A connection that is out of its pool for one transaction: what an adapter makes of its library. */
export interface SqlLink<Tx = unknown> extends SqlExecutor {
  /** The library's own object, whose statements pass the gate. */
  readonly tx: Tx;
  /** Runs the statements that begin the transaction, one after the other. */
  begin(statements: readonly string[]): Promise<void>;
  /** Runs the statements that end the transaction, one after the other; what fails keeps the others from running. */
  commit(statements: readonly string[]): Promise<void>;
  rollback(): Promise<void>;
  /** Runs a statement without a transaction, before the connection is given back. */
  restore(statement: string): Promise<void>;
  /** Whether the connection works and, where the library can tell, is in a transaction. */
  isAlive(): boolean;
  /** Gives the connection back. */
  release(): void;
  /** Closes the connection, whatever runs on it. */
  destroy(): void;
}
