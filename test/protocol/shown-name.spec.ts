import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shownName } from '../../lib/protocol/shown-name.js';

it.each([
  ['tenant', '"tenant"'],
  ['x[y]', '"x[y]"'],
  ['sign]D8A65F0C9D5BDA28C0B5E2F1E8A4B6C7', '"sign]…"'],
  ['line\nfeed\u001b', '"line?feed?"'],
  ['a_name_of_24_characters_', '"a_name_of_24_characters_"'],
  ['a_name_of_more_than_24_characters', '"a_name_of_more_than_24_…"'],
])('%j is shown as %s', (name, shown) => {
  expect(shownName(name)).toBe(shown);
});

it('shows at most 24 printable characters and no 16 hex digits in a row, whatever the name', () => {
  const names = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF[]=x'), minLength: 10, maxLength: 60 }),
  );
  fc.assert(
    fc.property(names, (name) => {
      const shown = JSON.parse(shownName(name)) as string;
      expect(shown.length).toBeLessThanOrEqual(24);
      expect(shown).toMatch(/^[\x20-\x7e…]*$/);
      expect(shown).not.toMatch(/[0-9a-f]{16}/i);
    }),
    { numRuns: 2_000 },
  );
});
