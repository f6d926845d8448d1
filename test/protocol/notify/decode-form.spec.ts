import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeForm } from '../../../lib/protocol/notify/decode-form.js';

const platformDecode = (text: string) => decodeURIComponent(text);

/** Mostly escapes, right and wrong ones, of single bytes and of whole characters. */
const formText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 3 }).map((text) => encodeURIComponent(text)),
      fc.nat(255).map((byte) => `%${byte.toString(16).padStart(2, '0')}`),
      fc.constantFrom('%', '%2', '%zz', '%C3%A9', '%c0%80', '%ED%A0%80', '%F4%90%80%80', '%é9', '+', '%2B', 'a', '商'),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

function outcomeOf(decode: () => string): string | typeof URIError {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return URIError;
  }
}

describe('decodeForm', () => {
  it('reads and refuses what decodeURIComponent does', () => {
    fc.assert(
      fc.property(formText, (text) => {
        expect(outcomeOf(() => decodeForm(text, 'plus'))).toBe(outcomeOf(() => platformDecode(text)));
        const spaced = text.replaceAll('+', ' ');
        expect(outcomeOf(() => decodeForm(text, 'space'))).toBe(outcomeOf(() => platformDecode(spaced)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads an escaped plus as itself, and a plus as a space in forms', () => {
    expect(decodeForm('a%2Bb+c', 'space')).toBe('a+b c');
    expect(decodeForm('a%2Bb+c', 'plus')).toBe('a+b+c');
  });
});
