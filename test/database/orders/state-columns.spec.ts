import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isFinalIn, movesOn } from '../../../lib/database/orders/state-columns.js';
import { gatewayStateAfter } from '../../../lib/protocol/state-order.js';
import { MemoryTables } from '../support/memory-tables.js';

const STATES = { payment: [null, 0, 1, 2, 3, 4, 5, 6, 7], transfer: [null, 0, 1, 2, 3, 4, 5] } as const;

let shop: MemoryTables;
beforeEach(async () => {
  shop = await MemoryTables.open();
  for (const kind of ['payment', 'transfer'] as const) {
    for (const state of STATES[kind]) {
      const no = `o${state}`;
      await shop.order({ kind, compared_no: no, mch_order_no: no, gateway_state: state, last_applied: state });
    }
  }
});
afterEach(() => shop.close());

/** The states of the orders of the kind for which the condition holds; null: none is known. */
async function statesWhere(condition: string, kind: keyof typeof STATES) {
  const rows = await shop.select(
    `SELECT gateway_state FROM ${shop.tables.order} WHERE kind = '${kind}' AND (${condition}) ORDER BY rowid`,
  );
  return rows.map((row) => row.gateway_state);
}

describe('a state that the gateway reports', () => {
  it.each([
    ['payment', 0, [null, 0, 7]],
    ['payment', 1, [null, 0, 1, 7]],
    // A payment after 3, 4 or 6 is late, which must still be known when it is delivered again.
    ['payment', 2, [null, 0, 1, 2, 7]],
    ['payment', 3, [null, 0, 1, 2, 3, 4, 6, 7]],
    ['payment', 4, [null, 0, 1, 2, 3, 4, 6, 7]],
    ['payment', 5, [null, 0, 1, 2, 3, 4, 5, 6, 7]],
    ['payment', 6, [null, 0, 1, 2, 3, 4, 6, 7]],
    ['transfer', 0, [null, 0, 5]],
    ['transfer', 1, [null, 0, 1, 5]],
    ['transfer', 2, [null, 0, 1, 2, 5]],
    ['transfer', 3, [null, 0, 1, 2, 3, 4, 5]],
    ['transfer', 4, [null, 0, 1, 2, 3, 4, 5]],
  ] as const)('of a %s, %i, replaces those before it: %j', async (kind, said, replaced) => {
    expect(await statesWhere(movesOn('gateway_state', kind, said), kind)).toStrictEqual(replaced);
  });

  it.each([
    ['payment', 9, [null, 7]],
    ['transfer', 9, [null, 5]],
  ] as const)('that is not documented replaces no documented one: %s, %i', async (kind, said, replaced) => {
    expect(await statesWhere(movesOn('gateway_state', kind, said), kind)).toStrictEqual(replaced);
  });

  it.each(['payment', 'transfer'] as const)(
    'of a %s replaces another as it does outside the database',
    async (kind) => {
      for (let said = 0; said < 10; said++) {
        const replaced = STATES[kind].filter((state) => gatewayStateAfter(kind, state ?? undefined, said) === said);
        const condition = movesOn('gateway_state', kind, said);
        expect(await statesWhere(condition, kind)).toStrictEqual(replaced);
        // PostgreSQL and MySQL refuse an empty list.
        expect(condition).not.toMatch(/\(\s*\)/);
      }
    },
  );
});

describe('a final state', () => {
  it.each([
    ['payment', [2, 3, 4, 5, 6]],
    ['transfer', [2, 3, 4]],
  ] as const)('of a %s is one of %j', async (kind, states) => {
    expect(await statesWhere(isFinalIn('last_applied', kind), kind)).toStrictEqual(states);
  });
});

it('is looked for in the column that is named', async () => {
  await shop.database.execute(`UPDATE ${shop.tables.order} SET last_applied = 6`);
  expect(await statesWhere(movesOn('last_applied', 'payment', 1), 'payment')).toStrictEqual([]);
  expect(await statesWhere(isFinalIn('gateway_state', 'payment'), 'payment')).toStrictEqual([2, 3, 4, 5, 6]);
});
