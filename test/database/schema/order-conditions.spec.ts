import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DIFFERS, differsIn, PENDING, pendingIn } from '../../../lib/database/schema/order-conditions.js';
import type { SqlValue } from '../../../lib/database/sql-database.js';
import { MemoryTables } from '../support/memory-tables.js';

let stored: MemoryTables;
beforeEach(async () => {
  stored = await MemoryTables.open();
});
afterEach(() => stored.close());

async function holds(condition: string, changes: Partial<Record<string, SqlValue>>): Promise<boolean> {
  await stored.order({ next_check_at: 2, ...changes });
  return (await stored.select(`SELECT 1 FROM ${stored.tables.order} WHERE ${condition}`)).length === 1;
}

describe('an order is pending', () => {
  it.each([{}, { gateway_state: 0 }, { gateway_state: 1, last_applied: 1 }])('with %j', async (changes) => {
    expect(await holds(PENDING, changes)).toBe(true);
  });

  it.each([
    { status: 'creating' },
    { status: 'unknown' },
    { next_check_at: null },
    { attention_at: 3 },
    { gateway_state: 2 },
    { last_applied: 2 },
    { gateway_state: 6 },
  ])('but not with %j', async (changes) => {
    expect(await holds(PENDING, changes)).toBe(false);
  });
});

describe('an order differs from the gateway', () => {
  it.each([
    { status: 'creating' },
    { status: 'unknown' },
    { success_to_apply: 1, last_applied: 2, gateway_state: 2 },
    { gateway_state: 2 },
    { gateway_state: 2, last_applied: 6 },
    { gateway_state: 5, last_applied: 2 },
    { gateway_state: 3 },
    { gateway_state: 4, last_applied: 1 },
    { gateway_state: 6, last_applied: 0 },
    { attention_at: 3 },
    { attention_at: 3, last_applied: 1 },
  ])('with %j', async (changes) => {
    expect(await holds(DIFFERS, changes)).toBe(true);
  });

  it.each([
    {},
    { status: 'never-made' },
    { gateway_state: 1 },
    { gateway_state: 2, last_applied: 2 },
    { gateway_state: 5, last_applied: 5 },
    { gateway_state: 3, last_applied: 2 },
    { gateway_state: 4, last_applied: 4 },
    { gateway_state: 6, last_applied: 2 },
    { attention_at: 3, last_applied: 2 },
  ])('but not with %j', async (changes) => {
    expect(await holds(DIFFERS, changes)).toBe(false);
  });
});

it('selects both by the generated columns of MySQL, and otherwise by the conditions of the partial indexes', () => {
  expect(pendingIn('mysql')).toStrictEqual({ where: 'pending_since IS NOT NULL', since: 'pending_since' });
  expect(differsIn('mysql')).toBe('differs = 1');
  for (const dialect of ['postgres', 'sqlite'] as const) {
    expect(pendingIn(dialect)).toStrictEqual({ where: PENDING, since: 'created_at' });
    expect(differsIn(dialect)).toBe(`(${DIFFERS})`);
  }
});
