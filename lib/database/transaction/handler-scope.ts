import { AsyncLocalStorage } from 'node:async_hooks';
import type { SqlDatabase } from '../sql-database.js';

const scope = new AsyncLocalStorage<{ database: SqlDatabase; isOpen: boolean }>();

/** Runs handlers in a transaction of SQLite, whose one connection they and everybody else share. */
export async function inHandlerScope<Result>(database: SqlDatabase, work: () => Promise<Result>): Promise<Result> {
  if (database.dialect !== 'sqlite') return work();
  const own = { database, isOpen: true };
  try {
    return await scope.run(own, work);
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
