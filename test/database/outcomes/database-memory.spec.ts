import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { DatabaseMemory } from '../../../lib/database/outcomes/database-memory.js';
import { tablesOf } from '../../../lib/database/schema/schema-names.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { MemoryTables } from '../support/memory-tables.js';
import { ScriptedTransaction, scriptedDatabase } from '../support/scripted-transaction.js';

const ORDER = { kind: 'payment', mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1' } as const;
const NOTHING = { lastApplied: undefined, gatewayState: undefined };

let shop: MemoryTables;
beforeEach(async () => {
  shop = await MemoryTables.open();
});
afterEach(() => shop.close());

const recall = (order: Partial<Parameters<DatabaseMemory['recall']>[0]> = {}, instance = '') =>
  new DatabaseMemory(shop.database, shop.tables, instance).recall({ ...ORDER, ...order });

it('recalls the states of an order, however its number is spelled', async () => {
  await shop.order({ last_applied: OrderState.Created, gateway_state: OrderState.Paying });
  const states = { lastApplied: OrderState.Created, gatewayState: OrderState.Paying };
  expect(await recall()).toStrictEqual(states);
  expect(await recall({ mchOrderNo: 'o1  ' })).toStrictEqual(states);
});

it('recalls nothing of an order without events, or that nobody knows', async () => {
  expect(await recall()).toStrictEqual(NOTHING);
  await shop.order();
  expect(await recall()).toStrictEqual(NOTHING);
});

it('recalls nothing of another order, merchant, kind or instance', async () => {
  await shop.order({ last_applied: OrderState.Success });
  const others = [
    recall({ mchOrderNo: 'O2' }),
    recall({ mchNo: 'M2' }),
    recall({ kind: 'transfer' }),
    recall({}, 'eu'),
  ];
  expect(await Promise.all(others)).toStrictEqual([NOTHING, NOTHING, NOTHING, NOTHING]);
});

it('reads numbers that a library returns as texts', async () => {
  const rows = [{ last_applied: '2', gateway_state: '6' }];
  const database = scriptedDatabase('postgres', new ScriptedTransaction([[/^SELECT/, rows]]));
  expect(await new DatabaseMemory(database, tablesOf(), '').recall(ORDER)).toStrictEqual({
    lastApplied: OrderState.Success,
    gatewayState: OrderState.Closed,
  });
});
