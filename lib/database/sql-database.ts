/** `mysql` is MySQL and MariaDB. */
export type SqlDialect = 'postgres' | 'mysql' | 'sqlite';

/** Statement parameters: no booleans and dates, which not every driver supports. */
export type SqlValue = string | number | null;

export type SqlRow = Readonly<Record<string, unknown>>;

export interface SqlResult {
  /** The rows of a SELECT or RETURNING; empty for any other statement. */
  rows: readonly SqlRow[];
  /** The number of rows changed by an INSERT, UPDATE or DELETE. */
  affected: number;
}

/** One statement with a `?` for each parameter, as for `SqlExecutor.execute`. */
export interface SqlStatement {
  sql: string;
  params: readonly SqlValue[];
}

/** Runs statements. */
export interface SqlExecutor {
  /**
   * @param sql one statement with a `?` for each parameter
   * @param options.isRepeated whether it runs for nearly every outcome, so that preparing it pays off
   * @throws what the library throws; `sqlFailure` interprets it.
   */
  execute(sql: string, params?: readonly SqlValue[], options?: { isRepeated?: boolean }): Promise<SqlResult>;
}

/** The timeouts of a transaction. */
export interface SqlLimits {
  /** How long to wait for a free connection, in ms. */
  connectionTimeoutMs: number;
  /** How long a statement may wait for a lock, in ms. */
  lockTimeoutMs: number;
}

/** A READ COMMITTED transaction on a separate connection. */
export interface SqlTransaction<Tx = unknown> extends SqlExecutor {
  /**
   * The library's object with which handlers run their statements. It refuses statements that end the transaction, and
   * any statement after its end.
   */
  readonly tx: Tx;

  /** The result of the statement passed to `begin`, if the adapter ran it in the same round trip. */
  readonly first?: SqlResult;

  /**
   * Runs handlers in the context that the library needs, such as its async context; may be left out if handlers need
   * only `tx`.
   */
  runHandlers?<Result>(handlers: () => Promise<Result>): Promise<Result>;

  /**
   * Commits, unless the error of a failed statement was caught, or a handler has not awaited its statements.
   *
   * @throws BrokenTransactionError when the transaction is unsafe to commit; nothing is committed.
   * @throws CommitUnknownError when the connection was lost before the database responded: it may have committed.
   * @throws what the library throws when the database has refused the commit; nothing is committed.
   */
  commit(): Promise<void>;

  /** Rolls back and releases the connection; closes it if it does not respond. Never throws. */
  rollback(): Promise<void>;
}

/** The merchant's database, implemented by an adapter for each library. */
export interface SqlDatabase<Tx = unknown> extends SqlExecutor {
  readonly dialect: SqlDialect;

  /**
   * @param first the first statement of the transaction; an adapter may run it in the same round trip and then returns
   * its result as `first`
   * @throws NoConnectionError when no connection is free in time; NoAnswerError when the database does not respond;
   * what the library throws when `first` fails. No transaction is open then.
   */
  begin(limits: SqlLimits, first?: SqlStatement): Promise<SqlTransaction<Tx>>;
}
