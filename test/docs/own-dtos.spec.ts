import type { Type } from '@nestjs/common';
import { expect, it } from '@jest/globals';
import { RunDocument } from './support/document.js';
import { startShop } from './support/shop.js';

const page = new RunDocument('docs/own-dtos.md');
const { Baskets, PayController } = await page.load<{ Baskets: Type; PayController: Type }>('class PayController');

const place = async (basketId: string) => ({
  number: `O-${basketId}`,
  totalInFen: 1999,
  customer: { id: 'C1', since: new Date('2024-01-01') },
});

it('a route takes what the payer may set, by the module’s rules', async () => {
  const { post, gateway } = await startShop({
    controllers: [PayController],
    providers: [{ provide: Baskets, useValue: { place } }],
  });
  expect((await post('/pay', { basketId: 'B1', wayCode: 'ALI_QR' })).status).toBe(201);
  expect(gateway.order('O-B1')).toMatchObject({ amount: 1999, wayCode: 'ALI_QR' });
  // As if not given.
  expect((await post('/pay', { basketId: 'B2', wayCode: '' })).status).toBe(201);

  const wrong = await post('/pay', { basketId: 'B3', wayCode: 'ali qr' });
  expect(wrong.status).toBe(400);
  expect(await wrong.json()).toMatchObject({ message: [expect.stringMatching(/^wayCode /)] });
  const forged = await post('/pay', { basketId: 'B4', amount: 1 });
  expect(forged.status).toBe(400);
  expect(await forged.json()).toMatchObject({ message: ['property amount should not exist'] });
  expect(gateway.orders()).toHaveLength(2);
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
