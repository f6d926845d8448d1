import { AsyncLocalStorage } from 'node:async_hooks';
import type { SqlDatabase, SqlTransaction } from '../sql-database.js';

const scope = new AsyncLocalStorage<{ database: SqlDatabase; isOpen: boolean }>();

/** Runs handlers in a transaction; on SQLite, all code shares its only connection. */
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
    // Un-awaited work of a handler may continue.
    own.isOpen = false;
  }
}

/** Whether the caller is a handler that holds the connection of this database. */
export function isInHandlerScope(database: SqlDatabase): boolean {
  const own = scope.getStore();
  return own !== undefined && own.isOpen && own.database === database;
}
