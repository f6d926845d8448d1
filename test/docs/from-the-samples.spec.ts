import { CashierService, type CashierOrder } from 'nestjs-pass2pay';
import { expect, it } from '@jest/globals';
import { RunDocument } from './support/document.js';
import { startShop } from './support/shop.js';

const page = new RunDocument('docs/from-the-samples.md');

it('a whole order needs no more than this', async () => {
  const { createOrder } = await page.load<{ createOrder: (cashier: CashierService) => Promise<CashierOrder> }>(
    'createOrder',
  );
  const { app, gateway } = await startShop({});
  const { mchOrderNo } = await createOrder(app.get(CashierService));
  expect(gateway.order(mchOrderNo)).toMatchObject({ amount: 100 });
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
