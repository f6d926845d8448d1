import { describe, expect, it } from '@jest/globals';
import { isOrdinary, ordinaryStates } from '../../../lib/database/outcomes/ordinary-event.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { TransferState } from '../../../lib/protocol/transfer-state.js';
import { paymentEvent, transferEvent } from '../../outcomes/support/events.js';
import { orderRow } from '../support/order-row.js';

const { Created, Paying, Success, Failed, Cancelled, Closed, Refunded } = OrderState;

describe('an event', () => {
  it.each([
    ['of an order without events', {}],
    ['after an earlier state', { lastApplied: Paying, gatewayState: Paying }],
    ['that a query has reported before', { gatewayState: Success }],
  ])('%s is ordinary', (_, row) => {
    expect(isOrdinary(paymentEvent(), orderRow(row))).toBe(true);
  });

  it.each([
    ['that does not match', { amount: 6 }],
    ['that was applied', { lastApplied: Success }],
    ['that is late', { gatewayState: Closed }],
    ['of an order with a success to apply', { hasSuccessToApply: true }],
    ['of an adopted order', { isAdopted: true }],
    ['of an order whose create is unknown', { status: 'unknown' }],
    ['after which the gateway is remembered with another state', { gatewayState: Refunded }],
  ] as const)('%s is not ordinary', (_, row) => {
    expect(isOrdinary(paymentEvent(), orderRow(row))).toBe(false);
  });
});

describe('the states from which an event is ordinary', () => {
  it('are those before a payment', () => {
    expect(ordinaryStates(paymentEvent())).toStrictEqual({
      lastApplied: [undefined, Created, Paying],
      gatewayState: [undefined, Created, Paying, Success],
    });
  });

  it('are those before a closing', () => {
    expect(ordinaryStates(paymentEvent({ state: Closed }))).toStrictEqual({
      lastApplied: [undefined, Created, Paying],
      gatewayState: [undefined, Created, Paying, Success, Failed, Cancelled, Closed],
    });
  });

  it('are none but no state before a create', () => {
    expect(ordinaryStates(paymentEvent({ state: Created }))).toStrictEqual({
      lastApplied: [undefined],
      gatewayState: [undefined, Created],
    });
  });

  it('are those of transfers for a transfer, whatever spaces the gateway adds to its number', () => {
    expect(ordinaryStates(transferEvent({ mchOrderNo: 'O1 ' }))).toStrictEqual({
      lastApplied: [undefined, TransferState.Created, TransferState.Processing],
      gatewayState: [undefined, TransferState.Created, TransferState.Processing, TransferState.Success],
    });
  });
});
