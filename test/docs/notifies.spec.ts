import type { Type } from '@nestjs/common';
import { CashierService } from 'nestjs-pass2pay';
import { DEFAULT_MERCHANT } from 'pass2pay-sandbox';
import { signedPaymentNotify } from 'pass2pay-sandbox/testing';
import { expect, it } from '@jest/globals';
import { logged } from '../support/recording-logger.js';
import { RunDocument } from './support/document.js';
import { ORDER, startShop } from './support/shop.js';

const page = new RunDocument('docs/notifies.md');
const { PayNotifyController } = await page.load<{ PayNotifyController: Type }>('class PayNotifyController');
const { Books, Fulfilment } = await page.load<{ Books: Type; Fulfilment: Type }>('class Fulfilment');

const { OwnQueue, ForwardingController } = await page.load<{ OwnQueue: Type; ForwardingController: Type }>(
  'class ForwardingController',
);

/** The document's route and handlers, with a book that has each order at the amount. */
async function startWithBook(amount: number) {
  const paid: [order: string, isLate: boolean][] = [];
  const payOnce = async (order: string, _key: string, isLate: boolean) => void paid.push([order, isLate]);
  const merchantOrders = { find: async () => ({ amount, currency: 'cny' }), pending: async () => [] };
  const shop = await startShop(
    { controllers: [PayNotifyController], providers: [Fulfilment, { provide: Books, useValue: { payOnce } }] },
    { options: { merchantOrders } },
  );
  await shop.app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
  return { ...shop, paid };
}

it('a payment is booked once, however often it is told', async () => {
  const { gateway, paid } = await startWithBook(ORDER.amount);
  await gateway.pay('O1');
  await gateway.notifySettled('O1');
  await gateway.resendNotify('O1');
  await gateway.notifySettled('O1');
  expect(gateway.notifyAttempts('O1').map(({ response }) => response)).toEqual(['success', 'success']);
  expect(paid).toEqual([['O1', false]]);
});

it('a payment after closing is booked as late', async () => {
  const { gateway, paid } = await startWithBook(ORDER.amount);
  await gateway.close('O1');
  await gateway.notifySettled('O1');
  await gateway.payAfterClose('O1');
  await gateway.notifySettled('O1');
  expect(paid).toEqual([['O1', true]]);
});

it('a payment of another amount raises the alarm, and books nothing', async () => {
  const { gateway, paid } = await startWithBook(1);
  await gateway.pay('O1');
  expect(await gateway.notifySettled('O1')).toMatchObject({ acknowledged: true });
  expect(paid).toEqual([]);
  expect(logged).toContainEqual(expect.stringMatching(/^Look at O1: .*amount/));
});

it('a forged notify is refused', async () => {
  const { post, paid } = await startWithBook(ORDER.amount);
  const forger = { merchant: { ...DEFAULT_MERCHANT, secret: 'a guess at the secret' } };
  const { body } = signedPaymentNotify({ mchOrderNo: 'O1', amount: ORDER.amount }, forger);
  expect((await post('/pay/notify', body)).status).toBe(401);
  expect(paid).toEqual([]);
});

it('a method that hands notifies to a queue of its own is acknowledged when that has them', async () => {
  const kept: string[] = [];
  const add = async ({ mchOrderNo }: { mchOrderNo: string }) => void kept.push(mchOrderNo);
  const { post } = await startShop({
    controllers: [ForwardingController],
    providers: [{ provide: OwnQueue, useValue: { add } }],
  });
  const { body } = signedPaymentNotify({ mchOrderNo: 'O1', amount: ORDER.amount });
  expect(await (await post('/pay/forwarded-notify', body)).text()).toBe('success');
  expect(kept).toEqual(['O1']);
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
