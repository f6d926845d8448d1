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
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import { ClsModule } from 'nestjs-cls';
import { DataSource, type EntityManager } from 'typeorm';
import { transactionHostDatabase } from '../../lib/database/adapters/transaction-host.js';
import { typeOrmDatabase } from '../../lib/database/adapters/typeorm.js';
import type { SqlDatabase, SqlTransaction } from '../../lib/database/sql-database.js';
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
