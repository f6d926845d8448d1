import { describe, expect, it } from '@jest/globals';
import {
  hasNumber,
  readParsedForm,
  readParsedJson,
  type ParsedParams,
} from '../../../lib/protocol/notify/read-parsed.js';
import { refusalOf } from './support/refusal-of.js';

describe('what a form parser returned', () => {
  it('is read as it is', () => {
    const parsed = { subject: 'a b', amount: '5', note: '', sign: 'ABC' };
    expect(readParsedForm(parsed, 'space').result()).toEqual({
      params: { subject: 'a b', amount: '5', note: '' },
      sign: 'ABC',
    });
  });

  it('has each space turned back into a plus where a reading says so', () => {
    expect(readParsedForm({ subject: 'a b c' }, 'plus').result().params).toEqual({ subject: 'a+b+c' });
  });

  it.each<[string, unknown]>([
    ['repeated', ['1', '2']],
    ['nested', { a: '1' }],
    ['a number', 5],
    ['null', null],
    ['undefined', undefined],
  ])('is refused with a value that is %s', (_what, amount) => {
    for (const plus of ['space', 'plus'] as const) {
      expect(refusalOf(() => readParsedForm({ amount }, plus))).toBe('malformed: "amount" is repeated or nested');
    }
  });
});

describe('what a JSON parser returned', () => {
  it('is read as text, null as nothing', () => {
    const parsed = { subject: 'a b', amount: 5, rate: 0.3, isTest: true, isLive: false, note: null, sign: 'ABC' };
    expect(readParsedJson(parsed).result()).toEqual({
      params: { subject: 'a b', amount: '5', rate: '0.3', isTest: 'true', isLive: 'false', note: '' },
      sign: 'ABC',
    });
  });

  it.each<[string, unknown]>([
    ['an object', {}],
    ['a list', [1]],
    ['undefined', undefined],
    ['a bigint', 5n],
  ])('is refused with %s in it', (_what, amount) => {
    expect(refusalOf(() => readParsedJson({ amount }))).toBe('malformed: "amount" is repeated or nested');
  });

  it('is refused when it is a list', () => {
    const list = ['a'] as unknown as ParsedParams;
    expect(refusalOf(() => readParsedJson(list))).toBe('malformed: the body is not a JSON object');
  });

  it('has lost the digits of its numbers if there is one', () => {
    expect(hasNumber({ amount: 5, subject: 'a' })).toBe(true);
    expect(hasNumber({ amount: '5', isTest: true, note: null })).toBe(false);
    expect(hasNumber({})).toBe(false);
  });
});

it.each([
  ['form', (parsed: ParsedParams) => readParsedForm(parsed, 'space')],
  ['JSON', readParsedJson],
])('C1 a parsed %s has at most 64 members', (_type, read) => {
  const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, '1']));
  expect(refusalOf(() => read(members(64)))).toBeUndefined();
  expect(refusalOf(() => read(members(65)))).toBe('too-large: it has more than 64 parameters');
});
