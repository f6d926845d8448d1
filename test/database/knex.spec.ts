import { describe, expect, it } from '@jest/globals';
import makeKnex, { type Knex } from 'knex';
import { knexDatabase } from '../../lib/database/adapters/knex.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { passesChecks } from './support/passes-checks.js';

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

function passesChecksOf(configOf: (url: string | undefined) => Knex.Config, url?: string): void {
  passesChecks<Knex.Transaction>({
    ...(url !== undefined && { url }),
    poolSize: url === undefined ? 1 : 4,
    open: (at) => {
      const knex = makeKnex(configOf(at));
      return { database: knexDatabase(knex), close: () => knex.destroy() };
    },
    run: (tx, sql) => tx.raw(sql).then((result: unknown) => result),
    endings: [(tx) => tx.commit(), (tx) => tx.rollback()],
  });
}

const ON_SQLITE: Knex.Config = { client: 'better-sqlite3', connection: ':memory:', useNullAsDefault: true };
const pool = { min: 0, max: 4 };
const quiet = { warn: () => {} };

await describeWhere('PostgreSQL', 'Knex on pg', () =>
  passesChecksOf((url) => ({ client: 'pg', connection: url!, pool, log: quiet }), POSTGRES_URL),
);

await describeWhere('MariaDB', 'Knex on mysql2', () =>
  passesChecksOf((url) => ({ client: 'mysql2', connection: url!, pool, log: quiet }), MARIADB_URL),
);

await describeWhere('better-sqlite3', 'Knex on better-sqlite3', () => passesChecksOf(() => ON_SQLITE));

describe('an instance of Knex that the module cannot work with', () => {
  it('is refused at start, with what to give instead', () => {
    const legacy = makeKnex({ client: 'pg' });
    Object.assign(legacy.client as object, { driverName: 'oracledb' });
    expect(() => knexDatabase(legacy)).toThrow('client of Knex is oracledb; the module supports pg, mysql2');
  });
});

await describeWhere('better-sqlite3', 'a transaction of Knex', () => {
  async function openShop(config: Knex.Config = {}) {
    const knex = makeKnex({ ...ON_SQLITE, ...config });
    const database = knexDatabase(knex);
    await database.execute('CREATE TABLE sale (what_is_sold VARCHAR(20))');
    return { knex, database };
  }

  it('is not taken in place of its instance', async () => {
    const { knex } = await openShop();
    await knex.transaction(async (trx) => {
      expect(() => knexDatabase(trx)).toThrow('requires a Knex instance');
    });
    await knex.destroy();
  });

  it('has the names and results of its instance, of which the module does not hear', async () => {
    const { knex, database } = await openShop({
      wrapIdentifier: (name, wrap) => wrap(name === 'whatIsSold' ? 'what_is_sold' : name),
      postProcessResponse: (rows: unknown) =>
        Array.isArray(rows)
          ? rows.map((row: { what_is_sold?: string }) =>
              row.what_is_sold === undefined ? row : { whatIsSold: row.what_is_sold },
            )
          : rows,
    });
    const transaction = await database.begin(LIMITS);
    await transaction.tx('sale').insert({ whatIsSold: 'tea' });
    expect(await transaction.tx('sale').select('whatIsSold')).toEqual([{ whatIsSold: 'tea' }]);
    const { rows } = await transaction.execute('SELECT what_is_sold FROM sale');
    expect(rows).toEqual([{ what_is_sold: 'tea' }]);
    await transaction.commit();
    await knex.destroy();
  });

  it('of a handler is undone alone when it fails within that of the outcome', async () => {
    const { knex, database } = await openShop();
    const transaction = await database.begin(LIMITS);
    const failing = transaction.tx.transaction(async (nested) => {
      await nested('sale').insert({ what_is_sold: 'cup' });
      throw new Error('out of stock');
    });
    await expect(failing).rejects.toThrow('out of stock');
    await transaction.tx('sale').insert({ what_is_sold: 'tea' });
    await transaction.commit();
    expect(await knex('sale')).toEqual([{ what_is_sold: 'tea' }]);
    await knex.destroy();
  });

  it('commits nothing where a handler has not awaited a transaction within it', async () => {
    const { knex, database } = await openShop();
    const transaction = await database.begin(LIMITS);
    await transaction.tx('sale').insert({ what_is_sold: 'tea' });
    const nested = transaction.tx.transaction((trx) => trx('sale').insert({ what_is_sold: 'cup' }));
    const ended = Promise.resolve(nested).catch(() => {});
    await expect(transaction.commit()).rejects.toThrow('await every statement');
    await ended;
    expect(await knex('sale')).toEqual([]);
    await knex.destroy();
  });

  it.each(['commit', 'rollback'] as const)('tells who waits for its end of the %s', async (end) => {
    const { knex, database } = await openShop();
    const transaction = await database.begin(LIMITS);
    expect(transaction.tx.isCompleted()).toBe(false);
    await transaction[end]();
    await transaction.tx.executionPromise;
    expect(transaction.tx.isCompleted()).toBe(true);
    await knex.destroy();
  });

  it('has what the application runs on the one connection of SQLite wait for its end', async () => {
    const { knex, database } = await openShop();
    const transaction = await database.begin(LIMITS);
    await transaction.tx('sale').insert({ what_is_sold: 'of the handler' });
    const written = knex('sale').insert({ what_is_sold: 'of the application' });
    const waiting = Promise.resolve(written);
    await transaction.rollback();
    await waiting;
    expect(await knex('sale')).toEqual([{ what_is_sold: 'of the application' }]);
    await knex.destroy();
  });
});
