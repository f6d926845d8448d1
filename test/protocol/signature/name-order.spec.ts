import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalize } from '../../../lib/protocol/signature/canonicalize.js';
import { javaFold } from '../../../lib/protocol/diagnosis/java-order.js';

/** The rule as the protocol has it: whole entries, sorted by their folded texts. */
function byTheRule(params: Record<string, string>): string {
  return Object.entries(params)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${value}&`)
    .map((text) => ({ text, folded: javaFold(text) }))
    .toSorted((a, b) => (a.folded < b.folded ? -1 : a.folded > b.folded ? 1 : 0))
    .map(({ text }) => text)
    .join('');
}

/** Names that are prefixes of each other, differ by case, or hold what divides names and values. */
const awkward = fc.array(fc.constantFrom('a', 'A', 'b', 'a0', '=', '&', '\n', '_', 'ſ', 'İ', '商', '~', '1'), {
  minLength: 1,
  maxLength: 4,
});
const name = fc.oneof(
  awkward.map((parts) => parts.join('')),
  fc.string({ minLength: 1 }),
);

describe('the order of names, remembered', () => {
  it('is that of the whole entries, whatever the values', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 8 }), fc.array(fc.string(), { minLength: 8 }), (names, values) => {
        const params = Object.fromEntries(
          names.filter((one) => one !== '__proto__').map((one, i) => [one, values[i]!]),
        );
        // The second time it is remembered.
        expect(canonicalize(params)).toBe(byTheRule(params));
        expect(canonicalize(params)).toBe(byTheRule(params));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is not taken for that of other names that make the same text', () => {
    expect(canonicalize({ b: '1', a: '2' })).toBe('a=2&b=1&');
    expect(canonicalize({ 'b\na': '3' })).toBe('b\na=3&');
    expect(canonicalize({ b: '1', a: '2', c: '' })).toBe('a=2&b=1&');
    expect(canonicalize({ 'b\na': '3', c: '4' })).toBe('b\na=3&c=4&');
    expect(canonicalize({ 'x\ny': '1', z: '2' })).toBe('x\ny=1&z=2&');
    expect(canonicalize({ x: '1', 'y\nz': '2' })).toBe('x=1&y\nz=2&');
    expect(canonicalize({ pq: '1', r: '2' })).toBe('pq=1&r=2&');
    expect(canonicalize({ p: '1', qr: '2' })).toBe('p=1&qr=2&');
  });

  it('is not taken for that of as many other names', () => {
    for (let i = 0; i < 2; i += 1) {
      expect(canonicalize({ b: '1', a: '2' })).toBe('a=2&b=1&');
      expect(canonicalize({ b: '1', c: '2' })).toBe('b=1&c=2&');
      expect(canonicalize({ a: '1', b: '2' })).toBe('a=1&b=2&');
      expect(canonicalize({ c: '1', b: '2' })).toBe('b=2&c=1&');
    }
  });

  it('hangs on the values where two names differ by case alone', () => {
    expect(canonicalize({ A: '1', a: '0' })).toBe('a=0&A=1&');
    expect(canonicalize({ A: '0', a: '1' })).toBe('A=0&a=1&');
  });

  it('is that of the message where entries differ by case alone', () => {
    expect(canonicalize({ A: '1', a: '1', 0: '0' })).toBe('0=0&A=1&a=1&');
    expect(canonicalize({ a: '1', A: '1', 0: '0' })).toBe('0=0&a=1&A=1&');
  });
});
