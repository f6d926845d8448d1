import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import {
  AfterCommitListOptions,
  OutcomeListOptions,
  pagingOf,
  readOptions,
  ReplayListOptions,
} from '../../../lib/database/audit/list-options.js';
import { Pass2PayValidationError } from '../../../lib/errors/pass2pay.errors.js';

type Type = new () => object;

function issuesOf(type: Type, given: unknown) {
  try {
    return readOptions(type, given);
  } catch (error) {
    expect(error).toBeInstanceOf(Pass2PayValidationError);
    return (error as Pass2PayValidationError).issues;
  }
}

const fieldsOf = (type: Type, given: unknown) =>
  (issuesOf(type, given) as { field: string }[]).map(({ field }) => field);

const LISTS: [string, Type, object][] = [
  ['outcomes', OutcomeListOptions, { result: 'dead', kind: 'transfer', mchNo: 'M1', mchOrderNo: 'O1' }],
  [
    'after-commit work',
    AfterCommitListOptions,
    { status: 'dead', handler: 'Shop.ship', mchNo: 'M1', mchOrderNo: 'O1' },
  ],
  ['replays', ReplayListOptions, { status: 'failed', idempotencyKey: 'payment:M1:P1:2' }],
];

describe.each(LISTS)('the options of a list of %s', (_, type, options) => {
  it('may select by each member and give a page', () => {
    const page = { ...options, limit: 1_000, after: '999999999999999' };
    expect({ ...readOptions(type, page) }).toStrictEqual(page);
  });

  it('are checked although JSON names their prototype', () => {
    expect(issuesOf(type, JSON.parse('{"__proto__": {}, "limit": 0}'))).toMatchObject([
      { message: 'limit must be a whole number, 1 to 1000' },
    ]);
  });

  it('may be left out', () => expect(readOptions(type, undefined)).toStrictEqual(new type()));

  it.each([['a text'], [null], [[]], [7]])('must be an object, not %j', (given) => {
    expect(issuesOf(type, given)).toStrictEqual([{ field: 'options', message: 'options must be an object' }]);
  });

  it('name every member that is wrong', () => {
    const wrong = Object.fromEntries(Object.keys(options).map((name) => [name, 1]));
    expect(fieldsOf(type, wrong).toSorted()).toStrictEqual(Object.keys(options).toSorted());
  });

  it.each([0, 1_001, 1.5])('have no page of %d entries', (limit) => {
    expect(issuesOf(type, { limit })).toStrictEqual([
      { field: 'limit', message: 'limit must be a whole number, 1 to 1000' },
    ]);
  });

  it.each(['0', '01', '1000000000000000', 'x', '1x', '', 1])('take no page from elsewhere: %j', (after) => {
    expect(issuesOf(type, { after })).toStrictEqual([
      { field: 'after', message: 'after must be the value of next from another page' },
    ]);
  });
});

it.each([
  [OutcomeListOptions, 'result', ['received', 'applied', 'duplicate', 'stale', 'mismatch', 'failed', 'dead']],
  [OutcomeListOptions, 'kind', ['payment', 'transfer']],
  [AfterCommitListOptions, 'status', ['pending', 'dead']],
  [ReplayListOptions, 'status', ['pending', 'done', 'failed']],
] as [Type, string, string[]][])('lets %p select by each %s', (type, name, values) => {
  for (const value of values) expect({ ...readOptions(type, { [name]: value }) }).toStrictEqual({ [name]: value });
  expect(fieldsOf(type, { [name]: 'other' })).toStrictEqual([name]);
  expect(fieldsOf(type, { [name]: '' })).toStrictEqual([name]);
});

it.each([
  [OutcomeListOptions, 'mchNo', 30],
  [OutcomeListOptions, 'mchOrderNo', 64],
  [AfterCommitListOptions, 'handler', 200],
  [AfterCommitListOptions, 'mchNo', 30],
  [AfterCommitListOptions, 'mchOrderNo', 64],
  [ReplayListOptions, 'idempotencyKey', 160],
] as [Type, string, number][])('lets %p have a %s of up to %d characters', (type, name, max) => {
  expect({ ...readOptions(type, { [name]: 'x'.repeat(max) }) }).toStrictEqual({ [name]: 'x'.repeat(max) });
  expect(fieldsOf(type, { [name]: 'x'.repeat(max + 1) })).toStrictEqual([name]);
});

it('begins with the newest 100 entries', () => {
  expect(pagingOf({})).toStrictEqual({ limit: 100, before: undefined });
  expect(pagingOf({ limit: 7, after: '12' })).toStrictEqual({ limit: 7, before: 12 });
});
