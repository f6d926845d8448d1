import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'lossless-json';
import { isWireObject, numberLiteral, parseWireObject, plain, signable } from '../../lib/protocol/wire-json.js';

/** A JSON object as other writers than JavaScript may write it: numbers in any literal, white space, escapes. */
const wireText = fc
  .dictionary(
    fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('amount', 'sign', '1', '10', 'constructor')),
    fc.oneof(
      fc.constantFrom('1', '-0', '0.30', '1E+3', '1e+21', '1e21', '9007199254740992', '9007199254740993', '1.0'),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.string().map((text) => JSON.stringify(text)),
      fc.constantFrom('"\\u4e2d"', '"a\\/b"', 'null', 'true', '[1.0,{"b":null,"a":2.50}]', '{"b":10,"a":1E2}'),
    ),
  )
  .chain((members) =>
    fc.constantFrom(',', ', ').map((comma) => {
      const entries = Object.entries(members).map(([name, value]) => `${JSON.stringify(name)}:${value}`);
      return `{${entries.join(comma)}}`;
    }),
  );

describe('a JSON object of the wire', () => {
  it('means the same whether JavaScript would have written it or not', () => {
    fc.assert(
      fc.property(wireText, (text) => {
        const lossless = parse(text);
        if (!isWireObject(lossless)) throw new Error('the lossless parser gave no object');
        const read = parseWireObject(text);
        expect(signable(read)).toEqual(signable(lossless));
        expect(plain(read)).toEqual(plain(lossless));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['1', '-0', '0.30', '1E+3', '1e+21', '1e21', '9007199254740992', '9007199254740993', '-12', '1.5'])(
    'keeps the number %s as it stood there',
    (literal) => {
      expect(numberLiteral(parseWireObject(`{"amount":${literal}}`).amount)).toBe(literal);
      expect(signable(parseWireObject(`{"amount":${literal}}`))).toEqual({ amount: literal });
    },
  );

  it('may give a name one value only', () => {
    expect(() => parseWireObject('{"amount":1,"amount":2}')).toThrow(SyntaxError);
    expect(parseWireObject('{"amount":1}')).toEqual({ amount: 1 });
  });

  it.each(['', '[]', 'null', '1', '"{}"', '{"a":1} x', "{'a':1}"])('is not %s', (text) => {
    expect(() => parseWireObject(text)).toThrow(SyntaxError);
  });

  it('is told from other JSON in the error', () => {
    expect(() => parseWireObject('[1]')).toThrow('not a JSON object');
  });

  it('is signed with nested values as compact JSON, and null as no value', () => {
    const read = parseWireObject('{"a":[1.0,{"b":null}],"c":{"d":1E2},"e":null,"f":true,"g":"x"}');
    expect(signable(read)).toEqual({ a: '[1.0,{"b":null}]', c: '{"d":1E2}', e: null, f: true, g: 'x' });
  });

  it('has plain values: numbers that JavaScript can hold, the digits of others, and the same within lists', () => {
    const text = '{"a":1.0,"b":[1,12345678901234567890,{"c":0.30,"d":null}],"e":null,"f":true,"g":"x"}';
    expect(plain(parseWireObject(text))).toEqual({
      a: 1,
      b: [1, '12345678901234567890', { c: 0.3, d: null }],
      e: null,
      f: true,
      g: 'x',
    });
  });

  it('may be named like a member of every object', () => {
    const read = parseWireObject('{"__proto__":"1","constructor":"2"}');
    expect(Object.entries(signable(read))).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });
});
