import type { Type } from '@nestjs/common';
import { CashierService } from 'nestjs-pass2pay';
import { DEFAULT_MERCHANT } from 'pass2pay-sandbox';
import { signedPaymentNotify, signedTransferNotify } from 'pass2pay-sandbox/testing';
import { expect, it } from '@jest/globals';
import { logged } from '../support/recording-logger.js';
import { startApp } from '../support/nest-app.js';
import { RunDocument } from './support/document.js';
import { ORDER, startShop } from './support/shop.js';
import { MERCHANT_ENV } from './support/environment.js';

const page = new RunDocument('docs/notifies.md');
const { PayNotifyController } = await page.load<{ PayNotifyController: Type }>('class PayNotifyController');
const { Orders, Fulfilment } = await page.load<{ Orders: Type; Fulfilment: Type }>('class Fulfilment');
const { PayModule } = await page.load<{ PayModule: Type }>('class PayModule');

const { OwnQueue, ForwardingController } = await page.load<{ OwnQueue: Type; ForwardingController: Type }>(
  'class ForwardingController',
);

/** The document's route and handlers, with a table that has each order at the amount, and the moves that changed one. */
async function startWithOrders(amount: number) {
  const states = new Map<string, string>();
  const moves: string[] = [];
  const move = async (no: string, from: string[], to: string) => {
    if (!from.includes(states.get(no) ?? 'open')) return false;
    states.set(no, to);
    moves.push(to);
    return true;
  };
  const merchantOrders = { find: async () => ({ amount, currency: 'cny' }), pending: async () => [] };
  const shop = await startShop(
    { controllers: [PayNotifyController], providers: [Fulfilment, { provide: Orders, useValue: { move } }] },
    { options: { merchantOrders } },
  );
  await shop.app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
  return { ...shop, moves };
}

it('a payment is marked once, however often it is told', async () => {
  const { gateway, moves } = await startWithOrders(ORDER.amount);
  await gateway.pay('O1');
  await gateway.notifySettled('O1');
  await gateway.resendNotify('O1');
  await gateway.notifySettled('O1');
  expect(gateway.notifyAttempts('O1').map(({ response }) => response)).toEqual(['success', 'success']);
  expect(moves).toEqual(['paid']);
});

it('a payment after closing is marked as late', async () => {
  const { gateway, moves } = await startWithOrders(ORDER.amount);
  await gateway.close('O1');
  await gateway.notifySettled('O1');
  await gateway.payAfterClose('O1');
  await gateway.notifySettled('O1');
  expect(moves).toEqual(['closed', 'paid-late']);
});

it('a payment of another amount raises the alarm, and marks nothing', async () => {
  const { gateway, moves } = await startWithOrders(1);
  await gateway.pay('O1');
  expect(await gateway.notifySettled('O1')).toMatchObject({ acknowledged: true });
  expect(moves).toEqual([]);
  expect(logged).toContainEqual(expect.stringMatching(/^Look at O1: .*amount/));
});

it('a forged notify is refused', async () => {
  const { post, moves } = await startWithOrders(ORDER.amount);
  const forger = { merchant: { ...DEFAULT_MERCHANT, secret: 'a guess at the secret' } };
  const { body } = signedPaymentNotify({ mchOrderNo: 'O1', amount: ORDER.amount }, forger);
  expect((await post('/pay/notify', body)).status).toBe(401);
  expect(moves).toEqual([]);
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

it('the built-in route takes the notifies of payments and transfers', async () => {
  Object.assign(process.env, {
    PASS2PAY_BASE_URL: 'http://127.0.0.1:9',
    ...MERCHANT_ENV,
  });
  const moves: string[] = [];
  const orders = { provide: Orders, useValue: { move: async (no: string) => void moves.push(no) } };
  const { app, url } = await startApp({ imports: [PayModule], providers: [Fulfilment, orders] });
  const payment = signedPaymentNotify({ mchOrderNo: 'O1', amount: ORDER.amount });
  const response = await fetch(`${url}/pay/notify`, { method: 'POST', ...payment });
  expect(await response.text()).toBe('success');
  expect(moves).toEqual(['O1']);
  // Nothing of the page handles transfers.
  const transfer = signedTransferNotify({ mchOrderNo: 'T1', amount: ORDER.amount });
  expect((await fetch(`${url}/pay/transfer-notify`, { method: 'POST', ...transfer })).status).toBe(503);
  await app.close();
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
