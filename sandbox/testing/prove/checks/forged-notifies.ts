import type { Check } from '../check.js';
import { changedMessages, forgedMerchants, forgedSecrets, splitAtAmpersand, type Forgery } from '../forgeries.js';
import type { OrderUnderProof } from '../order-under-proof.js';

/** Messages that must have no effect, and must not prevent the effect of the genuine notify that follows. */
export const FORGED_NOTIFIES: readonly Check[] = [
  {
    id: 'changed',
    title: 'A genuine notify with a changed byte is refused',
    run: (trial) => trial.refuses(changedMessages(trial.order, trial.shared.paid), 'forged-effect'),
  },
  {
    id: 'forged',
    title: 'A notify that is not signed with the secret is refused',
    run: (trial) => trial.refuses(forgedSecrets(trial.order), 'forged-effect'),
  },
  {
    id: 'other-merchant',
    title: 'A notify of another merchant is refused',
    async run(trial) {
      const isKnown = trial.merchants.some(({ mchNo }) => mchNo !== trial.order.merchant.mchNo);
      // A known merchant may have its own order with this number, so an acknowledgement proves nothing.
      await trial.refuses(forgedMerchants(trial.order, trial.merchants), 'other-merchant', {
        mayBeAcknowledged: isKnown,
      });
    },
  },
  {
    id: 'wrong-amount',
    title: 'A payment with a different amount or currency is not fulfilled',
    run: (trial) =>
      trial.refuses(wrongPayments(trial.order), ({ what }) => (what.includes('currency') ? 'currency' : 'amount'), {
        // It is genuine, and would not match when resent either.
        mayBeAcknowledged: true,
      }),
  },
  {
    id: 'ampersand',
    title: 'A message with `&` in a value is not accepted by its signature alone',
    run: (trial) => trial.refuses([splitAtAmpersand(trial.order)], 'ambiguous'),
  },
];

/** With a valid signature, but another amount or currency than the order's. */
function wrongPayments(order: OrderUnderProof): Forgery[] {
  const fields = order.fields(2);
  const { amount } = order.current;
  const others = [amount === 1 ? 2 : 1, amount * 100].map(String);
  const currency = fields['currency']?.toLowerCase() === 'usd' ? 'cny' : 'usd';
  return [
    ...others.map((other) => ({
      what: `an amount of ${other} instead of ${amount}, correctly signed`,
      message: order.write({ ...fields, amount: other }),
    })),
    {
      what: `the currency ${currency} instead of ${fields['currency']}, correctly signed`,
      message: order.write({ ...fields, currency }),
    },
  ];
}
