import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plusToSpace } from '../../../lib/protocol/notify/plus-to-space.js';

it('changes each plus, and nothing else', () => {
  // A character whose lower byte is that of a plus, and half of a pair.
  const piece = fc.oneof(fc.constantFrom('+', '%2B', ' ', '商', 'ī', '\ud83d'), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      expect(plusToSpace(text)).toBe(text.replaceAll('+', ' '));
    }),
    { numRuns: 2_000 },
  );
});
