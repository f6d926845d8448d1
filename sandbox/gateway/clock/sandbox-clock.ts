/** `real`: time passes normally. `stepped`: time passes only with `advance`. */
export type ClockMode = 'real' | 'stepped';

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
  isSet: boolean;
}

/** The longest delay of setTimeout, in ms; with a longer one, it fires immediately. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

const LONGEST_STEP_MS = 366 * 24 * 3_600_000;

/** @throws TypeError unless `ms` is a valid step. */
export function checkedStep(ms: unknown): number {
  if (typeof ms === 'number' && Number.isInteger(ms) && ms >= 0 && ms <= LONGEST_STEP_MS) return ms;
  throw new TypeError(`ms must be whole milliseconds from 0 to ${LONGEST_STEP_MS} (366 days)`);
}

/**
 * The sandbox's time: alarms ring in order of their time, and none rings after `stop`.
 *
 * `advance` jumps from one alarm to the next. After each, it waits for the work that the alarm started (a notify
 * attempt) before the next one rings, so that everything happens in the same order as in real time.
 */
export class SandboxClock {
  readonly mode: ClockMode;
  private readonly alarms: Alarm[] = [];
  private readonly work = new Set<Promise<unknown>>();
  private readonly aheadChanged: (now: number) => void;
  /** The lead over the machine's clock, in ms; with `stepped`, the time itself, in ms since 1970. */
  private ahead: number;
  private timer?: NodeJS.Timeout;
  private advancing: Promise<void> = Promise.resolve();
  private stopped = false;

  /**
   * @param startAt the start time, in ms since 1970; with `real`, never before the machine's time
   * @param jumped called with the time after each `advance`
   */
  constructor(mode: ClockMode, startAt: number = Date.now(), jumped: (now: number) => void = () => {}) {
    this.mode = mode;
    this.aheadChanged = jumped;
    this.ahead = mode === 'stepped' ? startAt : Math.max(0, startAt - Date.now());
  }

  /** In ms since 1970. */
  now(): number {
    return this.mode === 'stepped' ? this.ahead : Date.now() + this.ahead;
  }

  /** The time of the next alarm, if one is set. */
  get nextAt(): number | undefined {
    return this.alarms[0]?.at;
  }

  /** Rings at a time, or as soon as possible if that is past. @returns a function that cancels the alarm. */
  at(time: number, ring: () => void): () => void {
    const alarm: Alarm = { at: time, ring, isSet: true };
    this.alarms.splice(this.placeOf(time), 0, alarm);
    if (this.alarms[0] === alarm) this.arm();
    return () => this.take(alarm);
  }

  /** Rings in `delayMs`. @returns a function that cancels the alarm. */
  after(delayMs: number, ring: () => void): () => void {
    return this.at(this.now() + delayMs, ring);
  }

  /** Work that `advance` waits for. It must neither reject nor wait for an alarm of this clock. */
  track(work: Promise<unknown>): void {
    this.work.add(work);
    void work.finally(() => this.work.delete(work));
  }

  /** Advances the time by `ms` milliseconds. Concurrent calls run one after the other. */
  advance(ms: number): Promise<void> {
    this.advancing = this.advancing.then(() => this.jump(ms));
    return this.advancing;
  }

  /** Cancels all alarms; a running `advance` ends. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.alarms.length = 0;
  }

  private async jump(ms: number): Promise<void> {
    const target = this.now() + ms;
    await this.idle();
    for (let next = this.alarms[0]; next && next.at <= target && !this.stopped; next = this.alarms[0]) {
      this.take(next);
      this.moveTo(next.at);
      next.ring();
      await this.idle();
    }
    this.moveTo(target);
    this.aheadChanged(this.now());
    this.arm();
  }

  /** Never moves back. */
  private moveTo(time: number): void {
    this.ahead += Math.max(0, time - this.now());
  }

  /** Waits until no work is running, including work that other work starts. */
  private async idle(): Promise<void> {
    while (this.work.size > 0 && !this.stopped) await Promise.allSettled(this.work);
  }

  private arm(): void {
    clearTimeout(this.timer);
    const next = this.alarms[0];
    if (!next || this.stopped || this.mode === 'stepped') return;
    this.timer = setTimeout(() => this.ringDue(), Math.min(Math.max(0, next.at - this.now()), LONGEST_TIMER_MS));
  }

  private ringDue(): void {
    for (let next = this.alarms[0]; next && next.at <= this.now(); next = this.alarms[0]) {
      this.take(next);
      next.ring();
    }
    this.arm();
  }

  private take(alarm: Alarm): void {
    if (!alarm.isSet) return;
    alarm.isSet = false;
    let index = this.placeOf(alarm.at) - 1;
    while (index >= 0 && this.alarms[index] !== alarm) index -= 1;
    if (index === -1) return;
    this.alarms.splice(index, 1);
    if (index === 0) this.arm();
  }

  /** The position after all alarms with the same time or an earlier one. */
  private placeOf(time: number): number {
    let low = 0;
    let high = this.alarms.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.alarms[middle]!.at <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
