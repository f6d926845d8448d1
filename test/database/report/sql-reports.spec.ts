import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqlReports } from '../../../lib/database/report/sql-reports.js';
import type { OrderDifference, OutcomeReport } from '../../../lib/outcomes/outcome-report.js';
import { MemoryTables } from '../support/memory-tables.js';
import { WatchedDatabase } from '../support/watched-database.js';

const PERIOD = { from: new Date(1_000), to: new Date(2_000) };

let shop: MemoryTables;
let database: WatchedDatabase;
let reports: SqlReports;
beforeEach(async () => {
  shop = await MemoryTables.open();
  database = new WatchedDatabase(shop.database);
  reports = new SqlReports(database, shop.tables, 'eu');
});
afterEach(() => shop.close());

async function numbersOf(report: OutcomeReport): Promise<string[]> {
  const found: OrderDifference[] = [];
  for await (const difference of report.differences()) found.push(difference);
  return found.map(({ mchOrderNo }) => mchOrderNo);
}
/** Pays an order of the instance, whose refund is not applied yet. */
async function pay(number: string, changes: { instance?: string; mch_no?: string } = {}): Promise<void> {
  const own = { instance: 'eu', compared_no: number.toLowerCase(), ...changes };
  await shop.order({ ...own, mch_order_no: number, gateway_state: 5, last_applied: 2 });
  await shop.outcome({ ...own, idempotency_key: `payment of ${number}`, applied_at: 1_500 });
}

describe('a report', () => {
  it('has its period, its totals and its differences', async () => {
    await pay('O1');
    const report = await reports.report(PERIOD);
    expect(report).toMatchObject(PERIOD);
    expect(report).not.toHaveProperty('mchNo');
    expect(report.totals).toMatchObject([{ kind: 'payment', currency: 'cny', applied: { count: 1, sum: 5n } }]);
    expect(await numbersOf(report)).toStrictEqual(['O1']);
  });

  it('has nothing of another period', async () => {
    await pay('O1');
    const report = await reports.report({ from: new Date(-2), to: new Date(-1) });
    expect(report.totals).toStrictEqual([]);
    expect(await numbersOf(report)).toStrictEqual([]);
  });

  it('is of its instance', async () => {
    await pay('O1', { instance: '' });
    const report = await reports.report(PERIOD);
    expect(report.totals).toStrictEqual([]);
    expect(await numbersOf(report)).toStrictEqual([]);
  });

  it('is of one merchant if it is given, and says so', async () => {
    await pay('O1');
    await pay('O2', { mch_no: 'M2' });
    const report = await reports.report({ ...PERIOD, mchNo: 'M2' });
    expect(report.mchNo).toBe('M2');
    expect(report.totals).toMatchObject([{ applied: { count: 1 } }]);
    expect(await numbersOf(report)).toStrictEqual(['O2']);
  });

  it('reads its differences only when they are iterated over, and anew each time', async () => {
    const report = await reports.report(PERIOD);
    await pay('O1');
    expect(await numbersOf(report)).toStrictEqual(['O1']);
    await pay('O2');
    expect(await numbersOf(report)).toStrictEqual(['O1', 'O2']);
    expect(report.totals).toStrictEqual([]);
  });

  it('is read without a transaction, and so without locks', async () => {
    await pay('O1');
    await numbersOf(await reports.report(PERIOD));
    expect(database.steps).toStrictEqual([]);
  });

  it('fails as the database does', async () => {
    database.fail(/^SELECT/, new Error('connection lost'));
    await expect(reports.report(PERIOD)).rejects.toThrow('connection lost');
    const report = await reports.report(PERIOD);
    database.fail(/^SELECT/, new Error('connection lost'));
    await expect(numbersOf(report)).rejects.toThrow('connection lost');
  });
});
