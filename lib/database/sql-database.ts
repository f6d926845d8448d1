/** `mysql` is MySQL and MariaDB. */
export type SqlDialect = 'postgres' | 'mysql' | 'sqlite';

/** What the module passes to a statement: no booleans and no dates, which not every driver takes. */
export type SqlValue = string | number | null;

export type SqlRow = Readonly<Record<string, unknown>>;

export interface SqlResult {
  /** The rows of a SELECT or of RETURNING; empty for any other statement. */
  rows: readonly SqlRow[];
  /** How many rows an INSERT, UPDATE or DELETE has changed. */
  affected: number;
}

/** One statement with a `?` for each parameter, as `SqlExecutor.execute` takes them. */
export interface SqlStatement {
  sql: string;
  params: readonly SqlValue[];
}

/** Runs statements. */
export interface SqlExecutor {
  /**
   * @param sql one statement with a `?` for each parameter
   * @param options.isRepeated whether it is run for nearly every outcome, so that preparing it pays
   * @throws what the library throws; `sqlFailure` tells what it means.
   */
  execute(sql: string, params?: readonly SqlValue[], options?: { isRepeated?: boolean }): Promise<SqlResult>;
}

/** What a transaction may take. */
export interface SqlLimits {
  /** How long to wait for a free connection, in ms. */
  connectionTimeoutMs: number;
  /** How long a statement may wait for a lock, in ms. */
  lockTimeoutMs: number;
}

/** A transaction on a connection of its own, at READ COMMITTED. */
export interface SqlTransaction<Tx = unknown> extends SqlExecutor {
  /**
   * What the application's handlers run their statements on: the library's own object. It refuses statements that end the
   * transaction, and every statement once the transaction has ended.
   */
  readonly tx: Tx;

  /** What the statement that `begin` was given came to, where the adapter has run it in the same round trip. */
  readonly first?: SqlResult;

  /**
   * Runs handlers as the library needs it around them, such as with the transaction in their async context; where it is left
   * out, `tx` is all that they need.
   */
  runHandlers?<Result>(handlers: () => Promise<Result>): Promise<Result>;

  /**
   * Commits, unless a statement has failed and somebody caught the error, or a handler has not awaited its statements.
   *
   * @throws BrokenTransactionError when the transaction cannot be committed for what was done in it; nothing is committed.
   * @throws CommitUnknownError when the connection broke before the database answered: it may have committed.
   * @throws what the library throws when the database has refused the commit; nothing is committed.
   */
  commit(): Promise<void>;

  /** Rolls back and gives the connection back; a connection that does not answer is closed. Never throws. */
  rollback(): Promise<void>;
}

/** The merchant's database, as an adapter gives it: all that the module needs of a library. */
export interface SqlDatabase<Tx = unknown> extends SqlExecutor {
  readonly dialect: SqlDialect;

  /**
   * @param first the first statement of the transaction: an adapter may run it together with those that begin the transaction,
   * and then gives its result as `first`; it need not
   * @throws NoConnectionError when no connection is free in time; NoAnswerError when the database does not answer; what the
   * library throws where `first` fails. Nothing is open then.
   */
  begin(limits: SqlLimits, first?: SqlStatement): Promise<SqlTransaction<Tx>>;
}
