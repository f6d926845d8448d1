import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DataTypes, Model, Sequelize, type Dialect, type Transaction } from 'sequelize';
import { sequelizeDatabase } from '../../lib/database/adapters/sequelize.js';
import type { SqlDatabase } from '../../lib/database/sql-database.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { passesChecks } from './support/passes-checks.js';

Logger.overrideLogger(false);

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

function open(dialect: Dialect, url: string): Sequelize {
  return new Sequelize(url, {
    dialect,
    logging: false,
    pool: { max: 4, acquire: 600_000 },
    dialectOptions: dialect === 'postgres' ? {} : { connectTimeout: 600_000 },
  });
}

function passesChecksOf(dialect: Dialect, url: string): void {
  passesChecks<Transaction>({
    url,
    poolSize: 4,
    open: (at) => {
      const sequelize = open(dialect, at!);
      return { database: sequelizeDatabase<Transaction>(sequelize), close: () => sequelize.close() };
    },
    run: (tx, sql) => (tx as unknown as { sequelize: Sequelize }).sequelize.query(sql, { transaction: tx }),
    endings: [(tx) => tx.commit(), (tx) => tx.rollback()],
  });
}

await describeWhere('PostgreSQL', 'Sequelize on PostgreSQL', () => passesChecksOf('postgres', POSTGRES_URL));
await describeWhere('MariaDB', 'Sequelize on MariaDB by mysql2', () => passesChecksOf('mysql', MARIADB_URL));
await describeWhere('MariaDB', 'Sequelize on MariaDB by mariadb', () => passesChecksOf('mariadb', MARIADB_URL));

class Sale extends Model {
  declare what: string;
  declare paid: boolean;
}

await describeWhere('PostgreSQL', 'a handler of a shop with Sequelize', () => {
  let sequelize: Sequelize;
  let database: SqlDatabase<Transaction>;

  beforeAll(async () => {
    sequelize = open('postgres', POSTGRES_URL);
    Sale.init(
      { what: { type: DataTypes.STRING, primaryKey: true }, paid: { type: DataTypes.BOOLEAN, defaultValue: false } },
      { sequelize, tableName: `sale_${randomBytes(5).toString('hex')}`, timestamps: false },
    );
    await Sale.sync();
    database = sequelizeDatabase(sequelize);
  });

  beforeEach(async () => {
    await Sale.destroy({ truncate: true });
    await Sale.create({ what: 'tea' });
  });

  afterAll(async () => {
    await Sale.drop();
    await sequelize.close();
  });

  const paid = async () => (await Sale.findAll({ where: { paid: true } })).map(({ what }) => what);
  const pay = (transaction: Transaction) => Sale.update({ paid: true }, { where: { what: 'tea' }, transaction });

  it('works with models', async () => {
    const outcome = await database.begin(LIMITS);
    await pay(outcome.tx);
    expect(await paid()).toEqual([]);
    await outcome.commit();
    expect(await paid()).toEqual(['tea']);
  });

  it('undoes a transaction within it alone', async () => {
    const outcome = await database.begin(LIMITS);
    await pay(outcome.tx);
    const failing = sequelize.transaction({ transaction: outcome.tx }, async (transaction) => {
      await Sale.create({ what: 'cup' }, { transaction });
      await Sale.create({ what: 'cup' }, { transaction });
    });
    await expect(failing).rejects.toThrow('Validation error');
    await sequelize.transaction({ transaction: outcome.tx }, (transaction) =>
      Sale.create({ what: 'pot', paid: true }, { transaction }),
    );
    await outcome.commit();
    expect(await paid()).toEqual(['tea', 'pot']);
  });

  it('that has not awaited a model has nothing committed', async () => {
    const outcome = await database.begin(LIMITS);
    const late = pay(outcome.tx).catch(() => {});
    await expect(outcome.commit()).rejects.toThrow('await every statement');
    await late;
    expect(await paid()).toEqual([]);
  });

  it('has its hooks run after the commit, and only then', async () => {
    const events: string[] = [];
    for (const end of ['rollback', 'commit'] as const) {
      const outcome = await database.begin(LIMITS);
      outcome.tx.afterCommit(() => {
        throw new Error('the cache is out of reach');
      });
      const hasRun = new Promise<void>((resolve) => {
        outcome.tx.afterCommit(() => {
          events.push(`after the ${end}`);
          resolve();
        });
      });
      await pay(outcome.tx);
      await outcome[end]();
      if (end === 'commit') await hasRun;
    }
    expect(events).toEqual(['after the commit']);
    expect(await paid()).toEqual(['tea']);
  });

  it('that uses the transaction later is refused in words of Sequelize', async () => {
    const outcome = await database.begin(LIMITS);
    await outcome.commit();
    await expect(pay(outcome.tx)).rejects.toThrow('commit has been called on this transaction');
  });
});

it('Sequelize on a database that the module does not know is refused at the start', () => {
  const sequelize = { getDialect: () => 'mssql' } as Sequelize;
  expect(() => sequelizeDatabase(sequelize)).toThrow(
    'The dialect of Sequelize is mssql; the module supports postgres, mysql, mariadb.',
  );
});
