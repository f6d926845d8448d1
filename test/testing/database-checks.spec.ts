// The checks find adapters that would lose or repeat effects.
import BetterSqlite3 from 'better-sqlite3';
import { expect, it } from '@jest/globals';
import type { SqlTransaction } from '../../lib/database/sql-database.js';
import { sqliteDatabase } from '../../lib/database/adapters/sqlite.js';
import { databaseChecks, type AdapterUnderTest } from '../../sandbox/testing/index.js';
import { describeWhere } from '../database/support/describe-where.js';

type Change = (transaction: SqlTransaction<BetterSqlite3.Database>, connection: BetterSqlite3.Database) => object;

/** SQLite's own adapter, with something of its transactions changed. */
function changed(change: Change): AdapterUnderTest<BetterSqlite3.Database> {
  return {
    poolSize: 1,
    run: async (tx, sql) => tx.exec(sql),
    endings: [(tx) => tx.close()],
    open: () => {
      const connection = new BetterSqlite3(':memory:');
      const database = sqliteDatabase(connection);
      return {
        database: {
          dialect: 'sqlite',
          execute: (sql, params) => database.execute(sql, params),
          begin: async (limits) => {
            const transaction = await database.begin(limits);
            const own = {
              tx: transaction.tx,
              execute: transaction.execute.bind(transaction),
              commit: () => transaction.commit(),
              rollback: () => transaction.rollback(),
            };
            return Object.assign(own, change(transaction, connection));
          },
        },
        close: () => connection.close(),
      };
    },
  };
}

async function failuresOf(change: Change): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of databaseChecks(changed(change))) await run().catch(() => failed.push(name));
  return failed;
}

await describeWhere('better-sqlite3', 'the checks of an adapter', () => {
  it('an adapter that does all passes', async () => {
    expect(await failuresOf(() => ({}))).toEqual([]);
  });

  it('one whose rollback commits is found', async () => {
    const failures = await failuresOf((transaction) => ({ rollback: () => transaction.commit().catch(() => {}) }));
    expect(failures).toContain('rolls back the changes of the module and of a handler');
  });

  it('one whose commit resolves whatever happens is found', async () => {
    const failures = await failuresOf((transaction) => ({
      commit: () => transaction.commit().catch(() => transaction.rollback()),
    }));
    expect(failures).toContain('refuses COMMIT in a handler, and commits nothing');
  });

  it('one that gives handlers the bare connection is found', async () => {
    const failures = await failuresOf((_, connection) => ({ tx: connection }));
    expect(failures).toEqual(
      expect.arrayContaining([
        'refuses COMMIT in a handler, and commits nothing',
        'refuses the methods that end a transaction in a handler',
        'refuses a statement after the rollback',
      ]),
    );
  });
});
