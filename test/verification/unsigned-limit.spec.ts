import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { UnsignedLimit } from '../../lib/verification/unsigned-limit.js';

it('allows one query a minute for one order', () => {
  let now = 0;
  const limit = new UnsignedLimit(3, () => now);
  expect(limit.take('P1')).toBe(true);
  now = 59_999;
  expect(limit.take('P1')).toBe(false);
  expect(limit.take('P2')).toBe(true);
  now = 60_000;
  expect(limit.take('P1')).toBe(true);
});

it('allows a rate of less than one a minute', () => {
  let now = 0;
  const limit = new UnsignedLimit(0.5, () => now);
  expect(limit.take('P1')).toBe(true);
  now = 119_999;
  expect(limit.take('P2')).toBe(false);
  now = 120_000;
  expect(limit.take('P2')).toBe(true);
});

it('allows no more than its rate in any minute, whatever orders are named and when', () => {
  const steps = fc.array(fc.record({ order: fc.nat(20), waitMs: fc.nat(30_000) }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), steps, (perMinute, list) => {
      let now = 0;
      const limit = new UnsignedLimit(perMinute, () => now);
      const allowed: number[] = [];
      for (const { order, waitMs } of list) {
        now += waitMs;
        if (limit.take(String(order))) allowed.push(now);
      }
      for (const at of allowed) {
        expect(allowed.filter((other) => other > at - 60_000 && other <= at).length).toBeLessThanOrEqual(perMinute);
      }
    }),
  );
});
