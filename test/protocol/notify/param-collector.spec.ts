import { expect, it } from '@jest/globals';
import { ParamCollector } from '../../../lib/protocol/notify/param-collector.js';
import { refusalOf } from './support/refusal-of.js';

/** Adds parameters in their order. */
function collect(...params: [name: string, value: string][]): ParamCollector {
  const collector = new ParamCollector();
  for (const [name, value] of params) collector.add(name, value);
  return collector;
}

it('keeps the signature apart from the parameters', () => {
  expect(collect(['a', '1'], ['sign', 'ABC'], ['b', '']).result()).toEqual({ params: { a: '1', b: '' }, sign: 'ABC' });
  expect(collect(['a', '1']).result().sign).toBeUndefined();
});

it.each<[string, [string, string][], string]>([
  [
    'JSON sent as a form',
    [['{"amount":5}', '']],
    'the body is JSON sent as a form; its Content-Type must be application/json',
  ],
  [
    'a repeated name',
    [
      ['a', '1'],
      ['a', '1'],
    ],
    'the name "a" is repeated',
  ],
  [
    'a second signature',
    [
      ['sign', ''],
      ['sign', 'ABC'],
    ],
    'the name "sign" is repeated',
  ],
  ['an empty name', [['', '1']], 'the name "" is not flat'],
  ['a name with =', [['a=b', '1']], 'the name "a=b" is not flat'],
  ['a name with &', [['a&b', '1']], 'the name "a&b" is not flat'],
  ['a nested name', [['a[b]', '1']], 'the name "a[b]" is not flat'],
  ['a name ending in ]', [['a]', '1']], 'the name "a]" is not flat'],
  ['__proto__', [['__proto__', '1']], 'the name "__proto__" is not flat'],
])('refuses %s', (_what, params, words) => {
  expect(refusalOf(() => collect(...params))).toBe(`malformed: ${words}`);
});

it('takes names of a brace that does not begin them, and those of every object’s members', () => {
  const params: [string, string][] = [
    ['a{', '1'],
    ['constructor', '2'],
    ['toString', '3'],
  ];
  expect(Object.entries(collect(...params).result().params)).toEqual(params);
});

it('C1 takes names of up to 64 characters', () => {
  expect(refusalOf(() => collect(['n'.repeat(64), '1']))).toBeUndefined();
  expect(refusalOf(() => collect(['n'.repeat(65), '1']))).toBe(
    `too-large: the name "${'n'.repeat(23)}…" has more than 64 characters`,
  );
});

it('C1 takes names and values of 12 KiB together', () => {
  const half = 6 * 1024;
  expect(refusalOf(() => collect(['a', 'x'.repeat(half - 1)], ['b', 'x'.repeat(half - 1)]))).toBeUndefined();
  expect(refusalOf(() => collect(['a', 'x'.repeat(half - 1)], ['b', 'x'.repeat(half)]))).toBe(
    'too-large: it has more than 12288 bytes',
  );
});

it('C1 takes 64 parameters, the signature included', () => {
  const some = (count: number) => Array.from({ length: count }, (_, i): [string, string] => [`p${i}`, '1']);
  expect(refusalOf(() => collect(...some(63), ['sign', 'ABC']))).toBeUndefined();
  expect(refusalOf(() => collect(...some(64), ['sign', 'ABC']))).toBe('too-large: it has more than 64 parameters');
});
