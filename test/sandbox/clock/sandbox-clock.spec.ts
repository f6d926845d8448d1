import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkedStep, SandboxClock } from '../../../sandbox/gateway/clock/sandbox-clock.js';

describe('a stepped clock', () => {
  it('stands still until it is moved', async () => {
    const clock = new SandboxClock('stepped', 1_000);
    expect(clock.now()).toBe(1_000);
    await clock.advance(250);
    expect(clock.now()).toBe(1_250);
  });

  it('rings what falls due in the order of its time, what is set meanwhile too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.nat(100), again: fc.nat(100) })),
        fc.nat(150),
        async (alarms, ms) => {
          const clock = new SandboxClock('stepped', 0);
          const rung: number[] = [];
          const ring = (due: number): void => {
            expect(clock.now()).toBe(due);
            rung.push(due);
          };
          for (const { at, again } of alarms) {
            clock.at(at, () => {
              ring(at);
              clock.after(again, () => ring(at + again));
            });
          }
          await clock.advance(ms);
          expect(clock.now()).toBe(ms);
          const due = alarms.flatMap(({ at, again }) => [at, at + again]).filter((at) => at <= ms);
          expect(rung).toEqual(due.toSorted((a, b) => a - b));
          expect(clock.nextAt === undefined || clock.nextAt > ms).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('rings alarms of one time in the order in which they were set', async () => {
    const clock = new SandboxClock('stepped', 0);
    const rung: string[] = [];
    for (const name of ['a', 'b', 'c']) clock.at(5, () => rung.push(name));
    clock.at(4, () => rung.push('first'));
    await clock.advance(5);
    expect(rung).toEqual(['first', 'a', 'b', 'c']);
  });

  it('takes alarms back, before and while others ring', async () => {
    const clock = new SandboxClock('stepped', 0);
    const rung: string[] = [];
    const cancelFirst = clock.at(5, () => rung.push('first'));
    const cancelThird = clock.at(7, () => rung.push('third'));
    clock.at(6, () => {
      rung.push('second');
      cancelThird();
    });
    cancelFirst();
    cancelFirst();
    await clock.advance(10);
    expect(rung).toEqual(['second']);
    expect(clock.nextAt).toBeUndefined();
  });

  it('awaits the work that an alarm began before the next one rings', async () => {
    const clock = new SandboxClock('stepped', 0);
    const told: string[] = [];
    clock.at(1, () => {
      clock.track(
        (async () => {
          await new Promise((resolve) => setImmediate(resolve));
          told.push(`done at ${clock.now()}`);
          clock.after(1, () => told.push('its own alarm'));
        })(),
      );
    });
    clock.at(3, () => told.push('the next'));
    await clock.advance(3);
    expect(told).toEqual(['done at 1', 'its own alarm', 'the next']);
  });

  it('moves one step after the other', async () => {
    const clock = new SandboxClock('stepped', 0);
    const seen: number[] = [];
    await Promise.all([clock.advance(10).then(() => seen.push(clock.now())), clock.advance(5)]);
    expect(seen).toEqual([10]);
    expect(clock.now()).toBe(15);
  });

  it('lets go whoever moves it when it stops', async () => {
    const clock = new SandboxClock('stepped', 0);
    clock.at(5, () => {
      clock.stop();
      clock.track(new Promise(() => {}));
    });
    clock.at(6, () => {
      throw new Error('rang after the stop');
    });
    await clock.advance(10);
  });
});

describe('a real clock', () => {
  it('keeps the machine’s time', () => {
    const before = Date.now();
    const now = new SandboxClock('real').now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('rings by itself, in order', async () => {
    const clock = new SandboxClock('real');
    const rung: number[] = [];
    await new Promise<void>((resolve) => {
      clock.after(20, () => {
        rung.push(2);
        resolve();
      });
      clock.after(10, () => rung.push(1));
      clock.after(2 ** 40, () => rung.push(3));
    });
    expect(rung).toEqual([1, 2]);
    clock.stop();
  });

  it('can be moved ahead, and goes on from there', async () => {
    const clock = new SandboxClock('real');
    let rungAt = 0;
    const before = clock.now();
    clock.after(450_000, () => {
      rungAt = clock.now();
    });
    await clock.advance(450_000);
    expect(rungAt).toBeGreaterThanOrEqual(before + 450_000);
    expect(clock.now()).toBeGreaterThanOrEqual(before + 450_000);
    expect(clock.now()).toBeGreaterThan(Date.now() + 400_000);
  });

  it('never begins in the past of what it is told', () => {
    const future = Date.now() + 60_000;
    expect(new SandboxClock('real', future).now()).toBeGreaterThanOrEqual(future);
    expect(new SandboxClock('real', 5).now()).toBeGreaterThan(5);
  });
});

describe('a step', () => {
  it.each([-1, 0.5, Number.NaN, Infinity, '5', undefined, 367 * 24 * 3_600_000])('is not %p', (ms) => {
    expect(() => checkedStep(ms)).toThrow(TypeError);
  });
});
