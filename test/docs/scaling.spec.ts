import type { INestApplication } from '@nestjs/common';
import { CashierService, OnPayment, type Pass2PayOptions } from 'nestjs-pass2pay';
import { ensureSchema } from 'nestjs-pass2pay/database';
import { pgDatabase } from 'nestjs-pass2pay/database/pg';
import pg from 'pg';
import { expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { RunDocument } from './support/document.js';
import { withPostgres } from './support/sell.js';
import { ORDER, startShop } from './support/shop.js';

const page = new RunDocument('docs/scaling.md');
const { optionsOfEachProcess, drainOnSignals } = await page.load<{
  optionsOfEachProcess: (pool: pg.Pool) => Partial<Pass2PayOptions>;
  drainOnSignals: (app: INestApplication) => void;
}>('optionsOfEachProcess');

class Fulfilment {
  readonly paid: string[] = [];

  @OnPayment()
  markPaid({ mchOrderNo }: { mchOrderNo: string }) {
    this.paid.push(mchOrderNo);
  }
}

await describeWhere('PostgreSQL', 'two applications with the same options', () => {
  it('share what was applied', () =>
    withPostgres(async () => {
      const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
      await ensureSchema(pgDatabase(pool));
      const options = { ...optionsOfEachProcess(pool), notifyPath: 'pay/notify' };
      const [first, second] = [
        await startShop({ providers: [Fulfilment] }, { options }),
        await startShop({ providers: [Fulfilment] }, { options }),
      ];
      drainOnSignals(first.app);
      await first.app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
      await first.gateway.pay('O1');
      await first.gateway.notifySettled('O1');
      const { body } = first.gateway.notifyAttempts('O1')[0]!;
      expect(await (await second.post('/pay/notify', body)).text()).toBe('success');
      expect([first.app.get(Fulfilment).paid, second.app.get(Fulfilment).paid]).toEqual([['O1'], []]);
      for (const { app } of [first, second]) await app.close();
      await pool.end();
    }));
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
