import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { beginWith } from '../../lib/database/adapters/pg-begin.js';
import { pgDatabase } from '../../lib/database/adapters/pg.js';
import type { SqlDatabase, SqlTransaction } from '../../lib/database/sql-database.js';
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

await describeWhere('PostgreSQL', 'pg in its pipeline mode', () =>
  passesChecks<pg.PoolClient>({
    url: POSTGRES_URL,
    poolSize: 4,
    open: (url) => {
      const pool = new pg.Pool({ connectionString: url, max: 4, pipeline: true });
      return { database: pgDatabase(pool), close: () => pool.end() };
    },
    run: (tx, sql) => tx.query(sql),
    endings: [(tx) => tx.release()],
  }),
);

await describeWhere('PostgreSQL', 'the first statement of a transaction of pg', () => {
  const table = `t${randomBytes(5).toString('hex')}`;
  const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };
  let pool: pg.Pool;
  let database: SqlDatabase<pg.PoolClient>;

  function openPool(options: pg.PoolConfig = {}): void {
    pool = new pg.Pool({ connectionString: POSTGRES_URL, max: 1, ...options });
    database = pgDatabase(pool);
  }

  beforeEach(async () => {
    openPool();
    await pool.query(`CREATE TABLE ${table} (no TEXT PRIMARY KEY, paid INTEGER DEFAULT 0)`);
  });

  afterEach(async () => {
    await pool.query(`DROP TABLE ${table}`);
    await pool.end();
  });

  const insertOf = (no: string) => ({ sql: `INSERT INTO ${table} (no) VALUES (?) RETURNING no, paid`, params: [no] });
  const numbers = async () => (await database.execute(`SELECT no FROM ${table} ORDER BY no`)).rows.map(({ no }) => no);

  /** In its begin, or by itself where that has not run it. */
  async function first(no: string): Promise<SqlTransaction<pg.PoolClient>> {
    const { sql, params } = insertOf(no);
    const transaction = await database.begin(LIMITS, { sql, params });
    if (transaction.first === undefined) await transaction.execute(sql, params, { isRepeated: true });
    return transaction;
  }

  async function prepared(): Promise<void> {
    await (await first('prepared')).commit();
  }

  it('runs with its begin once it is prepared, and is undone with it', async () => {
    const begun = await first('O1');
    expect(begun.first).toBeUndefined();
    await begun.commit();
    const undone = await first('O2');
    expect(undone.first).toEqual({ rows: [{ no: 'O2', paid: 0 }], affected: 1 });
    await undone.tx.query(`UPDATE ${table} SET paid = 1`);
    await undone.rollback();
    await (await first('O3')).commit();
    expect(await numbers()).toEqual(['O1', 'O3']);
  });

  it('leaves nothing open where it fails, and stays prepared', async () => {
    await prepared();
    const failure: unknown = await first('prepared').catch((error: unknown) => error);
    expect(sqlFailure(failure)).toBe('unique');
    expect(pool.idleCount).toBe(1);
    const next = await first('O1');
    expect(next.first).toEqual({ rows: [{ no: 'O1', paid: 0 }], affected: 1 });
    await next.commit();
    expect(await numbers()).toEqual(['O1', 'prepared']);
  });

  it('waits for a lock no longer than the transaction may', async () => {
    await prepared();
    const other = new pg.Client(POSTGRES_URL);
    await other.connect();
    await other.query('BEGIN');
    await other.query(`INSERT INTO ${table} (no) VALUES ('O1')`);
    const { sql, params } = insertOf('O1');
    const failure: unknown = await database
      .begin({ ...LIMITS, lockTimeoutMs: 1 }, { sql, params })
      .catch((error: unknown) => error);
    expect(sqlFailure(failure)).toBe('lock-timeout');
    await other.end();
    await (await first('O1')).commit();
    expect(await numbers()).toEqual(['O1', 'prepared']);
  });

  it.each([
    ['cannot begin', ['NONSENSE', 'SAVEPOINT pass2pay']],
    ['cannot be set up', ['BEGIN', 'SET LOCAL lock_timeout = nonsense', 'SAVEPOINT pass2pay']],
    ['has no savepoint', ['BEGIN', 'SAVEPOINT']],
  ])('does not run in a transaction that %s', async (_what, beginning) => {
    await prepared();
    const client = await pool.connect();
    const { parsedStatements } = (client as unknown as { connection: { parsedStatements: Record<string, string> } })
      .connection;
    const [[name, text]] = Object.entries(parsedStatements) as [[string, string]];
    const failure: unknown = await beginWith(client, beginning, { name, text }, ['O1'])?.catch(
      (error: unknown) => error,
    );
    await client.query('ROLLBACK');
    client.release();
    expect(failure).toBeInstanceOf(pg.DatabaseError);
    expect(await numbers()).toEqual(['prepared']);
  });

  it('does not run where pg loses its connection, and the next one is prepared again', async () => {
    await prepared();
    const [{ pid }] = (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows as [{ pid: number }];
    const administrator = new pg.Client(POSTGRES_URL);
    await administrator.connect();
    await administrator.query('BEGIN');
    await administrator.query(`LOCK TABLE ${table}`);
    const lost = first('O1').catch((error: unknown) => error);
    await administrator.query('SELECT pg_terminate_backend($1)', [pid]);
    expect(await lost).toBeInstanceOf(Error);
    await administrator.end();
    const next = await first('O2');
    expect(next.first).toBeUndefined();
    await next.commit();
    expect(await numbers()).toEqual(['O2', 'prepared']);
  });

  it('runs by itself in the pipeline mode of pg, which takes no queries but its own', async () => {
    await pool.end();
    openPool({ pipeline: true });
    await prepared();
    const transaction = await first('O1');
    expect(transaction.first).toBeUndefined();
    await transaction.commit();
    expect(await numbers()).toEqual(['O1', 'prepared']);
  });

  it('runs by itself with a client that is not pg itself', async () => {
    await prepared();
    const client = await pool.connect();
    class OtherClient {
      readonly connection = (client as unknown as { connection: object }).connection;
      readonly query = client.query.bind(client);
      readonly release = client.release.bind(client);
      readonly on = client.on.bind(client);
      readonly off = client.off.bind(client);
    }
    const others = pgDatabase({
      connect: async () => new OtherClient() as unknown as pg.PoolClient,
      query: pool.query.bind(pool),
      listenerCount: () => 1,
      on: () => {},
    });
    const transaction = await others.begin(LIMITS, insertOf('O1'));
    expect(transaction.first).toBeUndefined();
    await transaction.rollback();
  });
});

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
