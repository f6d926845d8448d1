import { beforeEach, describe, expect, it } from '@jest/globals';
import { SingleSweep } from '../../lib/database/single-sweep.js';

class Sweep extends SingleSweep {
  readonly ends: (() => void)[] = [];
  stoppedAtStart: boolean[] = [];

  get isStopping(): boolean {
    return this.hasStopped;
  }

  protected async sweepOnce(): Promise<void> {
    this.stoppedAtStart.push(this.hasStopped);
    await new Promise<void>((resolve) => this.ends.push(resolve));
  }
}

let sweep: Sweep;
beforeEach(() => {
  sweep = new Sweep();
});

/** Whether a promise has resolved once all that is due has happened. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  await new Promise(setImmediate);
  return done;
}

describe('a sweep', () => {
  it('runs once for all who ask for it meanwhile, and they wait for its end', async () => {
    const both = [sweep.sweep(), sweep.sweep()];
    expect(await isDone(both[1]!)).toBe(false);
    expect(sweep.ends).toHaveLength(1);
    sweep.ends[0]!();
    await Promise.all(both);
  });

  it('runs again after its end', async () => {
    const first = sweep.sweep();
    sweep.ends[0]!();
    await first;
    const second = sweep.sweep();
    expect(sweep.ends).toHaveLength(2);
    sweep.ends[1]!();
    await second;
    expect(sweep.stoppedAtStart).toStrictEqual([false, false]);
  });

  it('that is running when the process stops knows it at once, and is waited for', async () => {
    const running = sweep.sweep();
    const stopped = sweep.stop();
    expect(sweep.isStopping).toBe(true);
    expect(await isDone(stopped)).toBe(false);
    sweep.ends[0]!();
    await Promise.all([running, stopped]);
  });

  it('that begins after that knows it too', async () => {
    await sweep.stop();
    const later = sweep.sweep();
    sweep.ends[0]!();
    await later;
    expect(sweep.stoppedAtStart).toStrictEqual([true]);
  });
});
