import { describe, expect, it } from '@jest/globals';
import { isOrdinary, ordinaryStates } from '../../lib/database/outcomes/ordinary-event.js';
import type { OrderRow } from '../../lib/database/orders/order-row.js';
import { outcomeEvent, type OutcomeEvent } from '../../lib/outcomes/outcome.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { documentedStates } from '../../lib/protocol/state-order.js';
import { Transfer } from '../../lib/transfers/transfer.dto.js';

const COMMON = { mchNo: 'M1', appId: 'a1', mchOrderNo: 'O1', amount: 100, currency: 'cny' };
const ROW: OrderRow = {
  mchOrderNo: 'O1',
  appId: 'a1',
  gatewayId: 'G1',
  amount: 100,
  currency: 'cny',
  gatewayState: undefined,
  lastApplied: undefined,
  checkoutKey: undefined,
  status: 'created',
  isAdopted: false,
  hasSuccessToApply: false,
};

const EVENTS: Readonly<Record<OutcomeEvent['kind'], (state: number) => OutcomeEvent>> = {
  payment: (state) => outcomeEvent(Object.assign(new PaymentOrder(), COMMON, { payOrderId: 'G1', state }), 'notify'),
  transfer: (state) => outcomeEvent(Object.assign(new Transfer(), COMMON, { transferId: 'G1', state }), 'notify'),
};

describe.each(['payment', 'transfer'] as const)('the states from which a %s is ordinary', (kind) => {
  const states = [undefined, ...documentedStates(kind)];

  it.each(documentedStates(kind))('are those that are found one by one, for state %i', (state) => {
    const event = EVENTS[kind](state);
    const { lastApplied, gatewayState } = ordinaryStates(event);
    const found = lastApplied.flatMap((applied) => gatewayState.map((said) => `${applied} ${said}`));
    const ordinary = states.flatMap((applied) =>
      states
        .filter((said) => isOrdinary(event, { ...ROW, lastApplied: applied, gatewayState: said }))
        .map((said) => `${applied} ${said}`),
    );
    expect(found).toEqual(ordinary);
    expect(found).toContain('undefined undefined');
  });
});

it('leaves out a payment after a closing, and after a refund', () => {
  expect(ordinaryStates(EVENTS.payment(OrderState.Success))).toEqual({
    lastApplied: [undefined, OrderState.Created, OrderState.Paying],
    gatewayState: [undefined, OrderState.Created, OrderState.Paying, OrderState.Success],
  });
});
