import { expect, it } from '@jest/globals';
import { tablesOf } from '../../../lib/database/schema/schema-names.js';

const NAMES = {
  order: 'order',
  checkout: 'checkout',
  outcome: 'outcome',
  afterCommit: 'after_commit',
  replay: 'replay',
  rate: 'rate',
  migration: 'migration',
};
const named = (prefix: string) =>
  Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [key, `${prefix}${name}`]));

it('gives the tables the prefix pass2pay_', () => {
  expect(tablesOf()).toStrictEqual(named('pass2pay_'));
  expect(tablesOf({})).toStrictEqual(named('pass2pay_'));
});

it('gives the tables another prefix, in another schema', () => {
  expect(tablesOf({ prefix: 'shop_' })).toStrictEqual(named('shop_'));
  expect(tablesOf({ schema: 'Pay', prefix: '_' })).toStrictEqual(named('Pay._'));
  expect(tablesOf({ schema: 'x'.repeat(40) }).order).toBe(`${'x'.repeat(40)}.pass2pay_order`);
});

it.each(['', '1a', 'a b', 'a;DROP', 'a-b', 'a.b', '"a"', 'x'.repeat(41)])(
  'refuses the name %j, which would not be escaped in SQL',
  (name) => {
    const rule = 'must have up to 40 letters, digits and _, and must not start with a digit.';
    expect(() => tablesOf({ schema: name })).toThrow(new TypeError(`database.schema ${rule}`));
    expect(() => tablesOf({ prefix: name })).toThrow(new TypeError(`database.prefix ${rule}`));
  },
);
