import { CashierService, type CashierOrder } from 'nestjs-pass2pay';
import { expect, it } from '@jest/globals';
import { RunDocument } from './support/document.js';
import { ORDER, startShop } from './support/shop.js';

const page = new RunDocument('docs/faults.md');

it('an order of which nobody knows is settled by the same call', async () => {
  const { createOrder } = await page.load<{
    createOrder: (cashier: CashierService, order: object) => Promise<CashierOrder | undefined>;
  }>('createOrder');
  const { app, gateway } = await startShop({}, { options: { retries: 0 } });
  const create = () => createOrder(app.get(CashierService), { ...ORDER, mchOrderNo: 'O1' });
  gateway.inject({ kind: 'reset-after', endpoint: 'cashierOrder' });
  gateway.inject({ kind: 'http-500', endpoint: 'query' });
  expect(await create()).toBeUndefined();
  expect(await create()).toMatchObject({ recovered: true, cashierUrl: expect.stringContaining(gateway.url) });
  expect(gateway.orders()).toHaveLength(1);
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
