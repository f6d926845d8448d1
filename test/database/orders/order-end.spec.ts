import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { endOf } from '../../../lib/database/orders/order-end.js';
import type { OutcomeEvent } from '../../../lib/outcomes/outcome.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { TransferState } from '../../../lib/protocol/transfer-state.js';
import { paymentEvent, transferEvent } from '../../outcomes/support/events.js';
import { MemoryTables } from '../support/memory-tables.js';

const NOW = 1_000_000;
const TOMORROW = NOW + 86_400_000;
const MADE = { response: '{"state":0}', next_check_at: NOW + 60_000 };

let shop: MemoryTables;
beforeEach(async () => {
  shop = await MemoryTables.open();
  await shop.order(MADE);
});
afterEach(() => shop.close());

/** The response of the order's create and its next check, after the event was applied. */
async function after(event: OutcomeEvent, recheckPaidDays: number) {
  const { sql, params } = endOf(event, recheckPaidDays, NOW);
  await shop.database.execute(`UPDATE ${shop.tables.order} SET last_applied = 0${sql}`, params);
  return shop.row('order', 'response, next_check_at');
}

describe('an order without a final state', () => {
  it.each([
    ['a payment', paymentEvent({ state: OrderState.Created })],
    ['a payment', paymentEvent({ state: OrderState.Paying })],
    ['a transfer', transferEvent({ state: TransferState.Created })],
    ['a transfer', transferEvent({ state: TransferState.Processing })],
  ])('is still joined and queried: %s', async (_, event) => {
    expect(await after(event, 5)).toStrictEqual(MADE);
  });
});

describe('an order with a final state', () => {
  it.each([
    ['a payment that failed', paymentEvent({ state: OrderState.Failed })],
    ['a payment that was cancelled', paymentEvent({ state: OrderState.Cancelled })],
    ['a payment that was refunded', paymentEvent({ state: OrderState.Refunded })],
    ['a payment that was closed', paymentEvent({ state: OrderState.Closed })],
    ['a transfer that has arrived', transferEvent({ state: TransferState.Success })],
    ['a transfer that failed', transferEvent({ state: TransferState.Failed })],
    ['a transfer that was closed', transferEvent({ state: TransferState.Closed })],
  ])('is neither joined nor queried any more: %s', async (_, event) => {
    expect(await after(event, 5)).toStrictEqual({ response: null, next_check_at: null });
  });

  it.each([
    [0, null],
    [1, TOMORROW],
    [5, TOMORROW],
  ])('is queried for a refund the next day if it is paid and rechecked for %i days: %s', async (days, next) => {
    expect(await after(paymentEvent(), days)).toStrictEqual({ response: null, next_check_at: next });
  });
});

it('has one statement for all events of a state, whenever they arrive', () => {
  const [first, later] = [endOf(paymentEvent(), 5, NOW), endOf(paymentEvent({ amount: 6 }), 5, NOW + 1)];
  expect(later.sql).toBe(first.sql);
  expect(later.params).toStrictEqual([TOMORROW + 1]);
});
