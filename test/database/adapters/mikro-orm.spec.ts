import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EntitySchema } from '@mikro-orm/core';
import { MikroORM, type SqlEntityManager } from '@mikro-orm/postgresql';
import { mikroOrmDatabase } from '../../../lib/database/adapters/mikro-orm.js';
import type { SqlDatabase, SqlTransaction } from '../../../lib/database/sql-database.js';
import { BrokenTransactionError } from '../../../lib/database/sql-errors.js';
import { errorOf, Script, ScriptedPgClient } from '../support/scripted-driver.js';
import { BEGIN, COMMIT, LIMITS } from '../support/transaction-statements.js';

const SELECT = `select "s0".* from "sale" as "s0" where "s0"."what" = 'tea' limit 1`;
const UPDATE = `update "sale" set "paid" = true where "what" = 'tea'`;

interface Sale {
  what: string;
  paid: boolean;
}

const SaleEntity = new EntitySchema<Sale>({
  name: 'Sale',
  tableName: 'sale',
  properties: { what: { type: 'string', primary: true }, paid: { type: 'boolean' } },
});

it('an ORM for a database without SQL is refused', () => {
  expect(() => mikroOrmDatabase({ em: {} } as never)).toThrow(
    new TypeError('mikroOrmDatabase() requires MikroORM 6 for an SQL database.'),
  );
});

describe('a transaction of MikroORM', () => {
  let script: Script;
  let orm: MikroORM;
  let database: SqlDatabase<SqlEntityManager>;

  beforeEach(async () => {
    script = new Script();
    const client = new ScriptedPgClient(script);
    orm = await MikroORM.init({
      entities: [SaleEntity],
      dbName: 'shop',
      connect: false,
      allowGlobalContext: true,
    });
    Object.assign(orm.em.getKnex().client as object, {
      acquireConnection: async () => client,
      releaseConnection: async () => void script.steps.push('release'),
    });
    script.when(/^select/, { rows: [{ what: 'tea', paid: false }], rowCount: 1, command: 'SELECT' });
    script.when(/^update/, { rows: [], rowCount: 1, command: 'UPDATE' });
    database = mikroOrmDatabase<SqlEntityManager>(orm);
  });
  afterEach(() => orm.close(true));

  const handle = <Result>(
    transaction: SqlTransaction<SqlEntityManager>,
    handler: (tx: SqlEntityManager) => Promise<Result>,
  ) => transaction.runHandlers!(() => handler(transaction.tx));

  const pay = async (em: SqlEntityManager) => {
    const sale = await em.findOneOrFail(SaleEntity, { what: 'tea' });
    sale.paid = true;
  };

  it('has the dialect of its driver', () => {
    expect(database.dialect).toBe('postgres');
  });

  it('gives handlers the connection of the ORM', async () => {
    const transaction = await database.begin(LIMITS);
    const isIt = await handle(transaction, async (tx) => tx.getConnection() === orm.em.getConnection());
    expect(isIt).toBe(true);
  });

  it('gives handlers a fork without entities, on its connection', async () => {
    orm.em.merge(SaleEntity, { what: 'cup', paid: true });
    const { tx } = await database.begin(LIMITS);
    expect(tx).toBeInstanceOf(orm.em.constructor);
    expect(tx).not.toBe(orm.em);
    expect(tx.isInTransaction()).toBe(true);
    expect(tx.getUnitOfWork().getIdentityMap().values()).toStrictEqual([]);
    await tx.findOne(SaleEntity, { what: 'tea' });
    expect(script.steps).toStrictEqual([BEGIN, SELECT]);
  });

  it('has the entities of handlers written before its commit', async () => {
    const transaction = await database.begin(LIMITS);
    const result = await handle(transaction, async (tx) => {
      await pay(tx);
      return 'handled';
    });
    expect(result).toBe('handled');
    expect(script.steps).toStrictEqual([BEGIN, SELECT, UPDATE]);
    await transaction.commit();
    expect(script.steps.slice(3)).toStrictEqual([COMMIT, 'release']);
  });

  it('is that of services with the injected EntityManager', async () => {
    const transaction = await database.begin(LIMITS);
    await handle(transaction, async (tx) => {
      expect(orm.em.getContext()).toBe(tx);
      await pay(orm.em);
    });
    expect(orm.em.getContext()).toBe(orm.em);
    expect(script.steps).toStrictEqual([BEGIN, SELECT, UPDATE]);
  });

  it('may be handled several times', async () => {
    const transaction = await database.begin(LIMITS);
    await handle(transaction, pay);
    await handle(transaction, async (tx) => {
      expect(orm.em.getContext()).toBe(tx);
      (await tx.findOneOrFail(SaleEntity, { what: 'tea' })).paid = false;
    });
    expect(script.steps).toStrictEqual([BEGIN, SELECT, UPDATE, UPDATE.replace('true', 'false')]);
  });

  it('has what handlers throw thrown, and nothing written', async () => {
    const failure = new Error('out of stock');
    const transaction = await database.begin(LIMITS);
    const handled = handle(transaction, async (tx) => {
      await pay(tx);
      throw failure;
    });
    expect(await errorOf(handled)).toBe(failure);
    await transaction.rollback();
    expect(script.steps).toStrictEqual([BEGIN, SELECT, 'ROLLBACK', 'release']);
  });

  it('fails where the entities cannot be written', async () => {
    script.when(/^update/, Object.assign(new Error('duplicate key'), { code: '23505' }));
    const transaction = await database.begin(LIMITS);
    expect(await errorOf(handle(transaction, pay))).toMatchObject({ name: 'UniqueConstraintViolationException' });
  });

  it('has savepoints for those within it', async () => {
    const transaction = await database.begin(LIMITS);
    await handle(transaction, (tx) => tx.transactional(pay));
    const within = script.steps.map((sql) => sql.replace(/trx\d+/, 'trx'));
    expect(within).toStrictEqual([BEGIN, 'SAVEPOINT trx;', SELECT, UPDATE, 'RELEASE SAVEPOINT trx;']);
  });

  it.each(['begin', 'commit', 'rollback'] as const)('cannot be ended by tx.%s()', async (name) => {
    const transaction = await database.begin(LIMITS);
    expect(await errorOf(transaction.tx[name]())).toStrictEqual(
      new BrokenTransactionError(
        `tx.${name}() must not be called by handlers: the module ends the transaction of an outcome.`,
      ),
    );
    expect(script.steps).toStrictEqual([BEGIN]);
  });

  it('does not run COMMIT for a handler', async () => {
    const transaction = await database.begin(LIMITS);
    expect(await errorOf(transaction.tx.execute('COMMIT'))).not.toBe('it succeeded');
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(script.steps).toStrictEqual([BEGIN, 'ROLLBACK', 'release']);
  });

  it('commits nothing where a handler has not awaited a flush', async () => {
    const transaction = await database.begin(LIMITS);
    await pay(transaction.tx);
    script.when(/^update/, new Promise(() => {}));
    void transaction.tx.flush();
    expect(await errorOf(transaction.commit())).toBeInstanceOf(BrokenTransactionError);
    expect(script.steps).toStrictEqual([BEGIN, SELECT, UPDATE, 'ROLLBACK', 'release']);
  });

  it('runs nothing after its end', async () => {
    const transaction = await database.begin(LIMITS);
    await transaction.commit();
    expect(await errorOf(transaction.tx.findOne(SaleEntity, { what: 'tea' }))).not.toBe('it succeeded');
    expect(script.steps).toStrictEqual([BEGIN, COMMIT, 'release']);
  });
});
