import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse, LosslessNumber } from 'lossless-json';
import { NotifyRefusal } from '../../../lib/protocol/notify/notify-refusal.js';
import { readJson } from '../../../lib/protocol/notify/read-json.js';
import { refusalOf } from './support/refusal-of.js';

/** What it reads, or the reason why it refuses. */
function reading(text: string): { params: object; sign: string | undefined } | string {
  try {
    return readJson(text).result();
  } catch (error) {
    if (error instanceof NotifyRefusal) return error.reason;
    throw error;
  }
}

const literal = fc.oneof(
  fc.constantFrom('0.30', '1E+3', '-0', '1e-7', '12345678901234567', '0.12345678901234567', '1.0', 'true', 'false'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const member = fc.oneof(
  literal.map((text) => ({ text, value: text })),
  fc.constant({ text: 'null', value: '' }),
  fc.string({ unit: 'binary' }).map((value) => ({ text: JSON.stringify(value), value })),
  fc.constantFrom({ text: '"\\u4e2d\\/\\b"', value: '中/\b' }, { text: '""', value: '' }),
);
const name = fc.stringMatching(/^[A-Za-z][\w.-]{0,20}$/).filter((text) => text !== 'sign');
const space = fc.constantFrom('', ' ', '\n\t', '\r\n  ');

/** A flat JSON object as other writers than JavaScript may write it, and what was written. */
const flat = fc
  .record({ members: fc.uniqueArray(fc.tuple(name, member), { selector: ([key]) => key, maxLength: 20 }), space })
  .map(({ members, space: gap }) => ({
    text: `${gap}{${gap}${members.map(([key, { text }]) => `${JSON.stringify(key)}${gap}:${gap}${text}`).join(`${gap},${gap}`)}${gap}}${gap}`,
    params: Object.fromEntries(members.map(([key, { value }]) => [key, value])),
  }));

it('A1 reads each value as it is signed: numbers by their literals, null as nothing', () => {
  fc.assert(
    fc.property(flat, ({ text, params }) => {
      expect(reading(text)).toEqual({ params, sign: undefined });
    }),
    { numRuns: 1_000 },
  );
});

it('A1 accepts nothing that JSON.parse does not, and reads nothing else than a lossless parser', () => {
  const changed = fc
    .tuple(flat, fc.nat(), fc.oneof(fc.constantFrom(...'{}[]",:\\0-+.eE \u0001nu'), fc.string({ maxLength: 1 })))
    .map(([{ text }, at, to]) => text.slice(0, at % text.length) + to + text.slice((at % text.length) + 1));
  fc.assert(
    fc.property(changed, (text) => {
      const read = reading(text);
      if (typeof read === 'string') return;
      expect(() => JSON.parse(text) as unknown).not.toThrow();
      const members = Object.entries(parse(text) as Record<string, unknown>).map(([key, value]) => [
        key,
        value === null ? '' : value instanceof LosslessNumber ? value.value : String(value as string | boolean),
      ]);
      expect(read.params).toEqual(Object.fromEntries(members));
    }),
    { numRuns: 2_000 },
  );
});

it.each([
  ['a repeated name', '{"a":"1","a":"2"}'],
  ['a repeated name with the same value', '{"a":"1","a":"1"}'],
  ['a repeated name, written otherwise', '{"a":"1","\\u0061":"1"}'],
  ['a repeated name, null', '{"a":null,"a":"1"}'],
  ['a repeated sign', '{"sign":"1","sign":"1"}'],
  ['__proto__', '{"__proto__":"1"}'],
  ['__proto__, written otherwise', '{"\\u005f_proto__":"1"}'],
  ['an empty name', '{"":"1"}'],
  ['a name that holds =', '{"a=b":"1"}'],
  ['a nested object', '{"a":{"b":"1"}}'],
  ['an empty object', '{"a":{}}'],
  ['an array', '{"a":["1"]}'],
  ['an array outside', '["a"]'],
  ['a string', '"a"'],
  ['null', 'null'],
  ['nothing', ''],
  ['two objects', '{"a":"1"}{"a":"1"}'],
  ['a trailing comma', '{"a":"1",}'],
  ['single quotes', "{'a':'1'}"],
  ['a bare name', '{a:"1"}'],
  ['a comment', '{"a":"1"/**/}'],
  ['NaN', '{"a":NaN}'],
  ['a leading zero', '{"a":01}'],
  ['a plus', '{"a":+1}'],
  ['a bare point', '{"a":1.}'],
  ['a line feed in a string', '{"a":"1\n"}'],
  ['an unknown escape', '{"a":"\\x41"}'],
  ['an open string', '{"a":"1}'],
  ['an open object', '{"a":"1"'],
])('A1 refuses %s', (_what, text) => {
  expect(reading(text)).toBe('malformed');
});

it('C1 stops at the 65th name, whatever comes after it', () => {
  const members = (count: number) => Array.from({ length: count }, (_, index) => `"p${index}":1`).join(',');
  expect(reading(`{${members(64)}}`)).toMatchObject({ params: { p63: '1' } });
  expect(reading(`{${members(65)}, no JSON`)).toBe('too-large');
});

it('C1 takes names of up to 64 characters', () => {
  expect(reading(`{"${'n'.repeat(64)}":1}`)).toMatchObject({ params: { ['n'.repeat(64)]: '1' } });
  expect(reading(`{"${'n'.repeat(65)}":1}`)).toBe('too-large');
});

it.each([
  ['{"amount":{"b":1}}', 'malformed: "amount" is nested'],
  ['{"amount":[1]}', 'malformed: "amount" is nested'],
  ['["amount"]', 'malformed: the body is not a JSON object'],
  ['{"amount":1', 'malformed: the body is not a JSON object'],
])('says what is wrong with %s', (text, words) => {
  expect(refusalOf(() => readJson(text))).toBe(words);
});
