import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { readOptions } from '../../../lib/database/audit/list-options.js';
import { readRetryOptions, ReplayOptions } from '../../../lib/database/audit/retry-options.js';
import { Pass2PayValidationError } from '../../../lib/errors/pass2pay.errors.js';

function issuesOf(read: () => unknown): readonly { field: string; message: string }[] {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(Pass2PayValidationError);
    return (error as Pass2PayValidationError).issues;
  }
  return [];
}

const fieldsOf = (read: () => unknown) => issuesOf(read).map(({ field }) => field);

describe('what to retry', () => {
  it.each([undefined, {}, { result: undefined }])('must be selected, not %j', (given) => {
    expect(issuesOf(() => readRetryOptions(given))).toStrictEqual([
      {
        field: 'options',
        message: "options must select what to retry, e.g. { result: 'dead' } for everything dead",
      },
    ]);
  });

  it.each([
    { result: 'failed' },
    { result: 'dead' },
    { result: 'mismatch' },
    { idempotencyKey: 'x'.repeat(160) },
    { kind: 'payment' },
    { kind: 'transfer' },
    { mchNo: 'x'.repeat(30) },
    { mchOrderNo: 'x'.repeat(64) },
    { handler: 'x'.repeat(200) },
    { handler: 'Shop.ship', result: 'dead' },
  ])('may be selected by %j', (given) => expect({ ...readRetryOptions(given) }).toStrictEqual(given));

  it.each([
    ['result', 'applied'],
    ['result', ''],
    ['idempotencyKey', 'x'.repeat(161)],
    ['kind', 'order'],
    ['mchNo', 'x'.repeat(31)],
    ['mchOrderNo', 'x'.repeat(65)],
    ['handler', 'x'.repeat(201)],
    ['resutl', 'dead'],
  ])('must not have the %s %j', (name, value) => {
    expect(fieldsOf(() => readRetryOptions({ [name]: value }))).toStrictEqual([name]);
  });

  it.each(['failed', 'mismatch'])('is never after-commit work that is %s', (result) => {
    expect(issuesOf(() => readRetryOptions({ handler: 'Shop.ship', result }))).toStrictEqual([
      {
        field: 'handler',
        message: `handler selects after-commit work, which is never ${result}; leave out one of them`,
      },
    ]);
  });
});

describe('what to replay', () => {
  it('is one outcome, for all its handlers or one, with a reason', () => {
    const full = { idempotencyKey: 'x'.repeat(160), handler: 'x'.repeat(200), reason: 'x'.repeat(500) };
    expect({ ...readOptions(ReplayOptions, full) }).toStrictEqual(full);
    const { handler: _, ...all } = full;
    expect({ ...readOptions(ReplayOptions, all) }).toStrictEqual(all);
  });

  it('needs an outcome and a reason', () => {
    const issues = issuesOf(() => readOptions(ReplayOptions, {}));
    expect(issues.map(({ field }) => field)).toStrictEqual(['idempotencyKey', 'reason']);
    expect(issues[0]!.message).toContain('the outcome, such as payment:M1621873433953:P1795063328371040258:2');
    expect(issues[1]!.message).toContain('who requested it, and why');
  });

  it('has limited texts', () => {
    const long = { idempotencyKey: 'x'.repeat(161), handler: 'x'.repeat(201), reason: 'x'.repeat(501) };
    expect(fieldsOf(() => readOptions(ReplayOptions, long))).toStrictEqual(['idempotencyKey', 'handler', 'reason']);
  });
});
