import { describe, expect, it } from '@jest/globals';
import { arrivalOf, noteArrival } from '../../lib/outcomes/arrivals.js';
import { confirmedState, idempotencyKey, identityOf, subjectKey } from '../../lib/outcomes/outcome.js';
import { unlessUnknown } from '../../lib/outcomes/unless-unknown.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { paymentEvent, transferEvent } from './support/events.js';

describe('an event', () => {
  it('has the identity and the key of its order', () => {
    expect(identityOf(transferEvent())).toEqual({ kind: 'transfer', mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1' });
    expect(subjectKey(paymentEvent())).toBe('payment:M1:o1');
  });

  it('has a key for its effect by the gateway’s number and the state', () => {
    expect(idempotencyKey(paymentEvent())).toBe('payment:M1:P1:2');
    expect(idempotencyKey(transferEvent({ state: 3 }))).toBe('transfer:M1:T1:3');
  });

  it('has keys that no other number makes', () => {
    const key = idempotencyKey(paymentEvent({ mchNo: 'M1:P', payOrderId: 'x:2' }));
    expect(key).toBe('payment:M1%3aP:x%3a2:2');
  });

  it('knows the state of the query that confirmed it, if that is another one', () => {
    expect(confirmedState(paymentEvent())).toBeUndefined();
    expect(confirmedState(paymentEvent({ gatewayState: OrderState.Closed } as object))).toBe(OrderState.Closed);
  });
});

describe('a result', () => {
  it('of an unknown order is to be sent again', () => {
    const order = identityOf(paymentEvent());
    expect(unlessUnknown('applied', order)).toBe('applied');
    expect(() => unlessUnknown('unknown-order', order)).toThrow(
      expect.objectContaining({ status: 503, message: 'No merchant order found for payment O1 of merchant M1.' }),
    );
  });
});

it('the arrival of a notification is known of that object alone', () => {
  const { data } = paymentEvent();
  noteArrival(data, 12.5);
  expect(arrivalOf(data)).toBe(12.5);
  expect(arrivalOf({ ...data })).toBeUndefined();
});
