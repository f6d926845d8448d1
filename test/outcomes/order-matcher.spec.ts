import { describe, expect, it } from '@jest/globals';
import type { MerchantDirectory } from '../../lib/merchants/merchant-directory.js';
import type { ExpectedOrder } from '../../lib/outcomes/merchant-orders.js';
import { OrderMatcher } from '../../lib/outcomes/order-matcher.js';
import { outcomesOptions } from '../../lib/outcomes/outcomes.options.js';
import type { OrderIdentity } from '../../lib/protocol/order-identity.js';
import { paymentEvent, transferEvent } from './support/events.js';

/** Matches events with what `find` returns; several merchants unless one is named. */
function matcher(found: Partial<ExpectedOrder> | null | undefined, onlyMchNo?: string) {
  const asked: OrderIdentity[] = [];
  const find = async (order: OrderIdentity) => {
    asked.push(order);
    return found && { amount: 5, currency: 'cny', ...found };
  };
  const options = outcomesOptions.resolve({ merchantOrders: { find, pending: async () => [] } });
  return { asked, matcher: new OrderMatcher({ onlyMchNo } as MerchantDirectory, options) };
}

const differencesOf = async (found: Partial<ExpectedOrder>, event = paymentEvent()) => {
  const match = await matcher(found, 'M1').matcher.match(event);
  return match.result === 'mismatch' ? match.mismatch.differences : match.result;
};

describe('an event', () => {
  it('is looked up by its kind, merchant and number', async () => {
    const { asked, matcher: matches } = matcher({}, 'M1');
    await matches.match(transferEvent());
    expect(asked).toEqual([{ kind: 'transfer', mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1' }]);
  });

  it('fits an order of the same terms, whose last state it brings along', async () => {
    expect(await matcher({ lastState: 6 }, 'M1').matcher.match(paymentEvent())).toEqual({
      result: 'fits',
      lastState: 6,
    });
  });

  it('fits where the module knows no orders of the merchant', async () => {
    const matches = new OrderMatcher({} as MerchantDirectory, outcomesOptions.resolve({}));
    expect(await matches.match(paymentEvent())).toEqual({ result: 'fits', lastState: undefined });
  });

  it.each([null, undefined])('without an order is of an unknown one (%s)', async (found) => {
    expect(await matcher(found, 'M1').matcher.match(paymentEvent())).toEqual({ result: 'unknown-order' });
  });

  it.each<[Partial<ExpectedOrder>, string]>([
    [{ amount: 6 }, 'amount is 5, not 6'],
    [{ currency: 'usd' }, 'currency is cny, not usd'],
    [{ mchNo: 'M2' }, 'mchNo is M1, not M2'],
    [{ appId: 'A2' }, 'appId is A1, not A2'],
    [{ mchOrderNo: 'o1' }, 'mchOrderNo is O1, not o1'],
  ])('does not fit an order with %j', async (found, difference) => {
    expect(await differencesOf(found)).toEqual([difference]);
  });

  it('lists every difference', async () => {
    expect(await differencesOf({ amount: 6, mchOrderNo: 'O2' })).toEqual([
      'amount is 5, not 6',
      'mchOrderNo is O1, not O2',
    ]);
  });

  it('whose number the gateway has padded is that of the order', async () => {
    expect(await differencesOf({ mchOrderNo: 'O1' }, paymentEvent({ mchOrderNo: 'O1  ' }))).toBe('fits');
  });

  it('of an undocumented state is a mismatch with the order that it fits', async () => {
    const event = paymentEvent({ state: 7 as never });
    expect(await matcher({ appId: 'A1' }, 'M1').matcher.match(event)).toEqual({
      result: 'mismatch',
      mismatch: {
        event,
        reason: 'unknown-state',
        expected: { amount: 5, currency: 'cny', appId: 'A1' },
        differences: ['state 7 is not documented'],
      },
    });
  });

  it('that differs is reported for that, whatever its state', async () => {
    const { matcher: matches } = matcher({ amount: 6 }, 'M1');
    expect(await matches.match(paymentEvent({ state: 7 as never }))).toMatchObject({
      mismatch: { reason: 'differs', differences: ['amount is 5, not 6'] },
    });
  });

  it('needs the merchant of the order where there are several', async () => {
    await expect(matcher({}).matcher.match(paymentEvent())).rejects.toThrow(
      'merchantOrders.find returned no mchNo for payment O1 of merchant M1; orders of several merchants may use the same number: return the mchNo with each',
    );
    expect(await matcher({ mchNo: 'M1' }).matcher.match(paymentEvent())).toMatchObject({ result: 'fits' });
  });
});
