import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { EntitySchema } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/knex';
import { MikroORM as MariadbOrm } from '@mikro-orm/mariadb';
import { MikroORM } from '@mikro-orm/postgresql';
import { mikroOrmDatabase } from '../../lib/database/adapters/mikro-orm.js';
import type { SqlDatabase, SqlTransaction } from '../../lib/database/sql-database.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { passesChecks } from './support/passes-checks.js';

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

interface Sale {
  what: string;
  paid: boolean;
}

const SaleEntity = new EntitySchema<Sale>({
  name: 'Sale',
  tableName: `sale_${randomBytes(5).toString('hex')}`,
  properties: { what: { type: 'string', primary: true }, paid: { type: 'boolean', default: false } },
});

const SILENT = { warn() {}, error() {}, debug() {}, deprecate() {} };
const OPTIONS = {
  driverOptions: { log: SILENT },
  entities: [SaleEntity],
  pool: { max: 4, acquireTimeoutMillis: 600_000 },
  discovery: { warnWhenNoEntities: false },
};

const openPostgres = (clientUrl: string) => MikroORM.init({ ...OPTIONS, clientUrl });
const openMariadb = (clientUrl: string) =>
  MariadbOrm.init({ ...OPTIONS, clientUrl, dbName: new URL(clientUrl).pathname.slice(1) });

function passesChecksOf(open: (url: string) => Promise<MikroORM | MariadbOrm>, url: string): void {
  passesChecks<SqlEntityManager>({
    url,
    poolSize: 4,
    open: async (at) => {
      const orm = await open(at!);
      return { database: mikroOrmDatabase<SqlEntityManager>(orm), close: () => orm.close(true) };
    },
    run: (tx, sql) => tx.execute(sql),
    endings: [(tx) => tx.commit(), (tx) => tx.rollback(), (tx) => tx.begin()],
  });
}

await describeWhere('PostgreSQL', 'MikroORM on PostgreSQL', () => passesChecksOf(openPostgres, POSTGRES_URL));
await describeWhere('MariaDB', 'MikroORM on MariaDB', () => passesChecksOf(openMariadb, MARIADB_URL));

await describeWhere('PostgreSQL', 'a handler of a shop with MikroORM', () => {
  let orm: MikroORM;
  let database: SqlDatabase<SqlEntityManager>;

  beforeAll(async () => {
    orm = await openPostgres(POSTGRES_URL);
    await orm.em.execute(
      `CREATE TABLE ${SaleEntity.meta.tableName} (what VARCHAR(40) PRIMARY KEY, paid BOOLEAN NOT NULL)`,
    );
    database = mikroOrmDatabase<SqlEntityManager>(orm);
  });

  beforeEach(async () => {
    await orm.em.fork().nativeDelete(SaleEntity, {});
    await orm.em.fork().insert(SaleEntity, { what: 'tea', paid: false });
  });

  afterAll(async () => {
    await orm.em.execute(`DROP TABLE ${SaleEntity.meta.tableName}`);
    await orm.close(true);
  });

  const paid = async () => {
    const sales = await orm.em.fork().find(SaleEntity, { paid: true }, { orderBy: { what: 'desc' } });
    return sales.map(({ what }) => what);
  };
  const pay = async (em: SqlEntityManager) => {
    const sale = await em.findOneOrFail(SaleEntity, { what: 'tea' });
    sale.paid = true;
  };
  const handle = (transaction: SqlTransaction<SqlEntityManager>, handler: (tx: SqlEntityManager) => Promise<unknown>) =>
    transaction.runHandlers!(() => handler(transaction.tx));

  it('has its entities written in the transaction, without a flush of its own', async () => {
    for (const end of ['rollback', 'commit'] as const) {
      const outcome = await database.begin(LIMITS);
      await handle(outcome, pay);
      expect(await paid()).toEqual([]);
      await outcome[end]();
      expect(await paid()).toEqual(end === 'commit' ? ['tea'] : []);
    }
  });

  it('fails where its entities cannot be written', async () => {
    const outcome = await database.begin(LIMITS);
    const handled = handle(outcome, async (tx) => {
      tx.create(SaleEntity, { what: 'tea', paid: true });
    });
    await expect(handled).rejects.toThrow('duplicate key');
    await outcome.rollback();
    expect(await paid()).toEqual([]);
  });

  it('shares the transaction with services that inject the EntityManager', async () => {
    const outcome = await database.begin(LIMITS);
    await handle(outcome, () => pay(orm.em));
    expect(await paid()).toEqual([]);
    await outcome.commit();
    expect(await paid()).toEqual(['tea']);
    await expect(pay(orm.em)).rejects.toThrow('global EntityManager');
  });

  it('undoes a transaction within it alone', async () => {
    const outcome = await database.begin(LIMITS);
    await handle(outcome, async (tx) => {
      await pay(tx);
      await tx.flush();
      const failing = tx.transactional(async (inner) => {
        inner.create(SaleEntity, { what: 'cup', paid: true });
        await inner.flush();
        throw new Error('out of stock');
      });
      await expect(failing).rejects.toThrow('out of stock');
      await tx.transactional(async (inner) => {
        inner.create(SaleEntity, { what: 'pot', paid: true });
      });
    });
    await outcome.commit();
    expect(await paid()).toEqual(['tea', 'pot']);
  });

  it('does not get entities as an earlier outcome has left them', async () => {
    const undone = await database.begin(LIMITS);
    await handle(undone, pay);
    await undone.rollback();
    const outcome = await database.begin(LIMITS);
    await handle(outcome, async (tx) => {
      expect(await tx.findOne(SaleEntity, { what: 'tea' })).toMatchObject({ paid: false });
    });
    await outcome.commit();
  });

  it('that does not await a flush has nothing committed', async () => {
    const outcome = await database.begin(LIMITS);
    await pay(outcome.tx);
    const late = outcome.tx.flush().catch(() => {});
    await expect(outcome.commit()).rejects.toThrow('await every statement');
    await late;
    expect(await paid()).toEqual([]);
  });

  it('that uses the EntityManager later is refused', async () => {
    const outcome = await database.begin(LIMITS);
    await handle(outcome, pay);
    await outcome.commit();
    outcome.tx.create(SaleEntity, { what: 'cup', paid: true });
    await expect(outcome.tx.flush()).rejects.toThrow();
    expect(await paid()).toEqual(['tea']);
  });
});

it('MikroORM for a database without SQL is refused at the start', () => {
  expect(() => mikroOrmDatabase({ em: {} } as never)).toThrow('MikroORM 6 for an SQL database');
});
