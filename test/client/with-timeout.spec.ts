import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { endWithin, withTimeout } from '../../lib/client/with-timeout.js';
import { rejectionOf } from './support/failure-of.js';

const never = new Promise<never>(() => {});
const LOST = new Error('lost');

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => clock.uninstall());

describe('a promise with a timeout', () => {
  let made = 0;
  const late = () => {
    made += 1;
    return new Error('late');
  };
  beforeEach(() => {
    made = 0;
  });

  it('gives its result, and leaves no timer', async () => {
    expect(await withTimeout(Promise.resolve(5), 1_000, late)).toBe(5);
    expect(clock.countTimers()).toBe(0);
  });

  it('gives its error, and leaves no timer', async () => {
    expect(await rejectionOf(withTimeout(Promise.reject(LOST), 1_000, late))).toBe(LOST);
    expect(clock.countTimers()).toBe(0);
    expect(made).toBe(0);
  });

  it('fails once the time has passed', async () => {
    const failure = rejectionOf(withTimeout(never, 1_000, late));
    await clock.tickAsync(999);
    expect(made).toBe(0);
    await clock.tickAsync(1);
    expect(await failure).toEqual(new Error('late'));
  });
});

describe('the state of a promise within a time', () => {
  it.each([
    ['fulfilled', Promise.resolve(5)],
    ['rejected', Promise.reject(LOST)],
    ['rejected', Promise.reject(new Error('late'))],
    ['late', never],
  ])('is %s', async (state, promise) => {
    const ended = endWithin(promise, 1_000);
    await clock.tickAsync(1_000);
    expect(await ended).toBe(state);
    expect(clock.countTimers()).toBe(0);
  });
});
