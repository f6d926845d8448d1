import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readTotals } from '../../../lib/database/report/read-totals.js';
import type { SqlDialect, SqlRow, SqlValue } from '../../../lib/database/sql-database.js';
import type { ReportLine, ReportTotals } from '../../../lib/outcomes/outcome-report.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { MemoryTables } from '../support/memory-tables.js';
import { ScriptedTransaction, scriptedDatabase } from '../support/scripted-transaction.js';

const FROM = 1_000;
const TO = 2_000;
const period = { from: new Date(FROM), to: new Date(TO) };
const { Success, Refunded, Closed, Paying } = OrderState;

let shop: MemoryTables;
let count: number;
beforeEach(async () => {
  shop = await MemoryTables.open();
  count = 0;
});
afterEach(() => shop.close());

const outcome = (changes: Readonly<Record<string, SqlValue>> = {}) =>
  shop.outcome({ idempotency_key: `key ${count++}`, compared_no: `o${count}`, received_at: FROM, ...changes });
const applied = (changes: Readonly<Record<string, SqlValue>> = {}) => outcome({ applied_at: FROM, ...changes });
const totals = (mchNo?: string) =>
  readTotals({
    database: shop.database,
    tables: shop.tables,
    instance: '',
    period: mchNo === undefined ? period : { ...period, mchNo },
  });

const NOTHING: ReportLine = { count: 0, sum: 0n };
const line = (lines: number, sum: number): ReportLine => ({ count: lines, sum: BigInt(sum) });
const only = (lines: Partial<ReportTotals>): ReportTotals[] => [
  {
    kind: 'payment',
    currency: 'cny',
    applied: NOTHING,
    late: NOTHING,
    duplicates: NOTHING,
    stale: NOTHING,
    refunded: NOTHING,
    mismatched: NOTHING,
    toApply: NOTHING,
    dead: NOTHING,
    ...lines,
  },
];

describe('the totals of a period', () => {
  it('are none without outcomes', async () => {
    expect(await totals()).toStrictEqual([]);
  });

  it('have the successes that were applied within it', async () => {
    await applied();
    await applied({ applied_at: TO - 1, amount: 7, received_at: 1 });
    expect(await totals()).toStrictEqual(only({ applied: line(2, 12) }));
  });

  it.each([FROM - 1, TO])('have none that was applied at %i', async (at) => {
    await applied({ applied_at: at });
    expect(await totals()).toStrictEqual([]);
  });

  it('have late successes also by themselves', async () => {
    await applied();
    await applied({ amount: 7, late: 1 });
    await applied({ amount: 9, late: 1 });
    expect(await totals()).toStrictEqual(only({ applied: line(3, 21), late: line(2, 16) }));
  });

  it('have the redelivered notifies of applied successes, each with the amount', async () => {
    await applied({ repeats: 3 });
    await applied({ amount: 7, repeats: 1 });
    expect(await totals()).toStrictEqual(only({ applied: line(2, 12), duplicates: line(4, 22) }));
  });

  it('have the redelivered notifies of imported successes', async () => {
    await outcome({ result: 'duplicate', repeats: 2 });
    await outcome({ result: 'duplicate', repeats: 1, received_at: TO - 1 });
    await outcome({ result: 'duplicate', repeats: 4, received_at: TO });
    await outcome({ result: 'duplicate', repeats: 4, received_at: FROM - 1 });
    expect(await totals()).toStrictEqual(only({ duplicates: line(3, 15) }));
  });

  it('have refunds', async () => {
    await applied({ state: Refunded, amount: 7, repeats: 2 });
    expect(await totals()).toStrictEqual(only({ refunded: line(1, 7) }));
  });

  it('have stale and mismatched successes by their arrival', async () => {
    for (const at of [FROM - 1, FROM, TO - 1, TO]) {
      await outcome({ result: 'stale', received_at: at });
      await outcome({ result: 'mismatch', received_at: at, amount: 7 });
    }
    expect(await totals()).toStrictEqual(only({ stale: line(2, 10), mismatched: line(2, 14) }));
  });

  it('have the successes that still wait for their handlers, however old they are', async () => {
    await outcome({ result: 'received', received_at: 1 });
    await outcome({ result: 'failed', received_at: TO - 1, amount: 7 });
    await outcome({ result: 'failed', received_at: TO, amount: 100 });
    await outcome({ result: 'dead', received_at: 1, amount: 9 });
    await outcome({ result: 'dead', received_at: TO, amount: 100 });
    expect(await totals()).toStrictEqual(only({ toApply: line(2, 12), dead: line(1, 9) }));
  });

  it('have nothing of other states', async () => {
    for (const state of [Closed, Paying]) {
      await applied({ state, repeats: 1, late: 1 });
      for (const result of ['failed', 'stale', 'mismatch', 'duplicate']) await outcome({ state, result, repeats: 1 });
    }
    for (const result of ['failed', 'dead', 'stale', 'mismatch']) await outcome({ state: Refunded, result });
    expect(await totals()).toStrictEqual([]);
  });

  it('are by kind and currency, sorted by them', async () => {
    await applied({ kind: 'transfer' });
    await applied({ currency: 'usd', amount: 3 });
    await applied();
    await applied({ currency: 'usd', amount: 4 });
    await outcome({ currency: 'usd', result: 'failed' });
    expect(await totals()).toStrictEqual([
      ...only({ applied: line(1, 5) }),
      ...only({ currency: 'usd', applied: line(2, 7), toApply: line(1, 5) }),
      ...only({ kind: 'transfer', applied: line(1, 5) }),
    ]);
  });

  it('are sorted, although what waits is counted after what was applied', async () => {
    await applied({ kind: 'transfer' });
    await applied({ currency: 'usd' });
    await outcome({ result: 'failed' });
    const found = await totals();
    expect(found.map(({ kind, currency }) => `${kind} ${currency}`)).toStrictEqual([
      'payment cny',
      'payment usd',
      'transfer cny',
    ]);
  });

  it('leave out a currency whose only success is imported and was not redelivered', async () => {
    await applied();
    await outcome({ currency: 'usd', result: 'duplicate', repeats: 0 });
    expect(await totals()).toStrictEqual(only({ applied: line(1, 5) }));
  });

  it('are those of the instance, and of one merchant if it is given', async () => {
    await applied({ instance: 'other', amount: 100 });
    await applied();
    await applied({ mch_no: 'M2', amount: 7 });
    expect(await totals()).toStrictEqual(only({ applied: line(2, 12) }));
    expect(await totals('M2')).toStrictEqual(only({ applied: line(1, 7) }));
    expect(await totals('M3')).toStrictEqual([]);
  });

  it('are exact beyond 2^53', async () => {
    for (let index = 0; index < 3; index++) await applied({ amount: Number.MAX_SAFE_INTEGER });
    const [found] = await totals();
    expect(found!.applied.sum).toBe(3n * BigInt(Number.MAX_SAFE_INTEGER));
  });

  it('are not told where the database has rounded them', async () => {
    await applied({ amount: Number.MAX_SAFE_INTEGER, repeats: 2_000 });
    await expect(totals()).rejects.toThrow(
      /^The sum of the amounts is too large for the database, which returned 1\.8014398509482e\+19\.$/,
    );
  });
});

describe('the sums of a database', () => {
  const row: SqlRow = {
    part: 'applied',
    kind: 'payment',
    currency: 'cny',
    result: 'applied',
    state: Success,
    late: '0',
    number: '2',
    amounts: '12',
    repeats: '0',
    repeated: '0',
  };
  const read = (dialect: SqlDialect, rows: readonly SqlRow[]) => {
    const transaction = new ScriptedTransaction([[/^SELECT/, rows]]);
    const database = scriptedDatabase(dialect, transaction);
    return { transaction, totals: readTotals({ database, tables: shop.tables, instance: '', period }) };
  };

  it.each<[SqlDialect, string]>([
    ['postgres', 'TEXT'],
    ['mysql', 'CHAR'],
    ['sqlite', 'TEXT'],
  ])('are read as text on %s, in one statement', async (dialect, type) => {
    const { transaction, totals: found } = read(dialect, [row]);
    expect(await found).toStrictEqual(only({ applied: line(2, 12) }));
    expect(transaction.sql).toHaveLength(1);
    expect(transaction.sql[0]).toContain(`CAST(SUM(amount) AS ${type}) AS amounts`);
    expect(transaction.executed[0]!.params).toStrictEqual([FROM, TO, '', FROM, TO, '', TO, '']);
  });

  it.each(['1.0e+19', '12.5', 'x1', '1x', '', 12, null])(
    'are refused if they are no whole number: %j',
    async (amounts) => {
      await expect(read('postgres', [{ ...row, amounts }]).totals).rejects.toThrow(RangeError);
    },
  );

  it('may be negative', async () => {
    expect(await read('postgres', [{ ...row, amounts: '-12' }]).totals).toStrictEqual(only({ applied: line(2, -12) }));
  });

  it('are refused in an unknown part', async () => {
    await expect(read('postgres', [{ ...row, part: 'other' }]).totals).rejects.toThrow('no such part: other');
  });
});
