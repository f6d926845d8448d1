import pg from 'pg';
import { pgDatabase } from '../../lib/database/pg.js';
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
