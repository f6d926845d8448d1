import { type GatewayAnswer, UnansweredError } from './send.js';

const MINUTE_MS = 60_000;
const MAX_REPETITIONS = 3;
const LONGEST_WAIT_MS = 10 * MINUTE_MS;

/** Statuses of a proxy that cannot reach its gateway. */
const GATEWAY_AWAY: ReadonlySet<number> = new Set([502, 503, 504]);

/** The clock of a run. */
export interface CompareClock {
  /** In ms since 1970. */
  now(): number;
  wait(ms: number): Promise<void>;
}

/** Limits the rate of requests, and waits when the gateway reports too many. */
export class Pace {
  private earliest = 0;

  constructor(
    private readonly clock: CompareClock,
    private readonly requestsPerMinute: number,
  ) {}

  /** Sends at the permitted time, and again after HTTP 429. @throws UnansweredError */
  async send(attempt: () => Promise<GatewayAnswer>): Promise<GatewayAnswer> {
    for (let repetitions = 0; ; repetitions += 1) {
      await this.turn();
      const answer = await attempt();
      if (GATEWAY_AWAY.has(answer.status)) throw new UnansweredError(`HTTP ${answer.status}`);
      if (answer.status !== 429) return answer;
      const waitMs = this.retryAfterMs(answer);
      if (repetitions === MAX_REPETITIONS || waitMs > LONGEST_WAIT_MS) throw new UnansweredError('HTTP 429');
      this.earliest = this.clock.now() + waitMs;
    }
  }

  private async turn(): Promise<void> {
    const waitMs = this.earliest - this.clock.now();
    if (waitMs > 0) await this.clock.wait(waitMs);
    this.earliest = this.clock.now() + MINUTE_MS / this.requestsPerMinute;
  }

  /** Retry-After in seconds or as a date; otherwise a minute, because the gateway counts per minute (protocol §2). */
  private retryAfterMs({ retryAfter = '' }: GatewayAnswer): number {
    if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1_000;
    const date = Date.parse(retryAfter);
    return Number.isNaN(date) ? MINUTE_MS : Math.max(0, date - this.clock.now());
  }
}
