import { pathToFileURL } from 'node:url';
import type { ModuleMetadata, Type } from '@nestjs/common';
import { TransactionHost } from '@nestjs-cls/transactional';
import { DataSource } from 'typeorm';
import { CashierService, Pass2PayModule, type Pass2PayOptions } from 'nestjs-pass2pay';
import { ensureSchema } from 'nestjs-pass2pay/database';
import { typeOrmDatabase } from 'nestjs-pass2pay/database/typeorm';
import { Pass2PaySandboxModule } from 'pass2pay-sandbox/nest';
import { startTestSandbox } from 'pass2pay-sandbox/testing';
import { expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { startApp } from '../support/nest-app.js';
import { compiled, RunDocument } from './support/document.js';
import { withPostgres } from './support/sell.js';
import { ORDER } from './support/shop.js';

const page = new RunDocument('docs/recipes/transaction-host.md');
const install = page.take('npm i nestjs-cls');
const recipe = page.take('transactionHostDatabase(txHost');

it('the document has no code but this', () => {
  expect(install).toContain('@nestjs-cls/transactional-adapter-typeorm');
  expect(page.unrun()).toEqual([]);
});

await describeWhere('PostgreSQL', 'with a TransactionHost', () => {
  it('a service without tx writes in the transaction of the outcome', () =>
    withPostgres(async () => {
      const shop = (await import(pathToFileURL(compiled(recipe)).href)) as {
        dataSource: DataSource;
        imports: NonNullable<ModuleMetadata['imports']>;
        pass2payOptions: (...args: unknown[]) => Partial<Pass2PayOptions>;
        Orders: Type;
        Fulfilment: Type;
      };
      const { dataSource } = shop;
      await dataSource.initialize();
      await ensureSchema(typeOrmDatabase(dataSource));
      await dataSource.query('CREATE TABLE orders (no VARCHAR(64) PRIMARY KEY, paid INTEGER NOT NULL)');
      await dataSource.query("INSERT INTO orders VALUES ('O1', 0), ('O2', 0)");
      const testing = await startTestSandbox({ notifyPath: '/pay/notify' });
      const { gateway } = testing;
      const { app } = await startApp({
        imports: [
          ...shop.imports,
          Pass2PayModule.forRootAsync({
            notifyPath: 'pay/notify',
            inject: [TransactionHost, DataSource],
            useFactory: (...injected) => ({ ...testing.options, ...shop.pass2payOptions(...injected) }),
          }),
          Pass2PaySandboxModule.register(testing),
        ],
        providers: [shop.Orders, shop.Fulfilment],
      });
      await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
      await gateway.pay('O1');
      expect(await gateway.notifySettled('O1')).toMatchObject({ acknowledged: true });
      expect(await dataSource.query('SELECT no, paid FROM orders ORDER BY no')).toEqual([
        { no: 'O1', paid: 1 },
        { no: 'O2', paid: 0 },
      ]);
      await app.close();
      await dataSource.destroy();
    }));
});
