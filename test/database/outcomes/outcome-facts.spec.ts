import { expect, it } from '@jest/globals';
import { factsOf } from '../../../lib/database/outcomes/outcome-facts.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { paymentEvent, transferEvent } from '../../outcomes/support/events.js';

const KNOWN = { late: false, gatewayState: undefined, previousState: undefined, isAdopted: false };

it('leaves out what nobody knows', () => {
  expect(factsOf(paymentEvent(), { ...KNOWN, checkoutKey: undefined, duplicateOf: undefined })).toStrictEqual({
    late: false,
    adopted: false,
    replayed: false,
    source: 'notify',
    idempotencyKey: 'payment:M1:P1:2',
  });
});

it('gives handlers all that is known', () => {
  const known = {
    late: true,
    gatewayState: OrderState.Closed,
    previousState: OrderState.Created,
    isAdopted: true,
    checkoutKey: '',
    duplicateOf: 'O9',
  };
  expect(factsOf(transferEvent({}, 'query'), known, { replayed: true })).toStrictEqual({
    late: true,
    gatewayState: 6,
    previousState: 0,
    adopted: true,
    checkoutKey: '',
    duplicateOf: 'O9',
    replayed: true,
    source: 'query',
    idempotencyKey: 'transfer:M1:T1:2',
  });
});
