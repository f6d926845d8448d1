import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isLosslessNumber } from 'lossless-json';
import { parseFastjson } from '../../sandbox/gateway/api/reading/fastjson.js';

describe('JSON as the gateway’s parser reads it', () => {
  it('is all that is JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(plain(parseFastjson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('is never a reason for another error than that it is no JSON', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      "'",
      '\\',
      '/*',
      '*/',
      '//',
      'NaN',
      'a',
      '1',
      '-',
      '\n',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            parseFastjson(text);
          } catch (error) {
            expect((error as Error).name).toBe('SyntaxError');
          }
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ["{'a':'b'}", { a: 'b' }],
    ['{a:1,$b_2:"x"}', { a: '1', $b_2: 'x' }],
    ['{"a":"b",}', { a: 'b' }],
    ['{,,"a":"b",,"c":"d"}', { a: 'b', c: 'd' }],
    ['[1,,2,]', ['1', '2']],
    ['/* c */{"a":/* d */"b"} // e', { a: 'b' }],
    ['// c\n{"a":"b"}', { a: 'b' }],
    ['\uFEFF{"a":"b"}', { a: 'b' }],
    ['{"a":NaN}', { a: null }],
    ['{"a":007}', { a: '7' }],
    ['{"a":1e999}', { a: '1e999' }],
    ['{"a":12345678901234567890}', { a: '12345678901234567890' }],
    ['{"a":1,"a":2}', { a: '2' }],
    [String.raw`{"a":"\u4e2d\x41\'\/"}`, { a: "中A'/" }],
    ['  ', undefined],
    ['null', null],
  ])('%s', (text, value) => {
    expect(literals(parseFastjson(text))).toEqual(value);
  });

  it.each([
    '{',
    '{"a":}',
    '{"a" 1}',
    '{"a":1 "b":2}',
    'not json',
    '{"a":1} trailing',
    '"',
    '[',
    '1a',
    '0.',
    '+1',
    '1.e5',
    '{"a":\u00e9}',
  ])('no JSON: %s', (text) => {
    expect(() => parseFastjson(text)).toThrow(SyntaxError);
  });

  it('keeps a member named __proto__ to itself', () => {
    const value = parseFastjson('{"__proto__":{"amount":1}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect('amount' in value).toBe(false);
  });
});

function plain(value: unknown): unknown {
  return map(value, ({ value: literal }) => Number(literal));
}

function literals(value: unknown): unknown {
  return map(value, ({ value: literal }) => literal);
}

function map(value: unknown, number: (number: { value: string }) => unknown): unknown {
  if (isLosslessNumber(value)) return number(value);
  if (Array.isArray(value)) return value.map((item) => map(item, number));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, map(member, number)]));
}
