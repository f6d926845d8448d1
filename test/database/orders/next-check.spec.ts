import { describe, expect, it } from '@jest/globals';
import { isRechecked, nextAttentionCheck, nextPaidCheck, waitAfter } from '../../../lib/database/orders/next-check.js';

const DAY_MS = 86_400_000;
const WAITS = { everyMs: 60_000, maxDelayMs: 3_600_000 };
const even = () => 0.5;

describe('the wait before the next check', () => {
  it.each([
    [0, 60_000],
    [1, 60_000],
    [2, 120_000],
    [6, 1_920_000],
    [7, 3_600_000],
    [99, 3_600_000],
  ])('after %i checks is %i ms', (checks, waitMs) => {
    expect(waitAfter(checks, WAITS, even)).toBe(waitMs);
  });

  it.each([
    [0, 54_000],
    [1, 66_000],
    [0.123_456, 55_481],
  ])('is spread by a tenth, in whole ms: %d', (random, waitMs) => {
    expect(waitAfter(1, WAITS, () => random)).toBe(waitMs);
  });
});

describe('a daily check', () => {
  it.each([
    ['needs attention', (since: number, now: number) => nextAttentionCheck(since, now, even), 30],
    ['is paid', (since: number, now: number) => nextPaidCheck(since, 5, now, even), 5],
  ])('of an order that %s comes until half a day after its last day', (_, next, days) => {
    const last = 7 + (days - 0.5) * DAY_MS;
    expect(next(7, 7)).toBe(7 + DAY_MS);
    expect(next(7, last)).toBe(last + DAY_MS);
    expect(next(7, last + 1)).toBeNull();
  });

  it('is spread by a tenth of a day', () => {
    expect(nextPaidCheck(0, 5, 0, () => 0)).toBe(0.9 * DAY_MS);
  });

  it.each([
    ['payment', 2, true],
    ['payment', 5, false],
    ['payment', 6, false],
    ['transfer', 2, false],
  ] as const)('for a refund of a %s in state %i: %s', (kind, state, isIt) => {
    expect(isRechecked(kind, state)).toBe(isIt);
  });
});
