import pg from 'pg';
import { pgDatabase } from '../../lib/database/pg.js';
import { POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { sqlDatabaseContract } from './sql-database.contract.js';

await describeWhere('PostgreSQL', 'pg', () =>
  sqlDatabaseContract(async () => {
    const pool = new pg.Pool({ connectionString: POSTGRES_URL, max: 4 });
    return {
      database: pgDatabase(pool),
      poolSize: 4,
      run: (tx, sql) => tx.query(sql),
      endings: [(tx) => tx.release()],
      close: () => pool.end(),
    };
  }),
);
