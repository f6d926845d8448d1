import { Injectable, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  CashierService,
  getPass2PayOptionsToken,
  OnPayment,
  OrderState,
  type CashierOrder,
  type CreateCashierOrderDto,
} from 'nestjs-pass2pay';
import Libsql from 'libsql';
import { ensureSchema } from 'nestjs-pass2pay/database';
import { sqliteDatabase } from 'nestjs-pass2pay/database/sqlite';
import { Pass2PaySandboxModule } from 'pass2pay-sandbox/nest';
import { startTestSandbox } from 'pass2pay-sandbox/testing';
import { expect, it } from '@jest/globals';
import { recordingLogger } from '../support/recording-logger.js';
import { RunDocument } from './support/document.js';
import { ORDER, startShop } from './support/shop.js';

const page = new RunDocument('docs/orders.md');

it('the payer is sent to the gateway’s page', async () => {
  const { Cashier } = await page.load<{ Cashier: Type<{ urlFor(order: object): Promise<string> }> }>('class Cashier ');
  const { app, gateway } = await startShop({ providers: [Cashier] });
  const order = { no: 'O1', totalInFen: 1999, customer: { id: 'C1', since: new Date('2024-01-01') } };
  expect(await app.get(Cashier).urlFor(order)).toContain(gateway.url);
  expect(gateway.order('O1')).toMatchObject({ amount: 1999 });
});

it('the checkout takes the price from its own records, whatever the payer sends', async () => {
  const { Baskets, CheckoutController } = await page.load<{ Baskets: Type; CheckoutController: Type }>(
    'class CheckoutController',
  );
  const baskets = {
    place: async (basketId: string) => ({
      number: `O-${basketId}`,
      totalInFen: 1999,
      customer: { id: 'C1', since: new Date('2024-01-01') },
    }),
  };
  const { post, gateway } = await startShop({
    controllers: [CheckoutController],
    providers: [{ provide: Baskets, useValue: baskets }],
  });
  const response = await post('/checkout', { basketId: 'B1', wayCode: 'ALI_QR' });
  expect(response.status).toBe(201);
  expect(await response.json()).toEqual({
    cashierUrl: expect.stringContaining(gateway.url),
    expiresAt: expect.stringMatching(/^\d{4}-/),
  });
  expect(gateway.order('O-B1')).toMatchObject({ amount: 1999, wayCode: 'ALI_QR' });
  const forged = await post('/checkout', { basketId: 'B2', amount: 1, notifyUrl: 'https://thief.example/' });
  expect(forged.status).toBe(400);
  expect(await forged.json()).toMatchObject({
    message: [
      expect.stringContaining('amount cannot be set by the payer'),
      expect.stringContaining('notifyUrl cannot be set by the payer'),
    ],
  });
  expect(gateway.orders()).toHaveLength(1);
});

it('a basket has one order, and is paid once', async () => {
  const { BasketPayments } = await page.load<{
    BasketPayments: Type<{ pay(basket: object): Promise<string>; markPaid(...given: unknown[]): Promise<void> }>;
  }>('class BasketPayments');
  const connection = new Libsql(':memory:');
  const database = sqliteDatabase(connection);
  await ensureSchema(database);
  // The page is written for PostgreSQL, whose statements are looked at here.
  const statements: unknown[][] = [];
  class OnSqlite extends BasketPayments {}
  Injectable()(OnSqlite);
  Reflect.defineMetadata('design:paramtypes', [CashierService], OnSqlite);
  const markPaid = BasketPayments.prototype.markPaid;
  OnSqlite.prototype.markPaid = async function (this: never, outcome: unknown) {
    await markPaid.call(this, outcome, { query: async (...statement: unknown[]) => statements.push(statement) });
  };
  OnPayment(OrderState.Success)(
    OnSqlite.prototype,
    'markPaid',
    Object.getOwnPropertyDescriptor(OnSqlite.prototype, 'markPaid')!,
  );
  const { app, gateway } = await startShop(
    { providers: [OnSqlite] },
    { options: { database, notifyPath: 'pay/notify' } },
  );
  const basket = { id: 'B1', totalInFen: 1999, customer: { id: 'C1', since: new Date('2024-01-01') } };
  const pay = async () => app.get(OnSqlite).pay(basket);
  const [first, again] = await Promise.all([pay(), pay()]);
  expect(first).toBe(again);
  expect(gateway.orders()).toHaveLength(1);
  const { mchOrderNo: old } = gateway.orders()[0]!;
  await gateway.close(old);
  await gateway.notifySettled(old);
  expect(await pay()).not.toBe(first);
  const { mchOrderNo } = gateway.orders()[1]!;
  await gateway.pay(mchOrderNo);
  await gateway.notifySettled(mchOrderNo);
  expect(await pay()).toBe('/baskets/B1/thanks');
  await gateway.payAfterClose(old);
  await gateway.notifySettled(old);
  expect(statements).toEqual([
    ['UPDATE baskets SET paid = true WHERE id = $1', ['B1']],
    ['INSERT INTO to_refund (no) VALUES ($1)', [old]],
  ]);
});

it('the browser hears an order’s states until the last one', async () => {
  const { OrderStateController } = await page.load<{ OrderStateController: Type }>('class OrderStateController');
  const { app, url, gateway } = await startShop({ controllers: [OrderStateController] });
  await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
  await gateway.pay('O1');
  const stream = await fetch(`${url}/orders/O1/state`);
  expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(await stream.text()).toContain('data: {"state":2}');
});

it('an order is made for the app that the call names', async () => {
  const { payTo } = await page.load<{
    payTo: (cashier: CashierService, appId: string, order: CreateCashierOrderDto) => Promise<CashierOrder>;
  }>('function payTo');
  const merchants = ['A1', 'A2'].map((appId) => ({ mchNo: 'M1', appId, secret: `the secret of ${appId}, 0123456789` }));
  const { app, gateway } = await startShop({}, { sandbox: { merchants } });
  await payTo(app.get(CashierService), 'A2', { ...ORDER, mchOrderNo: 'O1' });
  expect(gateway.order('O1')).toMatchObject({ appId: 'A2' });
});

it('the instance named eu sells through its own gateway', async () => {
  const { Checkout, ShopModule } = await page.load<{ Checkout: Type<{ europe: CashierService }>; ShopModule: Type }>(
    'class ShopModule',
  );
  const sandbox = await startTestSandbox();
  const app = await Test.createTestingModule({ imports: [ShopModule, Pass2PaySandboxModule.register(sandbox)] })
    .setLogger(recordingLogger)
    .overrideProvider(getPass2PayOptionsToken('eu'))
    .useValue(sandbox.options)
    .compile();
  await app.get(Checkout, { strict: false }).europe.createOrder({ ...ORDER, mchOrderNo: 'O1' });
  expect(sandbox.gateway.order('O1')).toMatchObject({ amount: ORDER.amount });
  await app.close();
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
