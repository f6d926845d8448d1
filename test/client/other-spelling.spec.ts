import { describe, expect, it } from '@jest/globals';
import { refuseOtherSpelling } from '../../lib/client/other-spelling.js';
import { Pass2PayOrderConflictError } from '../../lib/errors/pass2pay.errors.js';
import { thrownBy } from './support/failure-of.js';

describe('a query’s response', () => {
  it.each([
    ['abc-1', 'ABC-1', 'ABC-1'],
    ['abc-1', 'abc-1 ', 'abc-1'],
  ])('for %p is refused with the number %p, which the gateway does not distinguish', (asked, found, shown) => {
    const error = thrownBy(Pass2PayOrderConflictError, () => refuseOtherSpelling(asked, found));
    expect(error).toBeInstanceOf(Pass2PayOrderConflictError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_ORDER_CONFLICT',
      mchOrderNo: asked,
      differences: [`its number is ${shown}, and the gateway ignores case and trailing spaces in numbers`],
    });
  });

  it.each([
    ['the same number', 'abc-1', 'abc-1'],
    ['another number, which the caller checks itself', 'abc-1', 'abc-2'],
    ['any number if the query named none', undefined, 'abc-1'],
  ])('may have %s', (_what, asked, found) => {
    expect(() => refuseOtherSpelling(asked, found)).not.toThrow();
  });
});
