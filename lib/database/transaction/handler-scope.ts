import { AsyncLocalStorage } from 'node:async_hooks';
import type { SqlDatabase, SqlTransaction } from '../sql-database.js';

const scope = new AsyncLocalStorage<{ database: SqlDatabase; isOpen: boolean }>();

/** Runs handlers in a transaction; on SQLite, they and everybody else share its one connection. */
export function inHandlerScope<Result>(
  database: SqlDatabase,
  transaction: SqlTransaction,
  handlers: () => Promise<Result>,
): Promise<Result> {
  const run = () => (transaction.runHandlers === undefined ? handlers() : transaction.runHandlers(handlers));
  return database.dialect === 'sqlite' ? withScope(database, run) : run();
}

async function withScope<Result>(database: SqlDatabase, run: () => Promise<Result>): Promise<Result> {
  const own = { database, isOpen: true };
  try {
    return await scope.run(own, run);
  } finally {
    // What a handler has begun and not awaited may run on.
    own.isOpen = false;
  }
}

/** Whether the caller is a handler that has the connection of this database to itself. */
export function isInHandlerScope(database: SqlDatabase): boolean {
  const own = scope.getStore();
  return own !== undefined && own.isOpen && own.database === database;
}
