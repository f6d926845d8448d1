/** `real`: time passes as outside. `stepped`: time stands still but for `advance`. */
export type ClockMode = 'real' | 'stepped';

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
  isSet: boolean;
}

/** The longest wait that setTimeout can count; above it, it fires at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

const LONGEST_STEP_MS = 366 * 24 * 3_600_000;

/** @throws TypeError unless `ms` is a step that time can take. */
export function checkedStep(ms: unknown): number {
  if (typeof ms === 'number' && Number.isInteger(ms) && ms >= 0 && ms <= LONGEST_STEP_MS) return ms;
  throw new TypeError(`ms must be whole milliseconds from 0 to ${LONGEST_STEP_MS} (366 days)`);
}

/**
 * The sandbox's time: what is due rings in the order of its time, and nothing rings after `stop`.
 *
 * With `advance`, time jumps from one alarm to the next; after each, the work that it began (a notify attempt) is awaited
 * before the next one rings, so that all happens in the order in which it would have happened outside.
 */
export class SandboxClock {
  readonly mode: ClockMode;
  private readonly alarms: Alarm[] = [];
  private readonly work = new Set<Promise<unknown>>();
  private readonly aheadChanged: (now: number) => void;
  /** How far it is ahead of the machine's clock; with `stepped`, the time itself. */
  private ahead: number;
  private timer?: NodeJS.Timeout;
  private advancing: Promise<void> = Promise.resolve();
  private stopped = false;

  /**
   * @param startAt the time to begin at, ms since 1970; never before the machine's when `real`
   * @param jumped is told the time after each `advance`
   */
  constructor(mode: ClockMode, startAt: number = Date.now(), jumped: (now: number) => void = () => {}) {
    this.mode = mode;
    this.aheadChanged = jumped;
    this.ahead = mode === 'stepped' ? startAt : Math.max(0, startAt - Date.now());
  }

  /** ms since 1970. */
  now(): number {
    return this.mode === 'stepped' ? this.ahead : Date.now() + this.ahead;
  }

  /** When the next alarm rings, if one is set. */
  get nextAt(): number | undefined {
    return this.alarms[0]?.at;
  }

  /** Rings at a time, at the next chance when that is past. @returns what takes it back. */
  at(time: number, ring: () => void): () => void {
    const alarm: Alarm = { at: time, ring, isSet: true };
    this.alarms.splice(this.placeOf(time), 0, alarm);
    if (this.alarms[0] === alarm) this.arm();
    return () => this.take(alarm);
  }

  /** Rings in `delayMs`. @returns what takes it back. */
  after(delayMs: number, ring: () => void): () => void {
    return this.at(this.now() + delayMs, ring);
  }

  /** Work that `advance` waits for. It must not reject, nor wait for an alarm of this clock. */
  track(work: Promise<unknown>): void {
    this.work.add(work);
    void work.finally(() => this.work.delete(work));
  }

  /** Lets `ms` milliseconds pass at once. A second call begins when the first is done. */
  advance(ms: number): Promise<void> {
    this.advancing = this.advancing.then(() => this.jump(ms));
    return this.advancing;
  }

  /** No alarm rings any more; an `advance` that is under way ends. */
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

  /** Never back. */
  private moveTo(time: number): void {
    this.ahead += Math.max(0, time - this.now());
  }

  /** Until no work is under way, the work that work begins included. */
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

  /** Behind all that ring at that time or before. */
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
