import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { TimeBudget } from '../../../lib/database/transaction/time-budget.js';

const LIMITS = {
  connectionTimeoutMs: 3_000,
  lockTimeoutMs: 2_000,
  handlerTimeoutMs: 5_000,
  maxConcurrent: 1,
  maxAttempts: 1,
  sweepEveryMs: 1,
};

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['performance'] });
});
afterEach(() => clock.uninstall());

describe('the time for one delivery', () => {
  it('is over after the sum of its limits, and not a millisecond before', () => {
    const budget = new TimeBudget(LIMITS);
    clock.tick(9_999);
    expect(budget.isOver).toBe(false);
    clock.tick(1);
    expect(budget.isOver).toBe(true);
  });

  it('is counted from the arrival of the notify', () => {
    clock.tick(50_000);
    const budget = new TimeBudget(LIMITS, 41_000);
    expect(budget.isOver).toBe(false);
    clock.tick(1_000);
    expect(budget.isOver).toBe(true);
  });

  it('leaves each step its own limit while there is enough', () => {
    const budget = new TimeBudget(LIMITS);
    clock.tick(7_000);
    expect(budget.waits()).toStrictEqual({ connectionTimeoutMs: 3_000, lockTimeoutMs: 2_000 });
    expect(budget.atMost(3_000)).toBe(3_000);
  });

  it('limits each step to the remaining time', () => {
    const budget = new TimeBudget(LIMITS);
    clock.tick(8_600);
    expect(budget.waits()).toStrictEqual({ connectionTimeoutMs: 1_400, lockTimeoutMs: 1_400 });
  });

  it('leaves each step half a second, even after its end', () => {
    const budget = new TimeBudget(LIMITS);
    clock.tick(20_000);
    expect(budget.waits()).toStrictEqual({ connectionTimeoutMs: 500, lockTimeoutMs: 500 });
    expect(budget.atMost(200)).toBe(200);
  });
});
