import timers from 'node:timers/promises';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import type { Life } from './life.js';

/** 2024-06-01T00:00:00Z. */
const START = Date.UTC(2024, 5, 1);

/** Time that the simulation moves. A timer belongs to the process that has set it, and does not ring once that is dead. */
export class VirtualTime {
  /** Whose code runs. */
  private running: Life | undefined;
  private readonly clock: Clock;
  private randomState = 1;

  constructor() {
    this.clock = FakeTimers.install({
      now: START,
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    });
    const { setTimeout: setOnce, setInterval: setRepeated } = globalThis;
    Object.assign(globalThis, {
      setTimeout: (callback: () => void, ms?: number, ...args: []) => setOnce(this.owned(callback), ms, ...args),
      setInterval: (callback: () => void, ms?: number, ...args: []) => setRepeated(this.owned(callback), ms, ...args),
    });
    Math.random = () => this.random();
    globalThis.Date.now = () => this.now + (this.running?.aheadMs ?? 0);
    timers.setTimeout = wait as typeof timers.setTimeout;
  }

  /** In ms since 1970, as all clocks say that are not wrong. */
  get now(): number {
    return this.clock.now;
  }

  /** Forgets all timers, and begins anew, with the same jitter as ever. */
  restart(): void {
    this.randomState = 1;
    this.running = undefined;
    this.clock.reset();
    this.clock.setSystemTime(START);
  }

  /** Runs what a process does, or, without one, what a server or a wire does. */
  as<Result>(life: Life | undefined, work: () => Result): Result {
    this.running = life;
    return work();
  }

  /** Lets the next timer ring. */
  pass(): void {
    this.running = undefined;
    this.clock.next();
  }

  /** Resolves when nothing goes on that does not wait for a timer or a wire: no other promise is left to be told. */
  settled(): Promise<void> {
    return new Promise((resolve) => process.nextTick(resolve));
  }

  /** Park and Miller's generator: what backs off at random does so alike in each replay. */
  private random(): number {
    this.randomState = (this.randomState * 48_271) % 0x7fff_ffff;
    return this.randomState / 0x7fff_ffff;
  }

  private owned(callback: (...args: []) => void): (...args: []) => void {
    const owner = this.running;
    return (...args) => {
      if (owner?.isDead) return;
      const lateMs = (owner?.standsStillUntil ?? 0) - this.now;
      this.as(owner, () => (lateMs > 0 ? setTimeout(callback, lateMs) : callback(...args)));
    };
  }
}

async function wait<Value>(
  ms?: number,
  value?: Value,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Value | undefined> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve(value);
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
