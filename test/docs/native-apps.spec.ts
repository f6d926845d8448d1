import type { Type } from '@nestjs/common';
import { expect, it } from '@jest/globals';
import { RunDocument } from './support/document.js';
import { startShop } from './support/shop.js';

const page = new RunDocument('docs/native-apps.md');
const { Orders, AppOrdersController } = await page.load<{ Orders: Type; AppOrdersController: Type }>(
  'class AppOrdersController',
);

it('an app gets the cashier’s URL, the state, and a page to come back to', async () => {
  const orders = {
    open: async () => ({ no: 'O1', totalInFen: 1999, customer: { id: 'C1', since: new Date('2024-01-01') } }),
    stateOf: async () => 'open',
  };
  const { post, url, gateway } = await startShop({
    controllers: [AppOrdersController],
    providers: [{ provide: Orders, useValue: orders }],
  });
  expect(await (await post('/app/orders', {})).json()).toEqual({
    no: 'O1',
    cashierUrl: expect.stringContaining(gateway.url),
  });
  expect(gateway.order('O1')).toMatchObject({ returnUrl: 'https://shop.example/app/orders/O1/return' });
  expect(await (await fetch(`${url}/app/orders/O1`)).json()).toEqual({ state: 'open' });
  const back = await fetch(`${url}/app/orders/O1/return?state=2`);
  expect(back.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await back.text()).not.toContain('paid');
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
