import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { NoTurn, OrderTurns } from '../../lib/outcomes/order-turns.js';

const WAIT_MS = 1_000;
/** So many wait at most. */
const PLACES = 4;

describe('OrderTurns', () => {
  let clock: FakeTimers.Clock;
  let turns: OrderTurns;
  let log: string[];

  beforeEach(() => {
    clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
    turns = new OrderTurns();
    log = [];
  });
  afterEach(() => {
    clock.uninstall();
  });

  /** Work on an order that logs its begin, and ends with `end`. */
  function deliver(subject: string, name = subject, waitMs = WAIT_MS) {
    let end!: () => void;
    let fail!: (error: Error) => void;
    const result = turns.run(subject, waitMs, () => {
      log.push(name);
      return new Promise<string>((resolve, reject) => {
        end = () => resolve(name);
        fail = reject;
      });
    });
    result.catch(() => {});
    return { result, end: () => end(), fail: (error: Error) => fail(error) };
  }

  const settled = () => clock.tickAsync(0);

  it('has the deliveries of one order one after the other, first come first served', async () => {
    const [a, b, c] = [deliver('O1', 'a'), deliver('O1', 'b'), deliver('O1', 'c')];
    await settled();
    expect(log).toEqual(['a']);
    a.end();
    await settled();
    expect(log).toEqual(['a', 'b']);
    b.end();
    await settled();
    c.end();
    expect(await Promise.all([a.result, b.result, c.result])).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a', 'b', 'c']);
  });

  it('has those of different orders side by side', async () => {
    deliver('O1');
    deliver('O2');
    await settled();
    expect(log).toEqual(['O1', 'O2']);
  });

  it('begins at once where the last delivery of the order has ended', async () => {
    const first = deliver('O1', 'first');
    first.end();
    await first.result;
    deliver('O1', 'second');
    expect(log).toEqual(['first', 'second']);
  });

  it('passes on what the work throws, and the turn', async () => {
    const [failing, next] = [deliver('O1', 'failing'), deliver('O1', 'next')];
    failing.fail(new Error('no stock'));
    await expect(failing.result).rejects.toThrow('no stock');
    await settled();
    next.end();
    expect(await next.result).toBe('next');
  });

  it('lets four wait behind the one whose turn it is, and refuses the next at once', async () => {
    expect(turns.isFull('O1')).toBe(false);
    deliver('O1', 'running');
    for (let place = 1; place <= PLACES; place += 1) {
      expect(turns.isFull('O1')).toBe(false);
      deliver('O1', `waiting ${place}`);
    }
    expect(turns.isFull('O1')).toBe(true);
    expect(turns.isFull('O2')).toBe(false);
    await expect(deliver('O1', 'too many').result).rejects.toThrow(NoTurn);
    expect(log).toEqual(['running']);
  });

  it('gives up a delivery that has waited for its time, and its place to another', async () => {
    const running = deliver('O1', 'running');
    const [before, impatient, after] = [
      deliver('O1', 'before', 2 * WAIT_MS),
      deliver('O1', 'impatient', WAIT_MS),
      deliver('O1', 'after', 2 * WAIT_MS),
    ];
    deliver('O1', 'last', 2 * WAIT_MS);
    await clock.tickAsync(WAIT_MS - 1);
    expect(turns.isFull('O1')).toBe(true);
    await clock.tickAsync(1);
    await expect(impatient.result).rejects.toThrow(NoTurn);
    expect(turns.isFull('O1')).toBe(false);
    for (const each of [running, before, after]) {
      each.end();
      await settled();
    }
    expect(log).toEqual(['running', 'before', 'after', 'last']);
  });

  it('gives up none whose turn has come, however long its work takes', async () => {
    const [first, second] = [deliver('O1', 'first'), deliver('O1', 'second')];
    first.end();
    await settled();
    expect(clock.countTimers()).toBe(0);
    await clock.tickAsync(10 * WAIT_MS);
    second.end();
    expect(await second.result).toBe('second');
  });
});
