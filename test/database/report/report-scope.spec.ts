import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ownRows } from '../../../lib/database/report/report-scope.js';
import { MemoryTables } from '../support/memory-tables.js';

let shop: MemoryTables;
beforeEach(async () => {
  shop = await MemoryTables.open();
  for (const instance of ['', 'eu']) {
    for (const mchNo of ['M1', 'M2']) {
      await shop.order({ instance, mch_no: mchNo, mch_order_no: `${mchNo} of ${instance || 'the only instance'}` });
    }
  }
});
afterEach(() => shop.close());

/** The numbers of the orders that a report of this scope reads. */
async function read(instance: string, mchNo?: string) {
  const { database, tables } = shop;
  const period = { from: new Date(0), to: new Date(1), ...(mchNo !== undefined && { mchNo }) };
  const [where, values] = ownRows({ database, tables, instance, period }, 'ord');
  // Another table with the same columns, as statements on outcomes and their orders have it.
  const { rows } = await database.execute(
    `SELECT ord.mch_order_no FROM ${tables.order} AS ord LEFT JOIN ${tables.outcome} AS told ON told.mch_no = ord.mch_no WHERE ${where} ORDER BY ord.mch_no`,
    values,
  );
  return Array.from(rows, ({ mch_order_no: number }) => number);
}

describe('a report', () => {
  it.each([
    ['', ['M1 of the only instance', 'M2 of the only instance']],
    ['eu', ['M1 of eu', 'M2 of eu']],
    ['us', []],
  ])('of the instance “%s” has the rows of all its merchants', async (instance, numbers) => {
    expect(await read(instance)).toStrictEqual(numbers);
  });

  it.each([
    ['', 'M1', ['M1 of the only instance']],
    ['eu', 'M2', ['M2 of eu']],
    ['eu', 'M3', []],
  ])('of the instance “%s” and merchant %s has the rows of that one', async (instance, mchNo, numbers) => {
    expect(await read(instance, mchNo)).toStrictEqual(numbers);
  });
});
