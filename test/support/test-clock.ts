import timers from 'node:timers/promises';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';

/** 2024-06-01T12:00:00Z: whole seconds, since an HTTP date has no more. */
const START = Date.UTC(2024, 5, 1, 12);

/** What fake timers do not tell in their types. */
type Inside = Omit<Clock, 'setTimeout' | 'setInterval'> & {
  timers?: Map<number, { delay?: number }>;
  setTimeout: SetTimer;
  setInterval: SetTimer;
};
type SetTimer = (callback: () => void, ms?: number, ...args: unknown[]) => NodeJS.Timeout;

interface Wait {
  id: number;
  ms: number;
}

/**
 * Time that only the test moves. Sockets are real: a test first awaits what the code waits behind, a request that has
 * arrived or a timer that is set, and then lets the time pass.
 */
export class TestClock {
  private readonly waits: Wait[] = [];
  private readonly looking = new Set<() => void>();
  private isWaiting = false;

  private constructor(private readonly clock: Inside) {}

  /** For a whole test file: undici keeps timers from one test to the next. */
  static install(): TestClock {
    const nativeTimeout = setTimeout as SetTimer;
    const clock = FakeTimers.install({
      now: START,
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
      shouldClearNativeTimers: true,
    }) as unknown as Inside;
    const own = new TestClock(clock);
    const { setTimeout: fakeTimeout, setInterval: fakeInterval } = clock;
    // A timer of 0 ms is a turn of the event loop, and takes no time.
    clock.setTimeout = (callback, ms = 0, ...args) =>
      ms > 0 ? own.set(fakeTimeout(callback, ms, ...args), ms) : nativeTimeout(callback, 0, ...args);
    clock.setInterval = (callback, ms = 0, ...args) => own.wait(() => own.set(fakeInterval(callback, ms, ...args), ms));
    const { setTimeout: fakeWait } = timers;
    timers.setTimeout = async (ms, value, options) => own.wait(() => fakeWait(ms, value, options));
    return own;
  }

  /** Ms since 1970. */
  get now(): number {
    return this.clock.now;
  }

  /** Lets time pass, and all that falls due happen. */
  async tick(ms: number): Promise<void> {
    await this.clock.tickAsync(Math.trunc(ms));
  }

  /**
   * The length of the wait that the code has begun, or begins next, in ms; each is told once. A wait is a `setTimeout` of
   * node:timers/promises or a `timer` of RxJS. Timers that only end something are none.
   */
  async nextWait(): Promise<number> {
    const { ms } = await this.until(() => {
      const index = this.waits.findIndex(({ id }) => this.clock.timers?.has(id));
      return index === -1 ? undefined : this.waits.splice(0, index + 1).at(-1);
    });
    return ms;
  }

  /** Lets the code's next wait pass, and gives its length in ms. */
  async passWait(): Promise<number> {
    const ms = await this.nextWait();
    await this.tick(ms);
    return ms;
  }

  /** Resolves when a timer of exactly so many ms is set. */
  async hasTimer(ms: number): Promise<void> {
    await this.until(() => [...(this.clock.timers?.values() ?? [])].find(({ delay }) => delay === ms));
  }

  uninstall(): void {
    this.clock.uninstall();
  }

  private wait<T>(begin: () => T): T {
    this.isWaiting = true;
    try {
      return begin();
    } finally {
      this.isWaiting = false;
    }
  }

  private set(timer: NodeJS.Timeout, ms: number): NodeJS.Timeout {
    if (this.isWaiting) this.waits.push({ id: Number(timer), ms });
    for (const look of this.looking) look();
    return timer;
  }

  /** What `find` gives, as soon as it gives something: it is asked again whenever a timer is set. */
  private async until<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        this.looking.delete(look);
        resolve(found);
      };
      this.looking.add(look);
      look();
    });
  }
}
