import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readForm } from '../../../lib/protocol/notify/read-form.js';
import { refusalOf } from './support/refusal-of.js';

const read = (text: string, plus: 'space' | 'plus' = 'space') => readForm(text, plus).result();

describe('a form', () => {
  it('is read as the platform’s own parser reads it', () => {
    const name = fc.stringMatching(/^[a-z]\w{0,8}$/).filter((text) => text !== 'sign');
    fc.assert(
      fc.property(fc.dictionary(name, fc.string({ unit: 'binary' }), { maxKeys: 20 }), (params) => {
        const text = new URLSearchParams(params).toString();
        expect(read(text).params).toEqual(Object.fromEntries(new URLSearchParams(text)));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=1&&b=2&', { a: '1', b: '2' }],
    ['', {}],
    ['a', { a: '' }],
    ['a=', { a: '' }],
    ['a=1=2', { a: '1=2' }],
    ['a=%26%3D%E5%95%86', { a: '&=商' }],
    ['a+b=c+d', { 'a b': 'c d' }],
  ])('%j is %j', (text, params) => {
    expect(read(text)).toEqual({ params, sign: undefined });
  });

  it('has its signature apart', () => {
    expect(read('a=1&sign=ABC')).toEqual({ params: { a: '1' }, sign: 'ABC' });
  });

  it('has plus signs where a reading says so', () => {
    expect(read('a+b=c+d%2B', 'plus').params).toEqual({ 'a+b': 'c+d+' });
  });

  it.each(['a=%', 'a=%2', 'a=%zz', 'a=%ff', '%=1'])('A1 with a broken escape is refused: %s', (text) => {
    expect(refusalOf(() => read(text))).toBe('malformed: a percent escape is broken');
  });

  it('C1 has at most 64 pairs, empty ones included', () => {
    const pairs = (count: number) => Array.from({ length: count }, (_, i) => `p${i}=1`).join('&');
    expect(Object.keys(read(pairs(64)).params)).toHaveLength(64);
    expect(refusalOf(() => read(pairs(65)))).toBe('too-large: it has more than 64 parameters');
    expect(refusalOf(() => read('&'.repeat(63)))).toBeUndefined();
    expect(refusalOf(() => read('&'.repeat(64)))).toBe('too-large: it has more than 64 parameters');
  });
});
