import { describe, expect, it } from '@jest/globals';
import { differencesOf, type Terms } from '../../lib/protocol/compare-terms.js';

const order: Terms = { amount: 100, currency: 'cny', mchNo: 'M1', appId: 'A1', payOrderId: 'P1', transferId: 'T1' };

describe('how an order differs from the expected one', () => {
  it('is nothing where all terms match', () => {
    expect(differencesOf(order, { ...order })).toEqual([]);
  });

  it('names the amount with both values', () => {
    expect(differencesOf({ ...order, amount: 1 }, order)).toEqual(['amount is 1, not 100']);
  });

  it('names the currency, unless only its case differs', () => {
    expect(differencesOf({ ...order, currency: 'usd' }, order)).toEqual(['currency is usd, not cny']);
    expect(differencesOf({ ...order, currency: 'CNY' }, order)).toEqual([]);
    expect(differencesOf(order, { ...order, currency: 'CNY' })).toEqual([]);
  });

  it.each(['mchNo', 'appId', 'payOrderId', 'transferId'] as const)('names %s, a missing one too', (id) => {
    expect(differencesOf({ ...order, [id]: 'X9' }, order)).toEqual([`${id} is X9, not ${order[id]}`]);
    expect(differencesOf({ ...order, [id]: undefined }, order)).toEqual([`${id} is undefined, not ${order[id]}`]);
  });

  it('leaves out ids that are not expected', () => {
    expect(differencesOf(order, { amount: 100, currency: 'cny' })).toEqual([]);
  });

  it('shows the words of the gateway in one printable line', () => {
    const [amount, currency] = differencesOf({ ...order, amount: 2, currency: 'c\nny' }, order);
    expect(amount).toBe('amount is 2, not 100');
    expect(currency).not.toContain('\n');
  });
});
