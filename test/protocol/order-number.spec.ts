import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { comparedOrderNumber, isSameOrderNumber } from '../../lib/protocol/order-number.js';

it.each([
  ['abc-1', 'ABC-1', true],
  ['abc-1', 'abc-1  ', true],
  ['abc-1', ' abc-1', false],
  ['abc-1', 'abc_1', false],
])('to the gateway, %j and %j are one order: %s', (one, other, same) => {
  expect(isSameOrderNumber(one, other)).toBe(same);
});

it('compares what was compared once as it is', () => {
  fc.assert(
    fc.property(fc.string(), (number) => {
      const compared = comparedOrderNumber(number);
      expect(comparedOrderNumber(compared)).toBe(compared);
      expect(isSameOrderNumber(number, `${number} `)).toBe(true);
    }),
  );
});
