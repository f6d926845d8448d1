// How often an outcome waits for the database, beside a hand-written handler's four times: begin, insert, update, commit.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Injectable, type INestApplication } from '@nestjs/common';
import Libsql from 'libsql';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { mysqlDatabase } from '../../lib/database/adapters/mysql.js';
import { CheckoutTable } from '../../lib/database/checkout/checkout-table.js';
import { OrderTable } from '../../lib/database/orders/order-table.js';
import { pgDatabase } from '../../lib/database/adapters/pg.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import type { SqlDatabase } from '../../lib/database/sql-database.js';
import { sqliteDatabase, type SqliteConnection } from '../../lib/database/adapters/sqlite.js';
import { typeOrmDatabase } from '../../lib/database/adapters/typeorm.js';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import type { PaymentOutcome } from '../../lib/outcomes/outcome.js';
import type { NewOrder } from '../../lib/client/order-store.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { startApp } from '../support/nest-app.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { CREATE_TIMES } from './support/create-times.js';
import { RoundTrips } from './support/round-trips.js';

/** A library under test, and how its users run a statement on what handlers get. */
interface Library {
  database: SqlDatabase;
  run(tx: never, sql: string): unknown;
  count(): number;
  close(): Promise<unknown>;
}

/** What an outcome with a handler of one statement takes, and what a redelivery of it does. */
interface Expected {
  outcome: number;
  duplicate: number;
}

const IDENTITY = { mchNo: 'M1621873433953', appId: '60cc09bce4b0f1c0b83761c9' };

function countedOn(
  name: string,
  need: Parameters<typeof describeWhere>[0],
  expected: Expected,
  open: () => Promise<Library>,
) {
  return describeWhere(need, name, () => {
    const names = { prefix: `t${randomBytes(5).toString('hex')}_` };
    const tables = tablesOf(names);
    const shop = `${names.prefix}shop`;
    let library: Library;
    let app: INestApplication;
    let orders = 0;

    beforeAll(async () => {
      library = await open();
      await ensureSchema(library.database, names);
      await library.database.execute(`CREATE TABLE ${shop} (no VARCHAR(40) PRIMARY KEY, paid INTEGER)`);

      @Injectable()
      class Fulfilment {
        @OnPayment(OrderState.Success)
        async markPaid({ mchOrderNo }: PaymentOutcome, tx: never) {
          await library.run(tx, `UPDATE ${shop} SET paid = paid + 1 WHERE no = '${mchOrderNo}'`);
        }
      }

      const options = {
        baseUrl: 'http://127.0.0.1:1',
        merchants: [{ ...IDENTITY, secrets: 'secret-of-the-round-trips' }],
        database: library.database,
        databaseTables: names,
        databaseLimits: { sweepEveryMs: 86_400_000 },
      };
      ({ app } = await startApp({ imports: [Pass2PayModule.forRoot(options)], providers: [Fulfilment] }));
    });

    afterAll(async () => {
      await app.close();
      for (const table of [...Object.values(tables), shop]) await library.database.execute(`DROP TABLE ${table}`);
      await library.close();
    });

    /** The payment of an order of its own, whose row was written when it was created. */
    async function paidOrder(checkoutKey?: string) {
      const order = { ...IDENTITY, mchOrderNo: `O${++orders}`, amount: 100, currency: 'cny' };
      const payOrderId = `P${orders}`;
      const store = new OrderTable(library.database, tables, '', CREATE_TIMES);
      const written: NewOrder = { kind: 'payment', ...order, checkoutKey, custNo: 'C1', expiresInS: 7_200 };
      const start = await store.creating(written);
      const response = { state: OrderState.Paying };
      await store.settled(written, { status: 'created', gatewayId: payOrderId, response }, start);
      await library.database.execute(`INSERT INTO ${shop} (no, paid) VALUES ('${order.mchOrderNo}', 0)`);
      const fields = { ...order, payOrderId, state: OrderState.Success, successTime: 1_716_888_888_123 };
      return Object.assign(new PaymentOrder(), fields);
    }

    it(`takes ${expected.outcome} round trips for an outcome, ${expected.duplicate} for a redelivery`, async () => {
      const measured = async (payment: PaymentOrder) => {
        const before = library.count();
        const result = await app.get(OutcomeProcessor).process(payment);
        return { result, trips: library.count() - before };
      };
      const ofCheckout = async (key: string) => {
        const payment = await paidOrder(key);
        const { mchNo, appId } = IDENTITY;
        const keys = new CheckoutTable(library.database, tables, '', CREATE_TIMES);
        await keys.enter({ mchNo, appId, key, amount: 100, currency: 'cny' }, payment.mchOrderNo);
        return payment;
      };
      // A connection's first statements are prepared.
      const first = await paidOrder();
      await measured(first);
      await measured(first);
      await measured(await ofCheckout('basket 1'));
      const payment = await paidOrder();
      expect(await measured(payment)).toEqual({ result: 'applied', trips: expected.outcome });
      expect(await measured(payment)).toEqual({ result: 'duplicate', trips: expected.duplicate });
      // One statement more takes the key.
      const keyed = await ofCheckout('basket 2');
      expect(await measured(keyed)).toEqual({ result: 'applied', trips: expected.outcome + 1 });
      const { rows } = await library.database.execute(`SELECT paid FROM ${shop}`);
      expect(rows.map(({ paid }) => Number(paid))).toEqual([1, 1, 1, 1]);
    });
  });
}

const runQuery = (tx: { query(sql: string): Promise<unknown> }, sql: string) => tx.query(sql);

await countedOn('pg', 'PostgreSQL', { outcome: 3, duplicate: 4 }, async () => {
  const trips = await RoundTrips.start(POSTGRES_URL);
  const pool = new pg.Pool({ connectionString: trips.url, max: 1 });
  const close = async () => {
    await pool.end();
    await trips.close();
  };
  return { database: pgDatabase(pool), run: runQuery, count: () => trips.count, close };
});

await countedOn('TypeORM on PostgreSQL', 'PostgreSQL', { outcome: 4, duplicate: 5 }, async () => {
  const trips = await RoundTrips.start(POSTGRES_URL);
  const dataSource = new DataSource({ type: 'postgres', url: trips.url, poolSize: 1 });
  await dataSource.initialize();
  const close = async () => {
    await dataSource.destroy();
    await trips.close();
  };
  return { database: typeOrmDatabase<EntityManager>(dataSource), run: runQuery, count: () => trips.count, close };
});

await countedOn('mysql2 on MariaDB', 'MariaDB', { outcome: 3, duplicate: 4 }, async () => {
  const trips = await RoundTrips.start(MARIADB_URL);
  const pool = mysql.createPool({ uri: trips.url, connectionLimit: 1 });
  const close = async () => {
    await pool.end();
    await trips.close();
  };
  return { database: mysqlDatabase(pool), run: runQuery, count: () => trips.count, close };
});

await countedOn('TypeORM on MariaDB', 'MariaDB', { outcome: 4, duplicate: 5 }, async () => {
  const trips = await RoundTrips.start(MARIADB_URL);
  const dataSource = new DataSource({ type: 'mariadb', url: trips.url, poolSize: 1 });
  await dataSource.initialize();
  const close = async () => {
    await dataSource.destroy();
    await trips.close();
  };
  return { database: typeOrmDatabase<EntityManager>(dataSource), run: runQuery, count: () => trips.count, close };
});

// Calls of the library: there is nobody to wait for.
await countedOn('libsql', 'libsql', { outcome: 6, duplicate: 4 }, async () => {
  let count = 0;
  const connection = new Libsql(':memory:');
  const counting: SqliteConnection = {
    exec: (sql) => {
      count++;
      return connection.exec(sql);
    },
    prepare: (sql) => {
      count++;
      return connection.prepare(sql);
    },
    get inTransaction() {
      return connection.inTransaction;
    },
  };
  const run = (tx: SqliteConnection, sql: string) => tx.exec(sql);
  return { database: sqliteDatabase(counting), run, count: () => count, close: async () => connection.close() };
});
