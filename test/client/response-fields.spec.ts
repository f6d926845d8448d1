import { describe, expect, it } from '@jest/globals';
import { ResponseFields } from '../../lib/client/response-fields.js';
import { Pass2PayConnectionError } from '../../lib/errors/pass2pay.errors.js';
import { MERCHANT } from '../support/test-merchant.js';
import { thrownBy } from './support/failure-of.js';

const REMEDY = 'It may have processed the request: query the order before you repeat or replace it.';

function fields(data: Record<string, unknown>, call?: { readOnly?: boolean }, traceId?: string): ResponseFields {
  const response = { data, reqTime: 0, merchant: MERCHANT, ...(traceId !== undefined && { traceId }) };
  return new ResponseFields(response, call);
}

const issueOf = (read: () => unknown) =>
  /^The gateway's response (.*)\. It may have/.exec(thrownBy(Pass2PayConnectionError, read).message)?.[1];

describe('a text', () => {
  it('is a string, or the digits of a number', () => {
    const response = fields({ a: 'x', b: 5, c: 0 });
    expect(response.text('a')).toBe('x');
    expect(response.text('b')).toBe('5');
    expect(response.optionalText('a')).toBe('x');
    expect(response.optionalText('c')).toBe('0');
  });

  it.each([undefined, null, ''])('is missing if it is %p', (value) => {
    expect(fields({ a: value }).optionalText('a')).toBeUndefined();
    expect(issueOf(() => fields({ a: value }).text('a'))).toBe('lacks a');
  });

  it.each([
    [true, 'boolean'],
    [{}, 'object'],
  ])('is never guessed from %p', (value, type) => {
    expect(issueOf(() => fields({ a: value }).optionalText('a'))).toBe(`has a ${type} as a`);
    expect(issueOf(() => fields({ a: value }).text('a'))).toBe(`has a ${type} as a`);
  });
});

describe('an integer', () => {
  it.each([
    ['5', 5],
    ['-12', -12],
    [0, 0],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('is read from %p', (value, integer) => {
    expect(fields({ a: value }).integer('a')).toBe(integer);
    expect(fields({ a: value }).optionalInteger('a')).toBe(integer);
  });

  it.each(['5.0', '1e3', '--5', '5x', 'x5', ' 5', '-', '9007199254740992', 1.5])(
    'is never guessed from %p',
    (value) => {
      expect(issueOf(() => fields({ a: value }).integer('a'))).toBe(`has ${String(value).trim()} as a`);
    },
  );

  it('may be missing only where it is optional', () => {
    expect(fields({}).optionalInteger('a')).toBeUndefined();
    expect(issueOf(() => fields({}).integer('a'))).toBe('lacks a');
  });

  it('that is wrong is shown on one line', () => {
    expect(issueOf(() => fields({ a: '5\n6' }).integer('a'))).toBe('has 5 6 as a');
  });
});

describe('a time', () => {
  it('is in ms, and undefined if it is missing or unreadable, since nothing depends on it', () => {
    expect(fields({ a: '1622016572190' }).optionalTime('a')).toBe(1_622_016_572_190);
    expect(fields({}).optionalTime('a')).toBeUndefined();
    expect(fields({ a: 'soon' }).optionalTime('a')).toBeUndefined();
  });
});

describe('an object', () => {
  it('is given as it is', () => {
    const a = { b: 1 };
    expect(fields({ a }).optionalObject('a')).toBe(a);
  });

  it.each([undefined, null])('is missing if it is %p', (value) => {
    expect(fields({ a: value }).optionalObject('a')).toBeUndefined();
  });

  it.each([[[]], ['{}'], [5]])('is never guessed from %j', (value) => {
    expect(issueOf(() => fields({ a: value }).optionalObject('a'))).toBe('has a a that is not an object');
  });
});

describe('a state', () => {
  it.each([{}, { readOnly: true }, undefined])('that is documented is read, in a call with %j', (call) => {
    expect(fields({ state: 2 }, call).state('state', [1, 2])).toBe(2);
  });

  it('that is undocumented is an error in a create', () => {
    for (const call of [undefined, { readOnly: false }]) {
      expect(issueOf(() => fields({ state: 7 }, call).state('state', [1, 2]))).toBe(
        'has the undocumented state 7 as state',
      );
    }
  });

  it('that is undocumented is returned by a query, unless it is negative', () => {
    expect(fields({ state: 7 }, { readOnly: true }).state('state', [1])).toBe(7);
    expect(fields({ state: 0 }, { readOnly: true }).state('state', [1])).toBe(0);
    expect(() => fields({ state: -1 }, { readOnly: true }).state('state', [1])).toThrow(
      'has the undocumented state -1 as state. The query changes nothing and is safe to repeat.',
    );
  });

  it('must be there', () => {
    expect(issueOf(() => fields({}).state('state', [1]))).toBe('lacks state');
  });
});

describe('the error of a response that is not as documented', () => {
  it('names the order and the request ID, and that the order may exist', () => {
    const error = fields({ mchOrderNo: 'O\n1' }, {}, 'trace').wrong('lacks payOrderId');
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_BAD_RESPONSE',
      message: `The gateway's response lacks payOrderId. ${REMEDY}`,
      mchOrderNo: 'O 1',
      traceId: 'trace',
      requestSent: true,
      mayHaveActed: true,
    });
  });

  it('names neither if the response has neither', () => {
    const error = fields({ mchOrderNo: 5 }).wrong('lacks payOrderId');
    expect(error).not.toHaveProperty('mchOrderNo');
    expect(error).not.toHaveProperty('traceId');
  });

  it('of a query means that nothing was done', () => {
    expect(fields({}, { readOnly: true }).wrong('lacks payOrderId')).toMatchObject({
      message: "The gateway's response lacks payOrderId. The query changes nothing and is safe to repeat.",
      mayHaveActed: false,
    });
  });
});
