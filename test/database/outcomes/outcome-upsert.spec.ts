import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { onConflict, type OnConflict } from '../../../lib/database/outcomes/outcome-upsert.js';
import type { SqlValue } from '../../../lib/database/sql-database.js';
import { MemoryTables } from '../support/memory-tables.js';

const BEFORE = {
  instance: '',
  idempotency_key: 'payment:M1:P1:2',
  kind: 'payment',
  mch_no: 'M1',
  compared_no: 'o1',
  state: 2,
  amount: 5,
  currency: 'cny',
  source: 'notify',
  result: 'failed',
  late: 0,
  gateway_state: null,
  previous_state: 0,
  deliveries: 1,
  repeats: 0,
  attempts: 1,
  error: 'no stock',
  fields: '{"first":1}',
  received_at: 1,
  applied_at: null,
  due_at: 1,
  kept_since: 1,
  duplicate_of: null,
};
const AGAIN = {
  ...BEFORE,
  amount: 6,
  currency: 'usd',
  source: 'query',
  late: 1,
  gateway_state: 6,
  previous_state: 3,
  deliveries: 1,
  attempts: 1,
  error: 'sold out',
  fields: '{"second":2}',
  received_at: 2,
  applied_at: 2,
  due_at: 2,
  kept_since: 2,
};
const KEYS = ['applied', 'failed', 'rejected', 'kept', 'seen'] as const;

let shop: MemoryTables;
beforeEach(async () => {
  shop = await MemoryTables.open();
});
afterEach(() => shop.close());

type Row = Readonly<Record<string, SqlValue>>;

/** The row after it was inserted with `before`, and then with `again`. */
async function upsert(clause: keyof OnConflict, { before = {}, again = {} }: { before?: Row; again?: Row } = {}) {
  await shop.insert('outcome', { ...BEFORE, ...before });
  const row = { ...AGAIN, ...again };
  const columns = Object.keys(row);
  const values = columns.map(() => '?').join(', ');
  await shop.database.execute(
    `INSERT INTO ${shop.tables.outcome} (${columns.join(', ')}) VALUES (${values}) ${onConflict('sqlite', shop.tables.outcome)[clause]}`,
    Object.values(row),
  );
  const { id, ...stored } = await shop.row('outcome');
  expect(id).toBe(1);
  return stored;
}

const APPLIED = { result: 'applied', applied_at: 1, error: null, due_at: null };
const DATA = { amount: 6, currency: 'usd', fields: '{"second":2}' };

describe('an outcome that is applied after it had failed', () => {
  const again = { result: 'applied', late: 0, gateway_state: 4 };

  it('has its new data, and no error and retry any more', async () => {
    expect(await upsert('applied', { again })).toStrictEqual({
      ...BEFORE,
      ...DATA,
      result: 'applied',
      deliveries: 2,
      attempts: 2,
      previous_state: 3,
      gateway_state: 4,
      applied_at: 2,
      kept_since: 2,
      error: null,
      due_at: null,
    });
  });

  it.each([
    [0, 0, 0],
    [0, 1, 1],
    [1, 0, 1],
  ])('is late where it was or is late (%s, %s)', async (before, now, late) => {
    expect(await upsert('applied', { before: { late: before }, again: { ...again, late: now } })).toMatchObject({
      late,
    });
  });

  it('keeps what the gateway had said at first', async () => {
    expect(await upsert('applied', { before: { gateway_state: 6 }, again })).toMatchObject({ gateway_state: 6 });
  });

  it('is still to be erased where it was', async () => {
    expect(await upsert('applied', { before: { kept_since: 0 }, again })).toMatchObject({ kept_since: 0 });
  });
});

describe.each([
  ['failed', { attempts: 2, due_at: 2, result: 'dead' }],
  ['rejected', { attempts: 1, due_at: null, result: 'dead' }],
] as const)('an outcome that is %s', (clause, changes) => {
  const again = { result: 'dead' };

  it('has its new data, error and result', async () => {
    expect(await upsert(clause, { again })).toStrictEqual({
      ...BEFORE,
      ...DATA,
      error: 'sold out',
      deliveries: 2,
      kept_since: 2,
      ...changes,
    });
  });

  it('is only counted where it was applied meanwhile', async () => {
    expect(await upsert(clause, { before: APPLIED, again })).toStrictEqual({ ...BEFORE, ...APPLIED, deliveries: 2 });
  });

  it('is still to be erased where it was', async () => {
    expect(await upsert(clause, { before: { kept_since: 0 }, again })).toMatchObject({ kept_since: 0 });
  });

  it('changes its result last, because MySQL reads what it has already changed', () => {
    expect(onConflict('mysql', 'o')[clause]).toMatch(
      /, result = CASE WHEN o\.result = 'applied' THEN o\.result ELSE VALUES\(result\) END$/,
    );
  });
});

describe('an outcome that is kept', () => {
  it('has its new data and lease, and is not counted', async () => {
    expect(await upsert('kept')).toStrictEqual({ ...BEFORE, ...DATA, due_at: 2, kept_since: 2 });
  });

  it('keeps the data with which it was applied, and is not due again', async () => {
    expect(await upsert('kept', { before: APPLIED })).toStrictEqual({ ...BEFORE, ...APPLIED, due_at: null });
  });

  it('is still to be erased where it was', async () => {
    expect(await upsert('kept', { before: { kept_since: 0 } })).toMatchObject({ kept_since: 0 });
  });
});

describe('an outcome that is seen again', () => {
  it.each([
    ['applied', 'notify', 'duplicate', 1],
    ['failed', 'notify', 'duplicate', 1],
    ['applied', 'query', 'duplicate', 0],
    ['applied', 'notify', 'stale', 1],
    ['stale', 'notify', 'stale', 0],
    ['applied', 'query', 'stale', 0],
    ['applied', 'notify', 'mismatch', 0],
  ])('after it was %s: from a %s, as %s, is %s repetitions', async (before, source, result, repeats) => {
    expect(await upsert('seen', { before: { result: before, repeats: 4 }, again: { source, result } })).toStrictEqual({
      ...BEFORE,
      result: before,
      deliveries: 2,
      repeats: 4 + repeats,
    });
  });
});

it.each(KEYS)('MySQL is told the same as PostgreSQL, in its own words: %s', (key) => {
  const head = 'ON CONFLICT (instance, idempotency_key) DO UPDATE SET ';
  const postgres = onConflict('postgres', 'outcome')[key];
  expect(postgres.startsWith(head)).toBe(true);
  expect(onConflict('sqlite', 'outcome')[key]).toBe(postgres);
  const mysql = postgres.replace(head, 'ON DUPLICATE KEY UPDATE ').replaceAll(/excluded\.(\w+)/g, 'VALUES($1)');
  expect(onConflict('mysql', 'outcome')[key]).toBe(mysql);
});
