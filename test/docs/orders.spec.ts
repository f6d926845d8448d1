import type { Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  CashierService,
  getPass2PayOptionsToken,
  type CashierOrder,
  type CreateCashierOrderDto,
} from 'nestjs-pass2pay';
import { Pass2PaySandboxModule } from 'pass2pay-sandbox/nest';
import { startTestSandbox } from 'pass2pay-sandbox/testing';
import { expect, it } from '@jest/globals';
import { recordingLogger } from '../support/recording-logger.js';
import { RunDocument } from './support/document.js';
import { ORDER, startShop } from './support/shop.js';

const page = new RunDocument('docs/orders.md');

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
      expect.stringContaining('amount is not the payer'),
      expect.stringContaining('notifyUrl is not the payer'),
    ],
  });
  expect(gateway.orders()).toHaveLength(1);
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
