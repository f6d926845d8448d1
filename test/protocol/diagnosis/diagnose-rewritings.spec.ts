import { describe, expect, it } from '@jest/globals';
import {
  amountTexts,
  decodedTexts,
  encodedTexts,
  hasBeyondAscii,
  jsonTexts,
  misreadTexts,
  numberTexts,
  objectTexts,
  timeTexts,
} from '../../../lib/protocol/diagnosis/diagnose-rewritings.js';

describe('a value that was decoded once too often', () => {
  it('was signed in one of the forms that encoders write', () => {
    expect(encodedTexts("a b+c~(é)!'%")).toEqual([
      // encodeURIComponent, forms in upper and lower case, encodeURI
      "a%20b%2Bc~(%C3%A9)!'%25",
      'a+b%2Bc%7E%28%C3%A9%29%21%27%25',
      'a+b%2bc%7e%28%c3%a9%29%21%27%25',
      "a%20b+c~(%C3%A9)!'%25",
      // one kind of escape alone
      "a b+c~(é)!'%25",
      "a b%2Bc~(é)!'%",
      "a%20b+c~(é)!'%",
      "a b+c~(é)!'%",
      "a b+c~(é)!'%",
    ]);
    expect(encodedTexts('a&b&c=d=e').slice(-2)).toEqual(['a%26b%26c=d=e', 'a&b&c%3Dd%3De']);
    expect(encodedTexts('% % %')[4]).toBe('%25 %25 %25');
    expect(encodedTexts('a+b+c')[5]).toBe('a%2Bb%2Bc');
    expect(encodedTexts('a b c')[6]).toBe('a%20b%20c');
    expect(encodedTexts('a b c')[1]).toBe('a+b+c');
  });

  it('is any other with nothing to encode', () => {
    expect(encodedTexts("Az09_.~*'()!-")).toEqual([]);
    expect(encodedTexts('')).toEqual([]);
  });

  it('may hold half a character, which no encoder takes', () => {
    expect(encodedTexts('\ud800 ')[0]).toBe('\ud800 ');
  });
});

describe('a value that is still encoded', () => {
  it('was signed as what it stands for, in a URL or in a form, or encoded twice', () => {
    expect(decodedTexts('a+b%20c%2520d')).toEqual(['a+b c%20d', 'a b c%20d', 'a+b c d']);
    expect(decodedTexts('a+b+c%20d')[1]).toBe('a b c d');
    expect(decodedTexts('%e5%95%86')).toEqual(['商', '商', '商']);
  });

  it.each(['100%', 'a+b', '%zz', '%2', 'x%g0'])('is not %s, which has no escape', (text) => {
    expect(decodedTexts(text)).toEqual([]);
  });

  it('stays as it is where an escape is broken', () => {
    expect(decodedTexts('%ff %20')).toEqual(['%ff %20', '%ff %20', '%ff %20']);
  });
});

describe('an object that was signed as its default string', () => {
  it('reads as JavaScript, PHP, Python, Java and Go print it', () => {
    expect(objectTexts('{"b":1,"a":"x","c":{"d":true},"e":null,"f":[1,[2,null]]}')).toEqual([
      '[object Object]',
      'Array',
      "{'b': '1', 'a': 'x', 'c': '[object Object]', 'e': 'null', 'f': '1,2,'}",
      '{b=1, a=x, c=[object Object], e=null, f=1,2,}',
      'map[a:x b:1 c:[object Object] e:null f:1,2,]',
    ]);
  });

  it('of an array, as JavaScript and PHP do', () => {
    expect(objectTexts('[1,{"a":2},"x",null]')).toEqual(['1,[object Object],x,', 'Array']);
  });

  it.each(['', 'text', '5', '"text"', '"a[b"', 'x{}', '{"a":', '[1', 'null'])('is not %j', (text) => {
    expect(objectTexts(text)).toEqual([]);
    expect(jsonTexts(text)).toEqual([]);
  });

  it('may follow white space, and is not longer than a message may be', () => {
    expect(objectTexts(' \n{}')).toHaveLength(5);
    const sized = (length: number) => `[${'1'.repeat(length - 2)}]`;
    expect(objectTexts(sized(1_000))).toHaveLength(2);
    expect(objectTexts(sized(1_001))).toEqual([]);
  });
});

describe('JSON that another library has written', () => {
  it('differs in spacing, order and escapes', () => {
    const text = '{"b":"é/<&>:,","a":[1,{"d":2,"c":"\\""}]}';
    expect(jsonTexts(text)).toEqual([
      text,
      '{"b": "é/<&>:,", "a": [1, {"d": 2, "c": "\\""}]}',
      '{"a":[1,{"c":"\\"","d":2}],"b":"é/<&>:,"}',
      '{"b": "\\u00e9/<&>:,", "a": [1, {"d": 2, "c": "\\""}]}',
      '{"b":"\\u00e9/<&>:,","a":[1,{"d":2,"c":"\\""}]}',
      '{"b":"é\\/<&>:,","a":[1,{"d":2,"c":"\\""}]}',
      '{"b":"\\u00e9\\/<&>:,","a":[1,{"d":2,"c":"\\""}]}',
      '{"b":"é/\\u003c\\u0026\\u003e:,","a":[1,{"d":2,"c":"\\""}]}',
      JSON.stringify(JSON.parse(text), null, 2),
      JSON.stringify(text),
      text,
      '{"a":[1,{"d":2,"c":"\\""}],"b":"é/<&>:,"}',
    ]);
  });

  it('has its members sorted, however many there are', () => {
    expect(jsonTexts('{"b":1,"c":2,"a":{"f":3,"e":4,"g":5},"d":6,"0":7}')[2]).toBe(
      '{"0":7,"a":{"e":4,"f":3,"g":5},"b":1,"c":2,"d":6}',
    );
  });

  it('is compact where the message has it spaced', () => {
    expect(jsonTexts('{ "a" : [ 1 , null ] }')[0]).toBe('{"a":[1,null]}');
  });

  it('has its members in any order, up to four of them, and backwards with more', () => {
    const orders = (text: string) => jsonTexts(text).slice(10);
    expect(orders('{"a":1,"b":2,"c":3}').toSorted()).toEqual([
      '{"a":1,"b":2,"c":3}',
      '{"a":1,"c":3,"b":2}',
      '{"b":2,"a":1,"c":3}',
      '{"b":2,"c":3,"a":1}',
      '{"c":3,"a":1,"b":2}',
      '{"c":3,"b":2,"a":1}',
    ]);
    expect(new Set(orders('{"a":1,"b":2,"c":3,"d":4}')).size).toBe(24);
    expect(orders('{"a":1,"b":2,"c":3,"d":4,"e":5}')).toEqual(['{"e":5,"d":4,"c":3,"b":2,"a":1}']);
    expect(orders('{}')).toEqual(['{}']);
    expect(orders('[1,2]')).toEqual([]);
  });

  it('escapes what is beyond ASCII in four digits', () => {
    expect(jsonTexts('["\u0080\uffff\u007f商"]')[4]).toBe('["\\u0080\\uffff\u007f\\u5546"]');
  });
});

describe('a number', () => {
  it.each([
    ['5', ['5', '5.0', '5', '5.00']],
    ['5.10', ['5.1', '5.1', '5.1', '5.10']],
    ['-0.25', ['-0.25', '-0.25', '-0.25', '-0.25']],
    ['999999', ['999999', '999999.0', '999999', '999999.00']],
    ['1000000', ['1000000', '1000000.0', '1e+06', '1000000.00']],
    ['9999999', ['9999999', '9999999.0', '9.999999e+06', '9999999.00']],
    ['10000000', ['10000000', '1.0E7', '1e+07', '10000000.00']],
    ['-12500000', ['-12500000', '-1.25E7', '-1.25e+07', '-12500000.00']],
    ['1716888889000', ['1716888889000', '1.716888889E12', '1.716888889e+12', '1716888889000.00']],
  ])('%s: as JavaScript, Java, Go and two decimals write it', (text, texts) => {
    expect(numberTexts(text)).toEqual(texts);
  });

  it.each(['', 'x5', '5x', '5.', '.5', '+5', '1e5', '1'.repeat(17), `1.${'1'.repeat(17)}`])('is not %j', (text) => {
    expect(numberTexts(text)).toEqual([]);
  });

  it('has up to 16 digits before and after its point', () => {
    expect(numberTexts('1'.repeat(16))).toHaveLength(4);
    expect(numberTexts(`1.${'1'.repeat(16)}`)).toHaveLength(4);
  });
});

describe('an amount', () => {
  it.each([
    ['10031', ['100.31', '100.31', '100.31', '1003100']],
    ['500', ['5', '5.00', '5.0', '50000']],
    ['5.1', ['0.051', '0.05', '0.051', '510']],
    ['5.25', ['0.0525', '0.05', '0.0525', '525']],
  ])('%s: in major units, and in minor units of it', (text, texts) => {
    expect(amountTexts(text)).toEqual(texts);
  });

  it.each(['', '-5', '5.123', '5.', 'x5', '5x', '1'.repeat(14)])('is not %j', (text) => {
    expect(amountTexts(text)).toEqual([]);
  });

  it('has up to 13 digits', () => {
    expect(amountTexts('1'.repeat(13))).toHaveLength(4);
  });
});

describe('a time', () => {
  it('in ms was signed in s, cut to whole seconds, or in μs', () => {
    expect(timeTexts('1716888889123')).toEqual(['1716888889', '1716888889000', '1716888889123000']);
  });

  it('in s was signed in ms', () => {
    expect(timeTexts('1716888889')).toEqual(['1716888889000']);
  });

  it.each([
    '',
    '17168888891',
    '171688888',
    '17168888891234',
    'x1716888889',
    '1716888889x',
    'x1716888889123',
    '1716888889123x',
  ])('is not %j', (text) => {
    expect(timeTexts(text)).toEqual([]);
  });
});

describe('text beyond ASCII', () => {
  it('was read as Latin-1, or as UTF-8', () => {
    expect(misreadTexts('é')).toEqual(['\ufffd', 'Ã©']);
    expect(misreadTexts('Ã©')[0]).toBe('é');
    expect(misreadTexts('plain')).toEqual([]);
  });

  it.each([
    ['a\u007f', false],
    ['a\u0080', true],
    ['\uffffa', true],
    ['', false],
  ])('%j: %s', (text, isBeyond) => {
    expect(hasBeyondAscii(text)).toBe(isBeyond);
  });
});
