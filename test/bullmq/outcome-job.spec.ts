import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jobIdOf } from '../../lib/bullmq/outcome-job.js';
import { idempotencyKey, type OutcomeEvent } from '../../lib/outcomes/outcome.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { Transfer } from '../../lib/transfers/transfer.dto.js';

/** Texts that a key or an id could mix up: separators, escapes and white space. */
const aPart = fc.string({ unit: fc.constantFrom(':', '.', '%', '2', 'e', 'E', ' ', '\n'), minLength: 1 });

const anEvent: fc.Arbitrary<OutcomeEvent> = fc
  .record({ isPayment: fc.boolean(), mchNo: aPart, id: aPart, mchOrderNo: aPart, state: fc.nat(6) })
  .map(({ isPayment, id, ...data }) =>
    isPayment
      ? { kind: 'payment', source: 'notify', data: Object.assign(new PaymentOrder(), data, { payOrderId: id }) }
      : { kind: 'transfer', source: 'notify', data: Object.assign(new Transfer(), data, { transferId: id }) },
  );

const identity = ({ kind, data }: OutcomeEvent) => [
  kind,
  data.mchNo,
  kind === 'payment' ? data.payOrderId : data.transferId,
  data.state,
];

describe('A7 the key of an outcome, and the id of its job', () => {
  it('are the same only for one state of one order of one merchant', () => {
    fc.assert(
      fc.property(anEvent, anEvent, (one, other) => {
        const isOne = JSON.stringify(identity(one)) === JSON.stringify(identity(other));
        expect(idempotencyKey(one) === idempotencyKey(other)).toBe(isOne);
        expect(jobIdOf(one) === jobIdOf(other)).toBe(isOne);
      }),
    );
  });

  it('are different for one number of the gateway under two merchants', () => {
    const of = (mchNo: string): OutcomeEvent => ({
      kind: 'payment',
      source: 'notify',
      data: Object.assign(new PaymentOrder(), { mchNo, appId: 'A1', payOrderId: 'P1', mchOrderNo: '1001', state: 2 }),
    });
    expect([of('M1'), of('M2')].map(jobIdOf)).toEqual(['payment.M1.P1.2', 'payment.M2.P1.2']);
    expect(idempotencyKey(of('M1'))).toBe('payment:M1:P1:2');
  });

  it('has neither colons, which BullMQ keeps for itself, nor white space in the id', () => {
    fc.assert(fc.property(anEvent, (event) => expect(jobIdOf(event)).toMatch(/^[^:\s]+$/)));
  });
});
