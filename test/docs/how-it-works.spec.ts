import type { Type } from '@nestjs/common';
import { expect, it } from '@jest/globals';
import { describeWhere } from '../database/support/describe-where.js';
import { RunDocument } from './support/document.js';
import { withPostgresShop } from './support/postgres-shop.js';

const page = new RunDocument('docs/how-it-works.md');
const { Payments } = await page.load<{ Payments: Type<{ start(order: object): Promise<string> }> }>('class Payments');

await describeWhere('PostgreSQL', 'the part that a merchant writes', () => {
  it('sends the payer to the gateway, and marks the order as paid', () =>
    withPostgresShop(
      { table: "CREATE TABLE orders (no TEXT, state TEXT DEFAULT 'open')", providers: [Payments] },
      async ({ app, gateway }, pool) => {
        await pool.query("INSERT INTO orders (no) VALUES ('O1')");
        const order = { no: 'O1', totalInFen: 1999, customer: { id: 'C1', since: new Date('2024-01-01') } };
        expect(await app.get(Payments).start(order)).toContain(gateway.url);
        await gateway.pay('O1');
        await gateway.notifySettled('O1');
        expect((await pool.query('SELECT state FROM orders')).rows).toEqual([{ state: 'paid' }]);
      },
    ));
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
