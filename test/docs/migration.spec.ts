import type { Type } from '@nestjs/common';
import { CashierService, type MerchantOrders, type Pass2PayOptions } from 'nestjs-pass2pay';
import { expect, it } from '@jest/globals';
import { RunDocument } from './support/document.js';
import { ORDER, startShop } from './support/shop.js';

const page = new RunDocument('docs/migration.md');
const { Effects, PayNotifyController, Fulfilment } = await page.load<Record<string, Type>>('class Fulfilment');

it.each(['/callback/pass2pay', '/pay/notify'])(
  'orders that have %s as their notifyUrl are settled',
  async (notifyPath) => {
    const settled: string[][] = [];
    const settle = async (order: string, from: string[], to: string) => void settled.push([order, from.join(), to]);
    const { app, gateway } = await startShop(
      { controllers: [PayNotifyController!], providers: [Fulfilment!, { provide: Effects!, useValue: { settle } }] },
      { sandbox: { notifyPath } },
    );
    for (const mchOrderNo of ['O1', 'O2']) await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo });
    await gateway.pay('O1');
    await gateway.notifySettled('O1');
    await gateway.close('O2');
    await gateway.notifySettled('O2');
    expect(settled).toEqual([
      ['O1', 'open,closed', 'paid'],
      ['O2', 'open', 'closed'],
    ]);
  },
);

it('beside the old code, nothing is asked of the gateway', async () => {
  const { besideTheOldCode } = await page.load<{
    besideTheOldCode: (merchantOrders: MerchantOrders) => Partial<Pass2PayOptions>;
  }>('besideTheOldCode');
  const merchantOrders = { find: async () => null, pending: async () => [] };
  const { gateway } = await startShop({}, { options: besideTheOldCode(merchantOrders) });
  expect(gateway.requests).toEqual([]);
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
