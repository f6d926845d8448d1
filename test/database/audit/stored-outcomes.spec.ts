import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoredOutcomes } from '../../../lib/database/audit/stored-outcomes.js';
import { MemoryTables } from '../support/memory-tables.js';

let stored: MemoryTables;
let outcomes: StoredOutcomes;
beforeEach(async () => {
  stored = await MemoryTables.open();
  outcomes = new StoredOutcomes(stored.database, stored.tables, '');
});
afterEach(() => stored.close());

const keysOf = async (options: Parameters<StoredOutcomes['list']>[0]) =>
  (await outcomes.list(options)).outcomes.map(({ idempotencyKey }) => idempotencyKey);

describe('a stored outcome', () => {
  it('has what the gateway reported and its result', async () => {
    await stored.outcome({ deliveries: 2, repeats: 3, attempts: 4 });
    expect(await outcomes.find('payment:M1:P1:2')).toStrictEqual({
      idempotencyKey: 'payment:M1:P1:2',
      kind: 'payment',
      mchNo: 'M1',
      appId: 'A1',
      mchOrderNo: 'O1',
      gatewayId: 'P1',
      state: 2,
      amount: 5,
      currency: 'cny',
      source: 'notify',
      result: 'applied',
      late: false,
      deliveries: 2,
      repeats: 3,
      attempts: 4,
      receivedAt: new Date(1_000),
    });
  });

  it('has the members that are not always known', async () => {
    await stored.outcome({
      late: 1,
      gateway_state: 6,
      previous_state: 0,
      duplicate_of: 'O9',
      error: 'closed',
      applied_at: 2_000,
      due_at: 3_000,
    });
    expect(await outcomes.find('payment:M1:P1:2')).toMatchObject({
      late: true,
      gatewayState: 6,
      previousState: 0,
      duplicateOf: 'O9',
      error: 'closed',
      appliedAt: new Date(2_000),
      dueAt: new Date(3_000),
    });
  });

  it('of a transfer has the transfer’s number', async () => {
    await stored.outcome({
      kind: 'transfer',
      source: 'query',
      fields: JSON.stringify({ mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1', transferId: 'T1', state: 2 }),
    });
    expect(await outcomes.find('payment:M1:P1:2')).toMatchObject({
      kind: 'transfer',
      gatewayId: 'T1',
      source: 'query',
    });
  });

  it('is not found by another key, or in another instance', async () => {
    await stored.outcome({ instance: 'second' });
    expect(await outcomes.find('payment:M1:P1:2')).toBeUndefined();
    expect(await outcomes.find('payment:M1:P1:5')).toBeUndefined();
  });
});

describe('a list of outcomes', () => {
  it('is empty at first', async () => expect(await outcomes.list({})).toStrictEqual({ outcomes: [] }));

  it('has pages, newest first', async () => {
    for (const idempotency_key of ['first', 'second', 'third']) await stored.outcome({ idempotency_key });
    const page = await outcomes.list({ limit: 2 });
    expect(page.outcomes.map(({ idempotencyKey }) => idempotencyKey)).toStrictEqual(['third', 'second']);
    expect(page.next).toBe('2');
    const last = await outcomes.list({ limit: 2, after: '2' });
    expect(last.outcomes.map(({ idempotencyKey }) => idempotencyKey)).toStrictEqual(['first']);
    expect(last).not.toHaveProperty('next');
  });

  it.each([
    [{ result: 'dead' }, { result: 'dead' }],
    [{ kind: 'transfer' }, { kind: 'transfer', fields: '{"transferId":"T1"}' }],
    [{ mchNo: 'M2' }, { mch_no: 'M2' }],
    [{ mchOrderNo: 'O2 ' }, { compared_no: 'o2' }],
  ] as const)('of %j has no others', async (options, row) => {
    await stored.outcome();
    await stored.outcome({ idempotency_key: 'other', ...row });
    expect(await keysOf(options)).toStrictEqual(['other']);
  });

  it('of applied ones has those', async () => {
    await stored.outcome();
    await stored.outcome({ idempotency_key: 'failed', result: 'failed' });
    expect(await keysOf({ result: 'applied' })).toStrictEqual(['payment:M1:P1:2']);
    expect(await keysOf({})).toStrictEqual(['failed', 'payment:M1:P1:2']);
  });

  it('has none of another instance', async () => {
    await stored.outcome({ instance: 'second' });
    expect(await keysOf({})).toStrictEqual([]);
  });
});
