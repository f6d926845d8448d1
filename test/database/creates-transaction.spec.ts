// Creates within transactions, and those that end at once.
import { expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import Libsql from 'libsql';
import { DataSource } from 'typeorm';
import { Pass2PayOrders } from '../../lib/database/orders/pass2pay-orders.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import { sqliteDatabase } from '../../lib/database/adapters/sqlite.js';
import { typeOrmDatabase } from '../../lib/database/adapters/typeorm.js';
import { PaymentService } from '../../lib/payments/payment.service.js';
import { DEFAULT_MERCHANT } from '../../sandbox/index.js';
import { Creator } from './support/creator.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES } from './support/places.js';
import { Shops, type Shop } from './support/shops.js';
import { withShops } from './support/with-shops.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const MERCHANT = { mchNo, appId, secrets: secret };

/** Nothing listens there: nothing is to be sent. */
const NOWHERE = 'http://127.0.0.1:1';

for (const { need, open } of PLACES) {
  await describeWhere(need, `creates on ${need}`, () => {
    let shops: Shops;
    withShops(open, (opened) => ({ shops } = opened));

    const find = ({ app }: Shop, mchOrderNo: string) => app.get(Pass2PayOrders).find({ mchNo, mchOrderNo });

    if (need === 'libsql') {
      it('are refused in a handler, whose transaction has the one connection', async () => {
        const shop = await shops.start();
        await shop.create('O1');
        shop.handler.does = () => shop.create('O2');
        await shops.sandbox.pay('O1');
        await shops.sandbox.advance(0);
        expect(await shops.outcomes()).toMatchObject([
          { result: 'failed', error: expect.stringMatching(/must be committed before it is sent.*after: 'commit'/) },
        ]);
        expect(shops.sandbox.order('O2')).toBeUndefined();
        // What a handler has begun may go on after its transaction.
        shop.handler.does = () => undefined;
        await shop.retry();
        expect(await shops.effects()).toEqual(['O1 2']);
        await shop.create('O2');
      });
    } else {
      it('in a handler that fails are made and stay in the table: their row is of no transaction', async () => {
        const shop = await shops.start();
        await shop.create('O1');
        shop.handler.does = async () => {
          await shop.create('O2');
          throw new Error('the handler failed');
        };
        await shops.sandbox.pay('O1');
        await shops.sandbox.advance(0);
        expect(await shops.effects()).toEqual([]);
        expect(await find(shop, 'O2')).toMatchObject({ status: 'created' });
        expect(shops.sandbox.order('O2')).toBeDefined();
      });
    }

    const payAtOnce = async (shop: Shop) =>
      shop.app.get(PaymentService).createOrder({
        mchOrderNo: 'O1',
        amount: 100,
        custNo: 'C200492312',
        registerTime: 1_622_016_572_190,
        clientIp: '210.73.10.148',
        wayCode: 'ALI_BAR',
        channelExtra: { authCode: '280812820366966512' },
      });

    it('that are paid at once raise the outcome', async () => {
      const shop = await shops.start();
      shops.sandbox.inject({ kind: 'upstream', result: 'paid', mchOrderNo: 'O1' });
      expect(await payAtOnce(shop)).toMatchObject({ state: 2 });
      expect(shop.told).toMatchObject([{ mchOrderNo: 'O1', state: 2, source: 'query' }]);
      expect(await find(shop, 'O1')).toMatchObject({ status: 'created', lastApplied: 2 });
    });

    it('that are paid at once keep the state, and are looked at soon, where nobody can be told', async () => {
      const shop = await shops.start();
      shops.sandbox.inject({ kind: 'upstream', result: 'paid', mchOrderNo: 'O1' });
      shops.sandbox.inject({ kind: 'http-500', endpoint: 'query', mchOrderNo: 'O1' });
      const before = Date.now();
      expect(await payAtOnce(shop)).toMatchObject({ state: 2 });
      const order = (await find(shop, 'O1'))!;
      expect(order).toMatchObject({ status: 'created', gatewayState: 2 });
      expect(order).not.toHaveProperty('lastApplied');
      expect(order.nextCheckAt!.getTime() - before).toBeLessThan(60_000);
    });
  });
}

const LIBRARIES = [
  { need: 'libsql', open: () => new Libsql(':memory:') },
  { need: 'better-sqlite3', open: () => new BetterSqlite3(':memory:') },
] as const;

for (const { need, open } of LIBRARIES) {
  await describeWhere(need, `a transaction of the application on ${need}`, () => {
    it('keeps orders from being created, and goes on', async () => {
      const connection = open();
      const database = sqliteDatabase(connection);
      await ensureSchema(database);
      const creator = new Creator(database, tablesOf(), MERCHANT, { baseUrl: NOWHERE });
      connection.exec('CREATE TABLE cart (no TEXT)');
      connection.exec('BEGIN');
      connection.exec("INSERT INTO cart VALUES ('C1')");
      await expect(creator.create('cashier', 'O1')).rejects.toMatchObject({
        name: 'OpenTransactionError',
        message: expect.stringMatching(/transaction of the application/),
      });
      connection.exec('COMMIT');
      expect((await database.execute('SELECT no FROM cart')).rows).toEqual([{ no: 'C1' }]);
      expect(await creator.find('cashier', 'O1')).toBeUndefined();
      await creator.close();
      connection.close();
    });
  });
}

await describeWhere('better-sqlite3', 'a transaction of the application on TypeORM', () => {
  it('keeps orders from being created', async () => {
    const dataSource = new DataSource({ type: 'better-sqlite3', database: ':memory:' });
    await dataSource.initialize();
    const database = typeOrmDatabase(dataSource);
    await ensureSchema(database);
    const databaseLimits = { connectionTimeoutMs: 50 };
    const creator = new Creator(database, tablesOf(), MERCHANT, { baseUrl: NOWHERE, databaseLimits });
    await dataSource.transaction(async (manager) => {
      await manager.query('CREATE TABLE cart (no TEXT)');
      await expect(creator.create('cashier', 'O1')).rejects.toMatchObject({ name: 'OpenTransactionError' });
    });
    expect(await dataSource.query('SELECT * FROM cart')).toEqual([]);
    await creator.close();
    await dataSource.destroy();
  });
});
