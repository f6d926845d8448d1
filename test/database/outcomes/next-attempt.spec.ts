import { expect, it } from '@jest/globals';
import { nextAttemptAt } from '../../../lib/database/outcomes/next-attempt.js';

const NOW = 1_000_000;

it('waits 42 s after the first failure, and twice as long after each further one', () => {
  const waits = [1, 2, 3, 4].map((attempts) => nextAttemptAt(attempts, NOW, { maxAttempts: 12 })! - NOW);
  expect(waits).toStrictEqual([42_000, 84_000, 168_000, 336_000]);
});

it('spreads twelve attempts over 24 hours', () => {
  let now = 0;
  for (let attempts = 1; attempts < 12; attempts++) now = nextAttemptAt(attempts, now, { maxAttempts: 12 })!;
  expect(now / 3_600_000).toBeCloseTo(24, 0);
});

it('gives up after the last attempt', () => {
  expect(nextAttemptAt(2, NOW, { maxAttempts: 3 })).toBe(NOW + 84_000);
  expect(nextAttemptAt(3, NOW, { maxAttempts: 3 })).toBeUndefined();
  expect(nextAttemptAt(4, NOW, { maxAttempts: 3 })).toBeUndefined();
});
