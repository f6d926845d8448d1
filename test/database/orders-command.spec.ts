import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { insertOrder } from '../../lib/database/orders/insert-order.js';
import { OutcomeTable } from '../../lib/database/outcomes/outcome-table.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import { inTransaction } from '../../lib/database/transaction/in-transaction.js';
import { outcomeEvent } from '../../lib/outcomes/outcome.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { CREATE_TIMES } from './support/create-times.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';

const COMMAND = fileURLToPath(new URL('../../dist/command/main.js', import.meta.url));

const run = (words: string[]) =>
  promisify(execFile)(process.execPath, [COMMAND, 'orders', ...words], { env: { ...process.env, DATABASE_URL: '' } });

for (const { need, url, open } of PLACES) {
  await describeWhere(need, `the command orders on ${need}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'pass2pay-orders-'));
    const address = url ?? join(folder, 'shop.db');
    const prefix = `o${randomBytes(5).toString('hex')}_`;
    const tables = tablesOf({ prefix });
    const of = ['--database-url', address, '--prefix', prefix];
    let place: Place;

    beforeAll(async () => {
      place = open(address);
      await ensureSchema(place.database, { prefix });
      const made = { kind: 'payment', appId: 'A1', amount: 100, currency: 'cny', status: 'created' } as const;
      for (const [mchNo, mchOrderNo, custNo] of [
        ['M1', 'O1', 'C1'],
        ['M2', 'O2', 'C1'],
        ['M1', 'O3', 'C2'],
      ] as const) {
        await insertOrder(place.database, tables, '', { ...made, mchNo, mchOrderNo, custNo, expiresAt: 1 });
      }
      const data = { mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1', payOrderId: 'P1', amount: 100, currency: 'cny' };
      const paid = Object.assign(new PaymentOrder(), { ...data, state: 2, channelUser: 'payer-2088' });
      await inTransaction(place.database, CREATE_TIMES, (own) =>
        new OutcomeTable(place.database.dialect, tables, '').receive(own, outcomeEvent(paid, 'notify'), Date.now()),
      );
    });

    afterAll(async () => {
      for (const name of Object.values(tables)) await place.database.execute(`DROP TABLE ${name}`);
      await place.close();
      rmSync(folder, { recursive: true });
    });

    it('finds orders of a number and of a customer, and erases what is known of one', async () => {
      const one = await run(['find', ...of, '--mch-order-no', 'o1']);
      expect(one.stdout.split('\n')).toEqual(
        expect.arrayContaining([
          'mchOrderNo: O1',
          'custNo: C1',
          'lastApplied: 2',
          'expiresAt: 1970-01-01T00:00:00.001Z',
        ]),
      );
      const several = await run(['find', ...of, '--cust-no', 'C1', '--json']);
      expect(JSON.parse(several.stdout)).toMatchObject([{ mchOrderNo: 'O1' }, { mchOrderNo: 'O2' }]);
      await expect(run(['find', ...of, '--mch-order-no', 'O1', '--kind', 'transfer'])).rejects.toMatchObject({
        code: 1,
        stderr: 'orders failed: no such order in the table; check --instance and --mch-no.\n',
      });

      const forgotten = await run(['forget', ...of, '--cust-no', 'C1', '--mch-no', 'M1', '--json']);
      expect(JSON.parse(forgotten.stdout)).toEqual({ orders: 1, outcomes: 1, afterCommit: 0, waiting: 0 });
      const { rows } = await place.database.execute(`SELECT fields FROM ${tables.outcome}`);
      expect(rows[0]!.fields).not.toContain('payer-2088');
      expect((await run(['forget', ...of, '--cust-no', 'C1'])).stdout).toMatch(/^Erased: the data of 1 orders/);
      expect((await run(['forget', ...of, '--cust-no', 'C1'])).stdout).toMatch(/^Nothing was erased/);
      const left = await run(['find', ...of, '--cust-no', 'C2', '--mch-no', 'M1', '--json']);
      expect(JSON.parse(left.stdout)).toMatchObject([{ mchOrderNo: 'O3', custNo: 'C2' }]);
    });
  });
}

it('says how it is used', async () => {
  expect((await run(['--help'])).stdout).toMatch(/^Usage: nestjs-pass2pay orders find --database-url/);
});

const SOME = ['--database-url', 'postgres://u:secret@127.0.0.1:1/db'];

it.each([
  [[...SOME], /^Pass find or forget/],
  [['find', 'O1', ...SOME], /^Unexpected argument: O1/],
  [['find', ...SOME], /^find requires either --mch-order-no or --cust-no/],
  [['find', ...SOME, '--mch-order-no', 'O1', '--cust-no', 'C1'], /^find requires either/],
  [['find', ...SOME, '--mch-order-no', 'O1', '--kind', 'refund'], /^--kind must be payment or transfer/],
  [['forget', ...SOME], /^forget requires --cust-no/],
  [['forget', ...SOME, '--cust-no', ''], /^--cust-no is empty/],
  [['forget', ...SOME, '--cust-no', 'C1', '--mch-order-no', 'O1'], /^forget applies to a customer/],
  [['forget', '--cust-no', 'C1'], /^--database-url or the variable DATABASE_URL is required/],
])('refuses %j', async (words, message) => {
  const error = await run(words).catch((thrown: unknown) => thrown as { code: number; stderr: string });
  expect(error).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  expect((error as { stderr: string }).stderr).not.toContain('secret');
});
