import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describedOrder, keyPart, orderKey, type OrderIdentity } from '../../lib/protocol/order-identity.js';
import { isSameOrderNumber } from '../../lib/protocol/order-number.js';

/** Texts that a key could mix up: its own separators, escapes, case and spaces. */
const aPart = fc.string({ unit: fc.constantFrom(':', '%', '3', 'a', 'A', ' ', '\n', '\u00a0', '\u3000', '.', 'é') });

const anOrder = fc.record({
  kind: fc.constantFrom('payment' as const, 'transfer' as const),
  mchNo: aPart,
  mchOrderNo: aPart,
});

describe('A7 the key of an order', () => {
  it('is kind, merchant and the order number as the gateway compares it', () => {
    const order: OrderIdentity = { kind: 'payment', mchNo: 'M1', appId: 'A1', mchOrderNo: 'abc-1' };
    const inOtherApp: OrderIdentity = { ...order, appId: 'A2' };
    expect(orderKey(order)).toBe('payment:M1:abc-1');
    expect(orderKey({ ...order, mchOrderNo: 'ABC-1 ' })).toBe('payment:M1:abc-1');
    expect(orderKey(inOtherApp)).toBe('payment:M1:abc-1');
    expect(orderKey({ ...order, mchNo: 'M2' })).toBe('payment:M2:abc-1');
    expect(orderKey({ ...order, kind: 'transfer' })).toBe('transfer:M1:abc-1');
    expect(orderKey({ ...order, mchOrderNo: 'a:b 1' })).toBe('payment:M1:a%3ab%201');
  });

  it('is the same only for orders that the gateway takes for one', () => {
    fc.assert(
      fc.property(anOrder, anOrder, (one, other) => {
        const isOne =
          one.kind === other.kind && one.mchNo === other.mchNo && isSameOrderNumber(one.mchOrderNo, other.mchOrderNo);
        expect(orderKey(one) === orderKey(other)).toBe(isOne);
      }),
    );
  });

  it('holds no white space, and two colons', () => {
    fc.assert(fc.property(anOrder, (order) => expect(orderKey(order)).toMatch(/^[^\s:]+:[^\s:]*:[^\s:]*$/)));
  });
});

describe('a text as part of a key', () => {
  it.each([
    ['M1621873433953', 'M1621873433953'],
    ['a-b_c', 'a-b_c'],
    ['', ''],
    ['商户.é', '商户.é'],
    ['100%', '100%25'],
    ['a:b', 'a%3ab'],
    ['a b\n\u0001', 'a%20b%0a%01'],
    ['\u00a0\u00ff', '%a0\u00ff'],
    ['\u2028\u3000', '%u2028%u3000'],
    ['\u1680', '%u1680'],
  ])('%j is %s', (text, part) => {
    expect(keyPart(text)).toBe(part);
  });
});

it('an order is described by kind, number and merchant', () => {
  expect(describedOrder({ kind: 'transfer', mchNo: 'M1', mchOrderNo: 'T1' })).toBe('transfer T1 of merchant M1');
});
