import { MikroORM as MariadbOrm } from '@mikro-orm/mariadb';
import type { SqlEntityManager } from '@mikro-orm/knex';
import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaPg } from '@prisma/adapter-pg';
import { expect, it } from '@jest/globals';
import { Sequelize, type Transaction } from 'sequelize';
import { mikroOrmDatabase } from '../../lib/database/adapters/mikro-orm.js';
import { prismaDatabase, type PrismaLike } from '../../lib/database/adapters/prisma.js';
import { sequelizeDatabase } from '../../lib/database/adapters/sequelize.js';
import { generatePrismaClient } from '../support/prisma-client.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import type { Place } from './support/places.js';
import { Shops } from './support/shops.js';

interface Client extends PrismaLike<Client> {
  $disconnect(): Promise<void>;
}

async function prisma(provider: 'mysql' | 'postgresql'): Promise<Place> {
  const schema = `generator client {
  provider = "prisma-client"
  output   = "./client"
}

datasource db {
  provider = "${provider}"
}
`;
  const { PrismaClient } = (await import(generatePrismaClient(schema))) as {
    PrismaClient: new (options: object) => Client;
  };
  const adapter =
    provider === 'mysql'
      ? new PrismaMariaDb(`${MARIADB_URL.replace('mysql:', 'mariadb:')}?connectTimeout=600000&acquireTimeout=600000`)
      : new PrismaPg({ connectionString: POSTGRES_URL, max: 8 });
  const client = new PrismaClient({ adapter });
  return {
    database: prismaDatabase<Client>(client),
    run: async (tx, sql) => (tx as Client).$executeRawUnsafe(sql),
    close: () => client.$disconnect(),
  };
}

function sequelize(dialect: 'postgres' | 'mysql' | 'mariadb', url: string): Place {
  const own = new Sequelize(url, {
    dialect,
    logging: false,
    pool: { max: 8, acquire: 600_000 },
    dialectOptions: dialect === 'postgres' ? {} : { connectTimeout: 600_000 },
  });
  return {
    database: sequelizeDatabase<Transaction>(own),
    run: (tx, sql) => own.query(sql, { transaction: tx as Transaction }),
    close: () => own.close(),
  };
}

async function mikroOrm(): Promise<Place> {
  const dbName = new URL(MARIADB_URL).pathname.slice(1);
  const discovery = { warnWhenNoEntities: false };
  const orm = await MariadbOrm.init({
    clientUrl: MARIADB_URL,
    dbName,
    entities: [],
    discovery,
    pool: { max: 8, acquireTimeoutMillis: 600_000 },
  });
  return {
    database: mikroOrmDatabase<SqlEntityManager>(orm),
    run: (tx, sql) => (tx as SqlEntityManager).execute(sql),
    close: () => orm.close(true),
  };
}

const PLACES = [
  ['PostgreSQL', 'Prisma on PostgreSQL', () => prisma('postgresql')],
  ['MariaDB', 'Prisma on MariaDB', () => prisma('mysql')],
  ['PostgreSQL', 'Sequelize on PostgreSQL', () => sequelize('postgres', POSTGRES_URL)],
  ['MariaDB', 'Sequelize with mysql2', () => sequelize('mysql', MARIADB_URL)],
  ['MariaDB', 'Sequelize with mariadb', () => sequelize('mariadb', MARIADB_URL)],
  ['MariaDB', 'MikroORM on MariaDB', mikroOrm],
] as const;

for (const [need, name, open] of PLACES) {
  await describeWhere(need, `a shop with ${name}`, () => {
    it('has a payment applied once, and a failed one again', async () => {
      const place = await open();
      const shops = await Shops.open(place);
      const shop = await shops.start();
      const notify = async (mchOrderNo: string, state = '2') =>
        shop.notify({ mchOrderNo, payOrderId: shops.sandbox.order(mchOrderNo)!.payOrderId, state });
      for (const mchOrderNo of ['O1', 'O2']) await shop.create(mchOrderNo);
      for (const state of ['1', '2', '2']) expect(await notify('O1', state)).toMatchObject({ text: 'success' });
      expect(shop.told).toMatchObject([{ state: 1 }, { state: 2, previousState: 1 }]);
      shop.handler.does = () => {
        throw new Error('out of stock');
      };
      expect(await notify('O2')).toMatchObject({ status: 503 });
      expect(await shops.effects()).toEqual(['O1 1', 'O1 2']);
      shop.handler.does = () => undefined;
      await shop.retry();
      expect((await shops.effects()).toSorted()).toEqual(['O1 1', 'O1 2', 'O2 2']);
      expect(await shops.outcomes()).toMatchObject([
        { result: 'applied', attempts: 1, isDue: false },
        { result: 'applied', attempts: 1, isDue: false },
        { result: 'applied', attempts: 2, isDue: false },
      ]);
      await shops.close();
      await place.close();
    });
  });
}
