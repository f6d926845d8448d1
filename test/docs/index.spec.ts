import type { Type } from '@nestjs/common';
import { CashierService } from 'nestjs-pass2pay';
import { expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { RunDocument } from './support/document.js';
import { withPostgresShop } from './support/postgres-shop.js';
import { ORDER } from './support/shop.js';

const page = new RunDocument('docs/index.md');
const { Fulfilment } = await page.load<{ Fulfilment: Type }>('class Fulfilment');

await describeWhere('PostgreSQL', 'the handler of the first page', () => {
  it('marks an order as paid', () =>
    withPostgresShop(
      { table: "CREATE TABLE orders (no TEXT, state TEXT DEFAULT 'open')", providers: [Fulfilment] },
      async ({ app, gateway }, pool) => {
        await pool.query("INSERT INTO orders (no) VALUES ('O1')");
        await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
        await gateway.pay('O1');
        expect(await gateway.notifySettled('O1')).toMatchObject({ acknowledged: true });
        expect((await pool.query('SELECT state FROM orders')).rows).toEqual([{ state: 'paid' }]);
      },
    ));
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
