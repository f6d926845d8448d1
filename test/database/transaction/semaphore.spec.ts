import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { NoConnectionError } from '../../../lib/database/sql-errors.js';
import { Semaphore } from '../../../lib/database/transaction/semaphore.js';

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install();
});
afterEach(() => clock.uninstall());

/** Notes when each caller is admitted. */
function callers(semaphore: Semaphore) {
  const admitted: string[] = [];
  const enter = async (name: string, withinMs = 1_000) => {
    const leave = await semaphore.acquire(withinMs);
    admitted.push(name);
    return leave;
  };
  return { admitted, enter };
}

describe('a semaphore', () => {
  it('admits as many callers at a time as it has places', async () => {
    const { admitted, enter } = callers(new Semaphore(2));
    await enter('first');
    const leave = await enter('second');
    const third = enter('third');
    await clock.tickAsync(999);
    expect(admitted).toStrictEqual(['first', 'second']);
    leave();
    await third;
    expect(admitted).toStrictEqual(['first', 'second', 'third']);
  });

  it('admits those who wait in the order of their arrival', async () => {
    const { admitted, enter } = callers(new Semaphore(1));
    const leave = await enter('first');
    const [second, third] = [enter('second'), enter('third')];
    leave();
    (await second)();
    (await third)();
    expect(admitted).toStrictEqual(['first', 'second', 'third']);
  });

  it('refuses a caller for whom no place is free in time', async () => {
    const { enter } = callers(new Semaphore(1));
    await enter('first');
    const second = enter('second', 300).catch((error: unknown) => error);
    await clock.tickAsync(299);
    expect(clock.countTimers()).toBe(1);
    await clock.tickAsync(1);
    const error = await second;
    expect(error).toBeInstanceOf(NoConnectionError);
    expect((error as Error).message).toBe(
      'No database connection was free within 300 ms: make the pool larger than databaseLimits.maxConcurrent, or check what holds its connections.',
    );
  });

  it('gives a free place to nobody who has given up', async () => {
    const { admitted, enter } = callers(new Semaphore(1));
    const leave = await enter('first');
    const late = enter('late', 10).catch(() => {});
    const patient = enter('patient');
    await clock.tickAsync(10);
    await late;
    leave();
    await patient;
    expect(admitted).toStrictEqual(['first', 'patient']);
  });

  it('lets only the one leave the queue who has given up', async () => {
    const { admitted, enter } = callers(new Semaphore(1));
    const leave = await enter('first');
    const patient = enter('patient');
    const late = enter('late', 10).catch(() => {});
    const last = enter('last');
    await clock.tickAsync(10);
    await late;
    leave();
    (await patient)();
    await last;
    expect(admitted).toStrictEqual(['first', 'patient', 'last']);
  });

  it('waits for nothing any more once a caller is admitted', async () => {
    const { enter } = callers(new Semaphore(1));
    const leave = await enter('first');
    const second = enter('second');
    leave();
    await second;
    expect(clock.countTimers()).toBe(0);
  });

  it('counts a place as free only once, however often its caller leaves', async () => {
    const { admitted, enter } = callers(new Semaphore(1));
    const leave = await enter('first');
    leave();
    leave();
    await enter('second');
    const third = enter('third', 10).catch(() => {});
    await clock.tickAsync(10);
    await third;
    expect(admitted).toStrictEqual(['first', 'second']);
  });
});
