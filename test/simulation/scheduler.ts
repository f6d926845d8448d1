import type { Choices } from './choices.js';
import type { Life } from './life.js';
import type { VirtualTime } from './virtual-time.js';

/** Something that can happen now, such as the arrival of a message. */
interface Step {
  what: string;
  /** Whose memory it is in: it does not happen any more once that process is dead. */
  life: Life | undefined;
  run: () => unknown;
}

/** From which byte on a step overtakes those before it, and from which on time passes before any of them. */
const OVERTAKES = 176;
const TIME_PASSES = 240;

/** More than any schedule needs that comes to an end. */
const MOST_STEPS = 50_000;

/** Decides what happens next: one step after the other, each to its end, or the next timer. */
export class Scheduler {
  private readonly steps: Step[] = [];
  /** What has happened. */
  readonly told: string[] = [];
  private count = 0;

  constructor(
    readonly time: VirtualTime,
    readonly choices: Choices,
    private readonly isTold: boolean,
    /** Called after each step. @throws where something does not hold */
    private readonly check: () => void,
  ) {}

  add(life: Life | undefined, what: string, run: (sinceMs: number) => unknown): void {
    const since = this.time.now;
    this.steps.push({ life, what, run: () => run(this.time.now - since) });
  }

  tell(line: () => string): void {
    if (this.isTold) this.told.push(`${clockTime(this.time.now)} ${line()}`);
  }

  /** @throws what `check` throws. */
  async run(ms: number): Promise<void> {
    const endsAt = this.time.now + ms;
    this.time.as(undefined, () => setTimeout(() => {}, ms));
    await this.time.settled();
    while (this.time.now < endsAt || this.steps.length > 0) {
      const step = this.next(this.time.now < endsAt);
      if (step === undefined) this.time.pass();
      else if (!step.life?.isDead) {
        this.tell(() => step.what);
        this.time.as(step.life, step.run);
      }
      await this.time.settled();
      this.check();
      this.count++;
      if (this.count > MOST_STEPS) throw new Error(`there is no end to it after ${MOST_STEPS} steps`);
    }
  }

  /** Undefined where time is to pass. */
  private next(mayWait: boolean): Step | undefined {
    const now = this.time.now;
    const open = this.steps.filter(({ life }) => life === undefined || life.standsStillUntil <= now);
    if (open.length === 0) return undefined;
    const byte = this.choices.byte();
    if (mayWait && byte >= TIME_PASSES) return undefined;
    const step = open[byte < OVERTAKES ? 0 : byte % open.length]!;
    this.steps.splice(this.steps.indexOf(step), 1);
    return step;
  }
}

function clockTime(ms: number): string {
  return new Date(ms).toISOString().slice(8, 23).replace('T', ' ');
}
