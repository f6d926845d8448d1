import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { SqlDatabase, SqlTransaction } from '../../lib/database/sql-database.js';
import { BrokenTransactionError, NoConnectionError, sqlFailure } from '../../lib/database/sql-errors.js';

/** A library with an adapter, and how its users run a statement on what handlers get. */
export interface AdapterUnderTest<Tx> {
  database: SqlDatabase<Tx>;
  /** Connections in its pool; 1 where it has no pool. */
  poolSize: number;
  run(tx: Tx, sql: string): Promise<unknown>;
  /** What a handler may call to end the transaction, if the library has such methods. */
  endings?: ((tx: Tx) => unknown)[];
  close(): Promise<unknown>;
}

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

/** What every adapter must do, on a real database: the tests of one `describe`. */
export function sqlDatabaseContract<Tx>(start: () => Promise<AdapterUnderTest<Tx>>): void {
  const table = `contract_${randomBytes(5).toString('hex')}`;
  let under: AdapterUnderTest<Tx>;
  let database: SqlDatabase<Tx>;

  beforeAll(async () => {
    under = await start();
    ({ database } = under);
    await database.execute(`CREATE TABLE ${table} (id VARCHAR(20) PRIMARY KEY, amount BIGINT, note VARCHAR(200))`);
  });

  afterAll(async () => {
    await database.execute(`DROP TABLE ${table}`);
    await under.close();
  });

  beforeEach(async () => {
    await Promise.all(open.splice(0).map((transaction) => transaction.rollback()));
    await database.execute(`DELETE FROM ${table}`);
  });

  const insert = (id: string) => `INSERT INTO ${table} (id, amount) VALUES ('${id}', 1)`;
  const open: SqlTransaction<Tx>[] = [];
  const begin = async (limits = LIMITS) => {
    const transaction = await database.begin(limits);
    open.push(transaction);
    return transaction;
  };
  const ids = async () => {
    const { rows } = await database.execute(`SELECT id FROM ${table} ORDER BY id`);
    return rows.map(({ id }) => id);
  };
  const handle = (transaction: SqlTransaction<Tx>, sql: string) => under.run(transaction.tx, sql);
  const failureOf = async (promise: Promise<unknown>) => {
    const error = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return error;
  };

  it('commits what the module and a handler have done', async () => {
    const transaction = await begin();
    await transaction.execute(`INSERT INTO ${table} (id, amount, note) VALUES (?, ?, ?)`, ['module', 2 ** 50, null]);
    await handle(transaction, insert('handler'));
    await transaction.commit();
    expect(await ids()).toEqual(['handler', 'module']);
  });

  it('undoes both', async () => {
    const transaction = await begin();
    await transaction.execute(insert('module'));
    await handle(transaction, insert('handler'));
    await transaction.rollback();
    expect(await ids()).toEqual([]);
  });

  it('gives rows and counts', async () => {
    const inserted = await database.execute(`INSERT INTO ${table} (id, amount, note) VALUES (?, ?, ?), (?, ?, ?)`, [
      'a',
      1_795_063_328_371,
      'it\'s 商品 ? \\ "',
      'b',
      2,
      null,
    ]);
    expect(inserted.affected).toBe(2);
    const { rows } = await database.execute(`SELECT id, amount, note FROM ${table} WHERE amount > ? ORDER BY id`, [1]);
    expect(rows.map(({ id, amount, note }) => [id, Number(amount), note])).toEqual([
      ['a', 1_795_063_328_371, 'it\'s 商品 ? \\ "'],
      ['b', 2, null],
    ]);
    const updated = await database.execute(`UPDATE ${table} SET note = ? WHERE id = ?`, ['x', 'a']);
    expect(updated.affected).toBe(1);
    const missed = await database.execute(`DELETE FROM ${table} WHERE id = ?`, ['z']);
    expect(missed.affected).toBe(0);
  });

  it('tells that a key is there already', async () => {
    await database.execute(insert('a'));
    expect(sqlFailure(await failureOf(database.execute(insert('a'))))).toBe('unique');
  });

  it('tells that a table is missing', async () => {
    expect(sqlFailure(await failureOf(database.execute('SELECT 1 FROM there_is_no_such_table')))).toBe('missing-table');
  });

  it('sees at once what others have committed', async () => {
    if (under.poolSize === 1) return;
    const one = await begin();
    await one.execute(`SELECT id FROM ${table}`);
    const other = await begin();
    await other.execute(insert('a'));
    await other.commit();
    const { rows } = await one.execute(`SELECT id FROM ${table}`);
    await one.rollback();
    expect(rows).toHaveLength(1);
  });

  it('waits for a lock no longer than it may', async () => {
    if (under.poolSize === 1) return;
    await database.execute(insert('a'));
    const one = await begin();
    await one.execute(`UPDATE ${table} SET note = 'one' WHERE id = 'a'`);
    const other = await begin({ ...LIMITS, lockTimeoutMs: 1_000 });
    const error = await failureOf(other.execute(`UPDATE ${table} SET note = 'other' WHERE id = 'a'`));
    await other.rollback();
    await one.commit();
    expect(sqlFailure(error)).toBe('lock-timeout');
  });

  it('runs many transactions on few connections', async () => {
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const transaction = await begin();
        await transaction.execute(insert(`order-${index}`));
        if (index % 4 === 0) await transaction.rollback();
        else await transaction.commit();
      }),
    );
    expect(await ids()).toHaveLength(30);
  });

  it('waits for a connection no longer than it may, and gives back one that comes later', async () => {
    const held = await Promise.all(Array.from({ length: under.poolSize }, () => begin()));
    const error = await failureOf(database.begin({ ...LIMITS, connectionTimeoutMs: 50 }));
    expect(error).toBeInstanceOf(NoConnectionError);
    for (const transaction of held) await transaction.rollback();
    const again = await Promise.all(Array.from({ length: under.poolSize }, () => begin()));
    for (const transaction of again) await transaction.commit();
  });

  it('commits nothing where a handler catches an error after which the database would not', async () => {
    await database.execute(insert('a'));
    const transaction = await begin();
    await transaction.execute(insert('module'));
    await failureOf(handle(transaction, insert('a')));
    await failureOf(handle(transaction, insert('handler')));
    const error = await failureOf(transaction.commit());
    // Elsewhere the failed statement alone is undone, and all others hold.
    if (database.dialect === 'postgres') {
      expect(error).toBeInstanceOf(BrokenTransactionError);
      expect(await ids()).toEqual(['a']);
    } else {
      expect(error).toBeUndefined();
      expect(await ids()).toEqual(['a', 'handler', 'module']);
    }
  });

  it('commits all where a handler fails in a savepoint of its own', async () => {
    await database.execute(insert('a'));
    const transaction = await begin();
    await handle(transaction, 'SAVEPOINT mine');
    await failureOf(handle(transaction, insert('a')));
    await handle(transaction, 'ROLLBACK TO SAVEPOINT mine');
    await handle(transaction, insert('handler'));
    await transaction.commit();
    expect(await ids()).toEqual(['a', 'handler']);
  });

  it.each(['COMMIT', 'ROLLBACK', 'BEGIN', '/* for speed */ commit', 'START TRANSACTION'])(
    'refuses %s of a handler, and then commits nothing',
    async (sql) => {
      const transaction = await begin();
      await transaction.execute(insert('module'));
      await handle(transaction, insert('handler'));
      expect(await failureOf(handle(transaction, sql))).toBeInstanceOf(BrokenTransactionError);
      expect(await failureOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
      expect(await ids()).toEqual([]);
    },
  );

  it('refuses the methods that end a transaction', async () => {
    for (const ending of under.endings ?? []) {
      const transaction = await begin();
      await handle(transaction, insert('handler'));
      const error = await failureOf(Promise.resolve().then(() => ending(transaction.tx)));
      expect(error).toBeInstanceOf(BrokenTransactionError);
      await transaction.rollback();
      expect(await ids()).toEqual([]);
    }
  });

  it('refuses DDL of a handler where the database would commit for it', async () => {
    const transaction = await begin();
    await transaction.execute(insert('module'));
    const error = await failureOf(handle(transaction, `CREATE TABLE ${table}_more (id INT)`));
    await handle(transaction, insert('handler')).catch(() => {});
    if (database.dialect === 'mysql') {
      expect(error).toBeInstanceOf(BrokenTransactionError);
      expect(await failureOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    } else {
      expect(error).toBeUndefined();
      await transaction.rollback();
    }
    expect(await ids()).toEqual([]);
  });

  it('commits nothing of a handler that has not awaited its statement', async () => {
    const transaction = await begin();
    await transaction.execute(insert('module'));
    const late = handle(transaction, insert('handler'));
    const error = await failureOf(transaction.commit());
    await late.catch(() => {});
    // SQLite's libraries have run it when they return.
    if (error === undefined) expect(await ids()).toEqual(['handler', 'module']);
    else expect([error, await ids()]).toEqual([expect.any(BrokenTransactionError), []]);
  });

  it.each(['commit', 'rollback'] as const)('refuses a statement after the %s', async (end) => {
    const transaction = await begin();
    await transaction[end]();
    expect(await failureOf(handle(transaction, insert('late')))).toBeInstanceOf(Error);
    const next = await begin();
    expect(await failureOf(handle(transaction, insert('later')))).toBeInstanceOf(Error);
    await next.commit();
    expect(await ids()).toEqual([]);
  });
}
