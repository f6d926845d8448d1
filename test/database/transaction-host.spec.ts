import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Global, Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClsPluginTransactional,
  InjectTransaction,
  Propagation,
  Transactional,
  TransactionHost,
} from '@nestjs-cls/transactional';
import { TransactionalAdapterDrizzleOrm } from '@nestjs-cls/transactional-adapter-drizzle-orm';
import { TransactionalAdapterPrisma } from '@nestjs-cls/transactional-adapter-prisma';
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import { PrismaPg } from '@prisma/adapter-pg';
import { drizzle } from 'drizzle-orm/node-postgres';
import { ClsModule } from 'nestjs-cls';
import pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { drizzleDatabase } from '../../lib/database/adapters/drizzle.js';
import { prismaDatabase, type PrismaLike } from '../../lib/database/adapters/prisma.js';
import { transactionHostDatabase } from '../../lib/database/adapters/transaction-host.js';
import { typeOrmDatabase } from '../../lib/database/adapters/typeorm.js';
import type { SqlDatabase, SqlTransaction } from '../../lib/database/sql-database.js';
import { generatePrismaClient } from '../support/prisma-client.js';
import { POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { passesChecks } from './support/passes-checks.js';

type Host = TransactionHost<TransactionalAdapterTypeOrm>;

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };
const TABLE = `sale_${randomBytes(5).toString('hex')}`;

/** A service of the application, which knows nothing of the module. */
@Injectable()
class Sales {
  constructor(
    private readonly txHost: TransactionHost<TransactionalAdapterTypeOrm>,
    @InjectTransaction() private readonly injected: EntityManager,
  ) {}

  async add(what: string): Promise<void> {
    await this.txHost.tx.query(`INSERT INTO ${TABLE} VALUES ('${what}')`);
  }

  async addByInjected(what: string): Promise<void> {
    await this.injected.query(`INSERT INTO ${TABLE} VALUES ('${what}')`);
  }

  @Transactional()
  async addTogether(what: string): Promise<void> {
    await this.add(what);
  }

  @Transactional(Propagation.Nested)
  async addOrNot(what: string): Promise<void> {
    await this.add(what);
    await this.add(what);
  }

  @Transactional(Propagation.RequiresNew)
  async addApart(what: string): Promise<void> {
    await this.add(what);
  }
}

async function startShop(dataSource: DataSource): Promise<INestApplicationContext> {
  @Global()
  @Module({ providers: [{ provide: DataSource, useValue: dataSource }], exports: [DataSource] })
  class DatabaseModule {}

  @Module({
    imports: [
      DatabaseModule,
      ClsModule.forRoot({
        plugins: [
          new ClsPluginTransactional({
            imports: [DatabaseModule],
            adapter: new TransactionalAdapterTypeOrm({ dataSourceToken: DataSource }),
            enableTransactionProxy: true,
          }),
        ],
      }),
    ],
    providers: [Sales],
  })
  class ShopModule {}
  return NestFactory.createApplicationContext(ShopModule, { logger: false });
}

async function open(url: string): Promise<DataSource> {
  return new DataSource({ type: 'postgres', url, poolSize: 4 }).initialize();
}

/** What Prisma generates of a schema without models. */
interface PrismaClient extends PrismaLike<PrismaClient> {
  $disconnect(): Promise<void>;
}

const { PrismaClient } = (await import(
  generatePrismaClient(`generator client {
  provider = "prisma-client"
  output   = "./client"
}

datasource db {
  provider = "postgresql"
}
`)
)) as { PrismaClient: new (options: object) => PrismaClient };

/** A host of a library, its adapter, and how a service runs a statement on what the host has. */
async function hostOf(
  adapter: ConstructorParameters<typeof ClsPluginTransactional>[0]['adapter'],
): Promise<{ app: INestApplicationContext; txHost: TransactionHost }> {
  @Module({ imports: [ClsModule.forRoot({ plugins: [new ClsPluginTransactional({ adapter })] })] })
  class ShopModule {}
  const app = await NestFactory.createApplicationContext(ShopModule, { logger: false });
  return { app, txHost: app.get<TransactionHost>(TransactionHost) };
}

await describeWhere('PostgreSQL', 'a TransactionHost for another library', () => {
  async function takesPart(
    txHost: TransactionHost,
    database: SqlDatabase<never>,
    run: (tx: never, statement: string) => PromiseLike<unknown>,
  ) {
    const table = `sale_${randomBytes(5).toString('hex')}`;
    await database.execute(`CREATE TABLE ${table} (what VARCHAR(40))`);
    for (const end of ['rollback', 'commit'] as const) {
      const outcome = await database.begin(LIMITS);
      await outcome.runHandlers!(async () => run(txHost.tx, `INSERT INTO ${table} VALUES ('of a service')`));
      await outcome[end]();
      const { rows } = await database.execute(`SELECT what FROM ${table}`);
      expect(rows.length).toBe(end === 'commit' ? 1 : 0);
    }
    await database.execute(`DROP TABLE ${table}`);
  }

  it('has services with Drizzle take part', async () => {
    const pool = new pg.Pool({ connectionString: POSTGRES_URL, max: 2 });
    const db = drizzle(pool);
    const adapter = new TransactionalAdapterDrizzleOrm({ drizzleInstanceToken: 'db' });
    const { app, txHost } = await hostOf(Object.assign(adapter, { connectionToken: undefined, connection: db }));
    const database = transactionHostDatabase(txHost, drizzleDatabase(db)) as SqlDatabase<never>;
    await takesPart(txHost, database, (tx: typeof db, statement) => tx.execute(statement));
    await app.close();
    await pool.end();
  });

  it('has services with Prisma take part', async () => {
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: POSTGRES_URL, max: 2 }) });
    const adapter = new TransactionalAdapterPrisma({ prismaInjectionToken: 'prisma' });
    const { app, txHost } = await hostOf(Object.assign(adapter, { connectionToken: undefined, connection: prisma }));
    const database = transactionHostDatabase(txHost, prismaDatabase<PrismaClient>(prisma)) as SqlDatabase<never>;
    await takesPart(txHost, database, (tx: PrismaClient, statement) => tx.$executeRawUnsafe(statement));
    await app.close();
    await prisma.$disconnect();
  });
});

await describeWhere('PostgreSQL', 'a TransactionHost of nestjs-cls', () => {
  passesChecks<EntityManager>({
    url: POSTGRES_URL,
    poolSize: 4,
    open: async (url) => {
      const dataSource = await open(url!);
      const shop = await startShop(dataSource);
      return {
        database: transactionHostDatabase(shop.get<Host>(TransactionHost), typeOrmDatabase(dataSource)),
        close: async () => {
          await shop.close();
          await dataSource.destroy();
        },
      };
    },
    run: (tx, sql) => tx.query(sql),
  });
});

await describeWhere('PostgreSQL', 'services of the application', () => {
  let dataSource: DataSource;
  let shop: INestApplicationContext;
  let txHost: Host;
  let sales: Sales;
  let database: SqlDatabase<EntityManager>;

  beforeAll(async () => {
    dataSource = await open(POSTGRES_URL);
    await dataSource.query(`CREATE TABLE ${TABLE} (what VARCHAR(40) UNIQUE)`);
    shop = await startShop(dataSource);
    txHost = shop.get(TransactionHost);
    sales = shop.get(Sales);
    database = transactionHostDatabase(txHost, typeOrmDatabase(dataSource));
  });

  afterAll(async () => {
    await dataSource.query(`DROP TABLE ${TABLE}`);
    await shop.close();
    await dataSource.destroy();
  });

  const sold = async () => {
    const rows: { what: string }[] = await dataSource.query(`DELETE FROM ${TABLE} RETURNING what`);
    return (rows as unknown as [{ what: string }[]])[0].map(({ what }) => what).toSorted();
  };
  const handle = async (transaction: SqlTransaction, handler: () => Promise<unknown>) =>
    transaction.runHandlers!(handler);

  it('take part in the transaction of an outcome, by the host, by the injected transaction and by @Transactional', async () => {
    for (const end of ['rollback', 'commit'] as const) {
      const outcome = await database.begin(LIMITS);
      await handle(outcome, async () => {
        await sales.add('by the host');
        await sales.addByInjected('by the injected');
        await sales.addTogether('by the decorator');
        await outcome.tx.query(`INSERT INTO ${TABLE} VALUES ('by tx')`);
      });
      await outcome[end]();
      expect(await sold()).toEqual(
        end === 'rollback' ? [] : ['by the decorator', 'by the host', 'by the injected', 'by tx'],
      );
    }
  });

  it('undo a nested transaction alone', async () => {
    const outcome = await database.begin(LIMITS);
    await handle(outcome, async () => {
      await sales.add('kept');
      await expect(sales.addOrNot('twice')).rejects.toThrow('duplicate key');
    });
    await outcome.commit();
    expect(await sold()).toEqual(['kept']);
  });

  it('leave it where they ask for a transaction of their own', async () => {
    const outcome = await database.begin(LIMITS);
    await handle(outcome, async () => {
      await sales.add('of the outcome');
      await sales.addApart('of its own');
    });
    await outcome.rollback();
    expect(await sold()).toEqual(['of its own']);
  });

  it('that have a transaction open do not share it with the module', async () => {
    await txHost.withTransaction(async () => {
      await sales.add('of the service');
      const outcome = await database.begin(LIMITS);
      await handle(outcome, () => sales.add('of the outcome'));
      await outcome.rollback();
      await database.execute(`INSERT INTO ${TABLE} VALUES ('committed at once')`);
      await sales.add('of the service, later');
      await expect(sold()).resolves.toEqual(['committed at once']);
    });
    expect(await sold()).toEqual(['of the service', 'of the service, later']);
  });

  it('that go on after the outcome has ended are refused', async () => {
    let goOn!: () => void;
    const ended = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const outcome = await database.begin(LIMITS);
    let late!: Promise<void>;
    await handle(outcome, async () => {
      await sales.add('in time');
      late = ended.then(() => sales.add('late'));
    });
    await outcome.commit();
    goOn();
    await expect(late).rejects.toThrow('already released');
    expect(await sold()).toEqual(['in time']);
  });

  it('that run at the same time have each their own', async () => {
    const outcomes = [await database.begin(LIMITS), await database.begin(LIMITS)];
    await Promise.all(
      outcomes.map((outcome, index) =>
        handle(outcome, async () => {
          await sales.add(`first of ${index}`);
          await sales.add(`second of ${index}`);
        }),
      ),
    );
    await outcomes[0]!.rollback();
    await outcomes[1]!.commit();
    expect(await sold()).toEqual(['first of 1', 'second of 1']);
  });

  it('another object than a host is refused at the start', () => {
    const other = { tx: dataSource.manager, withTransaction: async () => {} };
    expect(() => transactionHostDatabase(other as never, database)).toThrow(TypeError);
  });
});
