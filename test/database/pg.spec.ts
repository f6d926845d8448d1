import { expect, it } from '@jest/globals';
import pg from 'pg';
import { pgDatabase } from '../../lib/database/adapters/pg.js';
import { sqlFailure } from '../../lib/database/sql-errors.js';
import { POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { passesChecks } from './support/passes-checks.js';

await describeWhere('PostgreSQL', 'pg', () =>
  passesChecks<pg.PoolClient>({
    url: POSTGRES_URL,
    poolSize: 4,
    open: (url) => {
      const pool = new pg.Pool({ connectionString: url, max: 4 });
      return { database: pgDatabase(pool), close: () => pool.end() };
    },
    run: (tx, sql) => tx.query(sql),
    endings: [(tx) => tx.release()],
  }),
);

await describeWhere('PostgreSQL', 'prepared statements of pg', () => {
  it('are given up where a proxy gives each transaction another connection', async () => {
    const pool = new pg.Pool({ connectionString: POSTGRES_URL, max: 1 });
    const database = pgDatabase(pool);
    const run = async () => {
      const transaction = await database.begin({ connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 });
      try {
        const { rows } = await transaction.execute('SELECT CAST(? AS TEXT) AS word', ['a'], { isRepeated: true });
        await transaction.commit();
        return rows;
      } finally {
        await transaction.rollback();
      }
    };
    expect(await run()).toEqual([{ word: 'a' }]);
    await pool.query('DEALLOCATE ALL');
    expect(sqlFailure(await run().catch((error: unknown) => error))).toBe('rolled-back');
    expect(await run()).toEqual([{ word: 'a' }]);
    await pool.end();
  });
});
