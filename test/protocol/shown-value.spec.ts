import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { printable, shownValue } from '../../lib/protocol/shown-value.js';

describe('an untrusted value in a log', () => {
  it('is quoted, and whole up to 40 characters', () => {
    expect(shownValue('O1')).toBe('"O1"');
    expect(shownValue('z'.repeat(40))).toBe(`"${'z'.repeat(40)}"`);
    expect(shownValue('z'.repeat(41))).toBe(`"${'z'.repeat(39)}…"`);
  });

  it('is whole where it is known, however long', () => {
    const id = 'm'.repeat(60);
    expect(shownValue(id, ['other', id])).toBe(`"${id}"`);
    expect(shownValue(id, ['other'])).toBe(`"${'m'.repeat(39)}…"`);
  });

  it('shows a signature, and half of one, by its ends', () => {
    expect(printable('C380BEC2BFD727A4B6845133519F3AD6', 40)).toBe('C380BE…3AD6');
    expect(printable('sign=c380bec2bfd727a4;', 40)).toBe('sign=c380be…27a4;');
    expect(printable('c380bec2bfd727a', 40)).toBe('c380bec2bfd727a');
  });

  it('shows a number whole, which most order numbers are', () => {
    expect(printable('20160427210604000490', 40)).toBe('20160427210604000490');
    expect(printable('20160427210604000490a', 40)).toBe('201604…490a');
  });

  it('shows what is not printable ASCII as a question mark', () => {
    expect(printable('a\nb\u007f商 ~', 40)).toBe('a?b?? ~');
  });

  it('is at most so many printable characters, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 1, max: 60 }), (text, max) => {
        const shown = printable(text, max);
        expect(shown.length).toBeLessThanOrEqual(max);
        expect(shown).toMatch(/^[\x20-\x7e…]*$/);
        expect(shown).not.toMatch(/(?=[0-9a-f]*[a-f])[0-9a-f]{16}/i);
      }),
    );
  });

  it('reads no more of a long text than it needs', () => {
    expect(printable(`${'\n'.repeat(160)}tail`, 40)).toBe(`${'?'.repeat(39)}…`);
    // A run of hex digits is abbreviated before the text is cut: what follows would come closer otherwise.
    expect(printable('a'.repeat(400), 40)).toBe('aaaaaa…aaaa');
  });
});
