import { isInHandlerScope } from './handler-scope.js';
import { inTransaction } from './in-transaction.js';
import type { SqlDatabase, SqlExecutor, SqlLimits } from '../sql-database.js';
import { NoConnectionError, OpenTransactionError, sqlFailure } from '../sql-errors.js';

/**
 * Runs one statement so that it is committed once this resolves, whatever transaction the caller has open: by a connection of
 * the pool, which commits each statement. SQLite has one connection, so there it needs a transaction of its own.
 *
 * @throws OpenTransactionError in an open transaction of SQLite's connection.
 */
export async function committed<Result>(
  database: SqlDatabase,
  limits: SqlLimits,
  run: (executor: SqlExecutor) => Promise<Result>,
): Promise<Result> {
  if (database.dialect !== 'sqlite') return run(database);
  // It would wait for the transaction of the handler that waits for it.
  if (isInHandlerScope(database)) throw new OpenTransactionError('of the outcome whose handler this is');
  try {
    return await inTransaction(database, limits, run);
  } catch (error) {
    // Whoever has it for so long may be the caller, where the adapter has the application wait for its turn, too.
    if (error instanceof NoConnectionError) throw new OpenTransactionError('that has the connection', { cause: error });
    if (sqlFailure(error) !== 'open-transaction') throw error;
    throw new OpenTransactionError('that the application has begun', { cause: error });
  }
}
