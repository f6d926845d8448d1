import type { Type } from '@nestjs/common';
import { CashierService, Reconciler } from 'nestjs-pass2pay';
import { expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { RunDocument } from './support/document.js';
import { withPostgresShop } from './support/postgres-shop.js';
import { ORDER } from './support/shop.js';

const page = new RunDocument('docs/fees-and-refunds.md');
const { Ledger } = await page.load<{ Ledger: Type }>('class Ledger');
const TABLE = 'CREATE TABLE ledger (id SERIAL, no TEXT, amount INT, fee INT)';

await describeWhere('PostgreSQL', 'a ledger', () => {
  it('has the fee that the notify tells, and the refund that a query finds', () =>
    withPostgresShop(
      { table: TABLE, providers: [Ledger], sandbox: { notifyFeeRate: '0.006' } },
      async ({ app, gateway }, pool) => {
        await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
        await gateway.pay('O1');
        await gateway.notifySettled('O1');
        await gateway.refund('O1');
        await app.get(Reconciler).reconcileNow('O1');
        const { rows } = await pool.query('SELECT no, amount, fee FROM ledger ORDER BY id');
        expect(rows).toEqual([
          { no: 'O1', amount: 10031, fee: 60 },
          { no: 'O1', amount: -10031, fee: null },
        ]);
      },
    ));

  it('has no fee of a payment that a query found', () =>
    withPostgresShop({ table: TABLE, providers: [Ledger] }, async ({ app, gateway }, pool) => {
      await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
      gateway.inject({ kind: 'notify-drop', mchOrderNo: 'O1', times: 6 });
      await gateway.pay('O1');
      await app.get(Reconciler).reconcileNow('O1');
      expect((await pool.query('SELECT no, fee FROM ledger')).rows).toEqual([{ no: 'O1', fee: null }]);
    }));
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
