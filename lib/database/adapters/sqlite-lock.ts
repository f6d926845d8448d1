import { setTimeout as sleep } from 'node:timers/promises';
import { sqlFailure } from '../sql-errors.js';

/** The common interface of SQLite libraries; results are awaited. */
export interface SqliteExec {
  exec(sql: string): unknown;
}

/** Delay before retrying when another connection has locked the database, in ms. */
const BUSY_POLL_MS = 20;

/**
 * Begins a transaction as soon as no other connection holds the write lock. Uses `exec`: a prepared statement of libsql
 * that failed on a lock is never reset, and would block its connection forever.
 *
 * @throws what the library throws when the lock is not free within the timeout, in ms.
 */
export async function beginWhenFree(connection: SqliteExec, begin: string, withinMs: number): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!(await hasBegun(connection, begin, giveUpAt))) await sleep(BUSY_POLL_MS);
}

/** Runs a statement outside a transaction of the module; a writing statement waits for the lock as a transaction does. */
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
    // Some errors have already rolled back.
  }
}

const READS = /^\s*(?:select|with|pragma)\b/i;

/** False while another connection holds the lock. */
async function hasBegun(connection: SqliteExec, begin: string, giveUpAt: number): Promise<boolean> {
  try {
    await connection.exec(begin);
    return true;
  } catch (error) {
    if (sqlFailure(error) !== 'lock-timeout' || performance.now() >= giveUpAt) throw error;
    return false;
  }
}
