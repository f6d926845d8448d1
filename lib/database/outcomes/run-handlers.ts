import { withTimeout } from '../../client/with-timeout.js';
import { idempotencyKey, type OutcomeEvent } from '../../outcomes/outcome.js';
import { inHandlerScope } from '../transaction/handler-scope.js';
import type { SqlDatabase, SqlTransaction } from '../sql-database.js';

/** The handlers exceeded their timeout. */
class HandlersTooSlow extends Error {}

/**
 * Runs the handlers of an outcome, or of its mismatch, in its transaction.
 *
 * @throws what they throw, and HandlersTooSlow: they may then still be running, and the transaction must be rolled
 * back.
 */
export function runHandlers<Result>(
  database: SqlDatabase,
  transaction: SqlTransaction,
  { event, timeoutMs }: { event: OutcomeEvent; timeoutMs: number },
  handlers: () => Promise<Result>,
): Promise<Result> {
  return withTimeout(
    inHandlerScope(database, transaction, handlers),
    timeoutMs,
    () => new HandlersTooSlow(`The handlers of ${idempotencyKey(event)} took longer than ${Math.ceil(timeoutMs)} ms.`),
  );
}
