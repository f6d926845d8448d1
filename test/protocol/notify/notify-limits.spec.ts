import { expect, it } from '@jest/globals';
import { refuseTooLong, refuseTooMany } from '../../../lib/protocol/notify/notify-limits.js';
import { refusalOf } from './support/refusal-of.js';

it('12 KiB are not too long, one byte more is', () => {
  expect(refusalOf(() => refuseTooLong(12 * 1024))).toBeUndefined();
  expect(refusalOf(() => refuseTooLong(12 * 1024 + 1))).toBe('too-large: it has more than 12288 bytes');
});

it('an unknown length is too long, and the words say how to have it known', () => {
  expect(refusalOf(() => refuseTooLong(Infinity))).toMatch(/^too-large: .* length is unknown; .*rawBody: true/);
});

it('64 parameters are not too many, 65 are', () => {
  expect(refusalOf(() => refuseTooMany(64))).toBeUndefined();
  expect(refusalOf(() => refuseTooMany(65))).toBe('too-large: it has more than 64 parameters');
});
