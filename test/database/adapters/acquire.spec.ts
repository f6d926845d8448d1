import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { acquire, leaving } from '../../../lib/database/adapters/acquire.js';
import { NoConnectionError } from '../../../lib/database/sql-errors.js';

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install();
});
afterEach(() => clock.uninstall());

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );

/** A pool whose only connection comes when the test says so. */
function pool() {
  let come!: (connection: string) => void;
  let fail!: (error: Error) => void;
  const connection = new Promise<string>((resolve, reject) => ([come, fail] = [resolve, reject]));
  return { connection, come, fail, returned: [] as string[] };
}

describe('a connection', () => {
  it('that comes in time is not given back', async () => {
    const { connection, come, returned } = pool();
    const acquired = acquire(connection, 100, (late) => returned.push(late));
    come('c');
    expect(await acquired).toBe('c');
    await clock.tickAsync(1_000);
    expect(returned).toStrictEqual([]);
  });

  it('that comes too late is given back once', async () => {
    const { connection, come, returned } = pool();
    const failed = errorOf(acquire(connection, 100, (late) => returned.push(late)));
    await clock.tickAsync(99);
    expect(clock.countTimers()).toBe(1);
    await clock.tickAsync(1);
    expect(await failed).toStrictEqual(new NoConnectionError(100));
    come('c');
    await clock.tickAsync(0);
    expect(returned).toStrictEqual(['c']);
  });

  it('that fails has nothing to give back, in time or later', async () => {
    const lost = new Error('ECONNREFUSED');
    const [early, late] = [pool(), pool()];
    const failed = errorOf(acquire(early.connection, 100, (each) => early.returned.push(each)));
    early.fail(lost);
    expect(await failed).toBe(lost);
    const expired = errorOf(acquire(late.connection, 100, (each) => late.returned.push(each)));
    await clock.tickAsync(100);
    expect(await expired).toBeInstanceOf(NoConnectionError);
    late.fail(lost);
    await clock.tickAsync(0);
    expect([...early.returned, ...late.returned]).toStrictEqual([]);
  });
});

describe('what is built from a connection', () => {
  it('holds the connection', async () => {
    let returned = 0;
    expect(
      await leaving(
        async () => 'made',
        () => returned++,
      ),
    ).toBe('made');
    expect(returned).toBe(0);
  });

  it('gives it back if it cannot be built', async () => {
    const failure = new Error('no');
    let returned = 0;
    expect(
      await errorOf(
        leaving(
          () => Promise.reject(failure),
          () => returned++,
        ),
      ),
    ).toBe(failure);
    expect(returned).toBe(1);
  });
});
