import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { visiblePieces } from '../../../../sandbox/gateway/pages/dashboard/visible-text.js';

function shown(text: string): string {
  return visiblePieces(text)
    .map((piece) => piece.text)
    .join('');
}

describe('a text made visible', () => {
  it.each([
    ['SUCCESS\n', 'SUCCESS␊'],
    ['a\r\nb \t', 'a␍␊\nb ␉'],
    [' ok  ', '␠ok␠␠'],
    ['a b', 'a b'],
    ['\u202esseccus', '[U+202E]sseccus'],
    ['\ufeffx\u007f', '[BOM]x␡'],
    ['\ud800', '[U+D800]'],
    ['成功 😀', '成功 😀'],
    ['', ''],
  ])('%j reads %s', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it('hides nothing, and keeps what can be seen', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const pieces = visiblePieces(text);
        for (const { text: piece, name } of pieces) {
          if (piece !== '\n') expect(piece).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
          expect(name).not.toBe('');
        }
        const seen = pieces.filter(({ name, text: piece }) => name === undefined && piece !== '\n');
        expect(seen.every(({ text: piece }) => text.includes(piece))).toBe(true);
        if (/^[!-~]*$/.test(text)) expect(shown(text)).toBe(text);
      }),
    );
  });
});
