import { expect, it } from '@jest/globals';
import { isAmbiguous } from '../../../lib/protocol/notify/is-ambiguous.js';

it('one value with an & makes a notify ambiguous, and nothing else does', () => {
  expect(isAmbiguous({ subject: 'a&amount=1', mchOrderNo: 'O1' })).toBe(true);
  expect(isAmbiguous({ subject: '&' })).toBe(true);
  expect(isAmbiguous({ subject: 'a=b+c%26', mchOrderNo: 'O1' })).toBe(false);
  expect(isAmbiguous({ 'a&b': 'O1' })).toBe(false);
  expect(isAmbiguous({})).toBe(false);
});
