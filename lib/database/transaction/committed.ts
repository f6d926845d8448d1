import { isInHandlerScope } from './handler-scope.js';
import { inTransaction } from './in-transaction.js';
import type { SqlDatabase, SqlExecutor, SqlLimits } from '../sql-database.js';
import { NoConnectionError, OpenTransactionError, sqlFailure } from '../sql-errors.js';

/**
 * Runs one statement that is committed when this resolves, independent of the caller's transaction: on a pool
 * connection with autocommit. SQLite has one connection, so it uses a separate transaction there.
 *
 * @throws OpenTransactionError in an open transaction on SQLite's connection.
 */
export async function committed<Result>(
  database: SqlDatabase,
  limits: SqlLimits,
  run: (executor: SqlExecutor) => Promise<Result>,
): Promise<Result> {
  if (database.dialect !== 'sqlite') return run(database);
  // It would deadlock with the handler's transaction.
  if (isInHandlerScope(database)) throw new OpenTransactionError('of this handler');
  try {
    return await inTransaction(database, limits, run);
  } catch (error) {
    // The holder may be the caller, if the adapter also makes the application wait for turns.
    if (error instanceof NoConnectionError)
      throw new OpenTransactionError('that holds the connection', { cause: error });
    if (sqlFailure(error) !== 'open-transaction') throw error;
    throw new OpenTransactionError('of the application', { cause: error });
  }
}
