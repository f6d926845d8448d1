import { setTimeout as sleep } from 'node:timers/promises';
import { sqlFailure } from '../sql-errors.js';

/** What every library of SQLite has; what it gives is awaited. */
export interface SqliteExec {
  exec(sql: string): unknown;
}

/** How long to wait before a database that another connection has locked is tried again, in ms. */
const BUSY_POLL_MS = 20;

/**
 * Begins a transaction, as soon as no other connection has the lock for writing. By `exec`: a prepared statement of libsql that
 * has met a lock is never reset, and keeps its connection from ever getting it.
 *
 * @throws what the library throws where the lock is not free within a time, in ms.
 */
export async function beginWhenFree(connection: SqliteExec, begin: string, withinMs: number): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!(await hasBegun(connection, begin, giveUpAt))) await sleep(BUSY_POLL_MS);
}

/** Runs a statement outside of a transaction of the module; one that writes waits for the lock as a transaction does. */
export async function runWhenFree<Result>(
  connection: SqliteExec,
  sql: string,
  withinMs: number,
  run: () => Result | Promise<Result>,
): Promise<Result> {
  if (READS.test(sql)) return run();
  await beginWhenFree(connection, 'BEGIN IMMEDIATE', withinMs);
  try {
    const result = await run();
    await connection.exec('COMMIT');
    return result;
  } catch (error) {
    await rollBack(connection);
    throw error;
  }
}

async function rollBack(connection: SqliteExec): Promise<void> {
  try {
    await connection.exec('ROLLBACK');
  } catch {
    // Some errors have rolled back already.
  }
}

const READS = /^\s*(?:select|with|pragma)\b/i;

/** False while another connection has the lock. */
async function hasBegun(connection: SqliteExec, begin: string, giveUpAt: number): Promise<boolean> {
  try {
    await connection.exec(begin);
    return true;
  } catch (error) {
    if (sqlFailure(error) !== 'lock-timeout' || performance.now() >= giveUpAt) throw error;
    return false;
  }
}
