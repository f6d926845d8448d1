import type { Type } from '@nestjs/common';
import { TransferService } from 'nestjs-pass2pay';
import { expect, it } from '@jest/globals';
import { RunDocument } from './support/document.js';
import { startShop } from './support/shop.js';

const page = new RunDocument('docs/transfers.md');
const { Payouts, PayoutService } = await page.load<{ Payouts: Type; PayoutService: Type<{ payOut(): Promise<void> }> }>(
  'class PayoutService',
);
const { Ledger, PayoutNews } = await page.load<{ Ledger: Type; PayoutNews: Type }>('class PayoutNews');
const { PayNotifyController } = await new RunDocument('docs/notifies.md').load<{ PayNotifyController: Type }>(
  'class PayNotifyController',
);

/** A database of payouts, which remembers what it was told. */
async function startPayouts(number: string) {
  const told: unknown[][] = [];
  const payouts = {
    open: async () => ({
      number,
      customer: 'C1',
      ip: '1.2.3.4',
      card: '6222000011112222',
      holder: 'Li',
      amountInFen: 100,
    }),
    note: async (...noted: unknown[]) => void told.push(noted),
  };
  const ledger = {
    arrived: async (transfer: string, key: string, isLate: boolean) =>
      void told.push(['arrived', transfer, key !== '', isLate]),
    giveBack: async (transfer: string, key: string) => void told.push(['given back', transfer, key !== '']),
  };
  const shop = await startShop(
    {
      controllers: [PayNotifyController],
      providers: [
        PayoutService,
        PayoutNews,
        { provide: Payouts, useValue: payouts },
        { provide: Ledger, useValue: ledger },
      ],
    },
    { options: { retries: 0 } },
  );
  return { ...shop, told, payOut: () => shop.app.get<{ payOut(): Promise<void> }>(PayoutService).payOut() };
}

it('a payout is noted as sent, and its arrival is heard', async () => {
  const { told, payOut, gateway } = await startPayouts('T1');
  await payOut();
  await gateway.succeedTransfer('T1');
  expect(await gateway.notifySettled('T1')).toMatchObject({ acknowledged: true });
  expect(told).toEqual([
    ['T1', 'sent'],
    ['arrived', 'T1', true, false],
  ]);
});

it('a transfer that fails is given back', async () => {
  const { told, payOut, gateway } = await startPayouts('T1');
  await payOut();
  await gateway.failTransfer('T1');
  expect(await gateway.notifySettled('T1')).toMatchObject({ acknowledged: true });
  expect(told).toEqual([
    ['T1', 'sent'],
    ['given back', 'T1', true],
  ]);
});

it('a payout whose fate is not known is noted as that, and the same call settles it', async () => {
  const { app, told, payOut, gateway } = await startPayouts('T1');
  gateway.inject({ kind: 'reset-after', endpoint: 'transferOrder' });
  const unanswered = gateway.inject({ kind: 'reset-before', endpoint: 'transferQuery', times: 10 });
  await payOut();
  unanswered.remove();
  await payOut();
  expect(told).toEqual([
    ['T1', 'unknown'],
    ['T1', 'sent'],
  ]);
  expect(gateway.transfers()).toHaveLength(1);
  expect(await app.get(TransferService).queryTransfer({ mchOrderNo: 'T1' })).toMatchObject({ amount: 100 });
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
