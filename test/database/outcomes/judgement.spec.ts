import { describe, expect, it } from '@jest/globals';
import { differencesFrom, gatewayStateWith, judge } from '../../../lib/database/outcomes/judgement.js';
import type { OutcomeEvent } from '../../../lib/outcomes/outcome.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { paymentEvent, transferEvent } from '../../outcomes/support/events.js';
import { orderRow } from '../support/order-row.js';

const { Paying, Success, Failed, Closed, Refunded } = OrderState;
const NEW = { result: 'new', late: false, gatewayState: undefined, previousState: undefined };

/** An event that a query has confirmed with another state. */
function confirmed(gatewayState: number, event: OutcomeEvent = paymentEvent()): OutcomeEvent {
  Object.assign(event.data, { gatewayState });
  return event;
}

describe('an event of a matching order', () => {
  it('is new where nothing was applied', () => {
    expect(judge(paymentEvent(), orderRow())).toStrictEqual(NEW);
  });

  it('is new after an earlier state, which it tells', () => {
    expect(judge(paymentEvent(), orderRow({ lastApplied: Paying }))).toStrictEqual({ ...NEW, previousState: Paying });
  });

  it('is a duplicate of its own state', () => {
    expect(judge(paymentEvent(), orderRow({ lastApplied: Success }))).toStrictEqual({ result: 'duplicate' });
  });

  it('is stale after a later state', () => {
    expect(judge(paymentEvent({ state: Closed }), orderRow({ lastApplied: Success }))).toStrictEqual({
      result: 'stale',
    });
  });

  it('is stale where a success is waiting for its handlers', () => {
    const row = orderRow({ hasSuccessToApply: true });
    expect(judge(paymentEvent({ state: Closed }), row)).toStrictEqual({ result: 'stale' });
    expect(judge(paymentEvent(), row)).toStrictEqual(NEW);
    expect(judge(paymentEvent({ state: Refunded }), row)).toStrictEqual(NEW);
  });

  it.each([
    ['its confirming query', confirmed(Closed), orderRow(), Closed, undefined],
    ['the gateway', paymentEvent(), orderRow({ gatewayState: Failed }), Failed, undefined],
    ['what was applied', paymentEvent(), orderRow({ lastApplied: Closed }), Closed, Closed],
    [
      'the query before the rest',
      confirmed(Closed),
      orderRow({ gatewayState: Failed, lastApplied: Failed }),
      Closed,
      Failed,
    ],
    [
      'the gateway before what was applied',
      paymentEvent(),
      orderRow({ gatewayState: Closed, lastApplied: Failed }),
      Closed,
      Failed,
    ],
  ])('is a late payment by the state of %s', (_, event, row, gatewayState, previousState) => {
    expect(judge(event, row)).toStrictEqual({ result: 'new', late: true, gatewayState, previousState });
  });
});

describe('an event that does not match', () => {
  it('has all its differences', () => {
    const row = orderRow({ amount: 6, currency: 'usd', appId: 'A2', mchOrderNo: 'o1', gatewayId: 'P2' });
    const differences = [
      'amount is 5, not 6',
      'currency is cny, not usd',
      'appId is A1, not A2',
      'mchOrderNo is O1, not o1',
      'payOrderId is P1, not P2',
    ];
    expect(judge(paymentEvent(), row)).toStrictEqual({ result: 'mismatch', reason: 'differs', differences });
    expect(differencesFrom(row, paymentEvent())).toStrictEqual(differences);
  });

  it('of a transfer names the number of the transfer', () => {
    expect(differencesFrom(orderRow({ gatewayId: 'T2' }), transferEvent())).toStrictEqual(['transferId is T1, not T2']);
  });

  it('is a mismatch even where its state was applied', () => {
    expect(judge(paymentEvent({ amount: 6 }), orderRow({ lastApplied: Success }))).toMatchObject({ reason: 'differs' });
  });

  it('may have a state that is not documented', () => {
    expect(judge(paymentEvent({ state: 7 as OrderState }), orderRow())).toStrictEqual({
      result: 'mismatch',
      reason: 'unknown-state',
      differences: ['state 7 is not documented'],
    });
  });
});

it.each([
  ['no gateway number is known yet', {}, {}],
  ['the gateway number is the same', { gatewayId: 'P1' }, {}],
  ['the gateway adds spaces to its number', {}, { mchOrderNo: 'O1  ' }],
  ['the currency is in upper case', {}, { currency: 'CNY' }],
])('an order does not differ where %s', (_, row, event) => {
  expect(differencesFrom(orderRow(row), paymentEvent(event))).toStrictEqual([]);
});

it.each([
  ['the state of the event', paymentEvent(), undefined, Success],
  ['the confirming query after it', confirmed(Closed), undefined, Closed],
  ['what it said before, unless it goes forward', paymentEvent(), Closed, Closed],
  ['a refund after a payment', paymentEvent({ state: Refunded }), Success, Refunded],
  ['the event where its confirming query is behind', confirmed(Paying), undefined, Success],
])('the state to remember of the gateway is %s', (_, event, remembered, state) => {
  expect(gatewayStateWith(event, remembered)).toBe(state);
});
