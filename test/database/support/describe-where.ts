import { describe, test } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import { isPostgresReachable } from '../../bullmq/support/queue-places.js';
import { isMariadbReachable } from '../../support/services.js';

/** What the tests of a database need on this machine. */
const NEEDS = {
  PostgreSQL: isPostgresReachable,
  MariaDB: isMariadbReachable,
  'better-sqlite3': async () => isBetterSqlite3Built(),
  // Its binary comes with the package.
  libsql: async () => true,
} as const;

/** In CI what is missing is a failure, so the tests run, and fail, without it. */
export async function describeWhere(need: keyof typeof NEEDS, name: string, tests: () => void): Promise<void> {
  if (process.env.CI || (await NEEDS[need]())) describe(name, tests);
  else test.skip(`${name}: skipped, since there is no ${need} here`, () => {});
}

/** npm runs no install scripts here: `npm rebuild better-sqlite3 --ignore-scripts=false` builds it. */
function isBetterSqlite3Built(): boolean {
  try {
    new BetterSqlite3(':memory:').close();
    return true;
  } catch {
    return false;
  }
}
