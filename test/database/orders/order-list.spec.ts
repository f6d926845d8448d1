import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { readListOptions, writePlace } from '../../../lib/database/orders/order-list.js';
import type { ListPlace } from '../../../lib/database/orders/stored-orders.js';
import { Pass2PayValidationError } from '../../../lib/errors/pass2pay.errors.js';

const PLACE: ListPlace = [1_717_200_000_000, 'o1', 'M1', 'payment'];
const NO_PLACE = { field: 'after', message: 'after must be the value of next from another page' };

/** The value of `after` with this content. */
const encoded = (text: string) => Buffer.from(text).toString('base64url');

function issuesOf(given: unknown) {
  try {
    return readListOptions(given);
  } catch (error) {
    expect(error).toBeInstanceOf(Pass2PayValidationError);
    return (error as Pass2PayValidationError).issues;
  }
}

describe('a list of orders', () => {
  it.each(['unknown', 'never-made', 'creating', 'refused'] as const)('may be of those that are %s', (status) => {
    expect(readListOptions({ status })).toStrictEqual({ status, limit: 100, after: undefined });
  });

  it.each(['created', 'other', '', 1, null])('has no status %j', (status) => {
    expect(issuesOf({ status })).toStrictEqual([
      { field: 'status', message: "status must be 'unknown', 'never-made', 'creating' or 'refused'" },
    ]);
  });

  it.each([[undefined], [null], ['unknown'], [[]], [{}]])('needs a status, which %j does not have', (given) => {
    expect(issuesOf(given)).toStrictEqual([
      { field: 'status', message: "status is required: the creates' status, e.g. 'unknown'" },
    ]);
  });

  it('is checked although JSON names its prototype', () => {
    expect(issuesOf(JSON.parse('{"__proto__": {}, "limit": 0}'))).toMatchObject([
      { field: 'status' },
      { field: 'limit' },
    ]);
  });

  it('is refused with every issue', () => {
    expect(issuesOf({ limit: 0, after: '', kind: 'payment' })).toMatchObject([
      { field: 'kind', message: 'kind is unknown; check its spelling or leave it out' },
      { field: 'status' },
      { field: 'limit' },
      { field: 'after' },
    ]);
  });
});

describe('a page', () => {
  it.each([1, 1_000])('may have %i entries', (limit) => {
    expect(readListOptions({ status: 'unknown', limit }).limit).toBe(limit);
  });

  it.each([0, 1_001, 1.5])('cannot have %d entries', (limit) => {
    expect(issuesOf({ status: 'unknown', limit })).toStrictEqual([
      { field: 'limit', message: 'limit must be a whole number, 1 to 1000' },
    ]);
  });

  it('begins after the last order of the page before', () => {
    const after = writePlace(PLACE);
    expect(readListOptions({ status: 'unknown', after }).after).toStrictEqual(PLACE);
  });

  it.each<ListPlace>([
    [0, '訂單-1?', 'M1', 'transfer'],
    [Number.MAX_SAFE_INTEGER, '單'.repeat(64), 'M'.repeat(30), 'transfer'],
  ])('may begin after order %#, whose place is safe in a URL', (...place) => {
    const after = writePlace(place);
    expect(after).toMatch(/^[\w-]+$/);
    expect(readListOptions({ status: 'unknown', after }).after).toStrictEqual(place);
  });

  it.each([
    ['no JSON', 'x'],
    ['no array', encoded('{"length":4}')],
    ['nothing', encoded('null')],
    ['too little', encoded('[1,"o1","M1"]')],
    ['too much', encoded('[1,"o1","M1","payment","more"]')],
    ['a fraction', encoded('[1.5,"o1","M1","payment"]')],
    ['a time that is a text', encoded('["1","o1","M1","payment"]')],
    ['a number that is no text', encoded('[1,2,"M1","payment"]')],
    ['a merchant that is no text', encoded('[1,"o1",null,"payment"]')],
    ['a kind that is no text', encoded('[1,"o1","M1",3]')],
  ])('begins at no place that is %s', (_, after) => {
    expect(issuesOf({ status: 'unknown', after })).toStrictEqual([NO_PLACE]);
  });

  it.each([
    ['too long', 'x'.repeat(801), 'after has 801 characters; send up to 800'],
    ['empty', '', 'after is blank; send text'],
    ['a number', 7, 'after is a number; send a string'],
  ])('begins at no place that is %s', (_, after, message) => {
    expect(issuesOf({ status: 'unknown', after })).toStrictEqual([{ field: 'after', message }]);
  });

  it.each(['Z', '水', '😀', '\u0001'])('begins behind the longest number of the character %j', (character) => {
    const place: ListPlace = [1_717_200_000_000, character.repeat(64), 'M'.repeat(30), 'transfer'];
    expect(readListOptions({ status: 'unknown', after: writePlace(place) }).after).toStrictEqual(place);
  });
});
