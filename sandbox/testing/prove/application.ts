import { setTimeout as sleep } from 'node:timers/promises';
import type { NotifyVerdict } from '../../gateway/notify/judge-response.js';
import type { NotifyMessage } from '../../gateway/notify/notify-message.js';
import { postNotify, type BodyWriter, type NotifyReceipt } from '../../gateway/notify/notify-post.js';
import { CannotProveError } from './cannot-prove.error.js';
import type { ProofTimes, ProveOptions } from './prove-options.js';

/** A posted notify and its result. */
export interface Posted {
  readonly message: NotifyMessage;
  readonly receipt: NotifyReceipt;
}

/** The application under test: the proof posts to it, counts its effects and restarts it. */
export class Application {
  /** The total time of `orders`, `count` and `restart` so far, in ms. */
  outsideMs = 0;
  private readonly signal = new AbortController().signal;
  /** Verdicts for which resending did not lead to an acknowledgement: the proof does not wait for them again. */
  private readonly hopeless = new Set<NotifyVerdict>();
  private hasPosted = false;

  constructor(
    private readonly options: ProveOptions,
    private readonly times: ProofTimes,
  ) {}

  /** Posts it as the gateway does, or with the body written in another way. */
  async post(message: NotifyMessage, write?: BodyWriter): Promise<Posted> {
    const receipt = await postNotify(message, this.times.answerMs, this.signal, write);
    // The first notify is genuine, and the application has nothing else to do.
    if (!this.hasPosted && !receipt.acknowledged) this.hopeless.add(receipt.judgement.verdict);
    this.hasPosted = true;
    return { message, receipt };
  }

  /** The current number of effects of the order, as the merchant counts them. @throws CannotProveError */
  async effects(mchOrderNo: string): Promise<number> {
    const count: unknown = await this.outside('count', () => this.options.count(mchOrderNo));
    if (Number.isSafeInteger(count) && (count as number) >= 0) return count as number;
    throw new CannotProveError(
      'count',
      `count must return a whole number for ${mchOrderNo}, not ${JSON.stringify(count)}`,
    );
  }

  /**
   * The number of effects after the expected number or the timeout is reached, and after another period in which
   * surplus effects could appear.
   */
  async settledEffects(mchOrderNo: string, expected: number): Promise<number> {
    const { effectMs, quietMs } = this.times;
    const deadline = performance.now() + effectMs;
    let effects = await this.effects(mchOrderNo);
    while (effects < expected && performance.now() < deadline) {
      await sleep(Math.min(quietMs, 250));
      effects = await this.effects(mchOrderNo);
    }
    await sleep(quietMs);
    return this.effects(mchOrderNo);
  }

  /**
   * Posts it until it is acknowledged, as the gateway does, but at shorter intervals.
   *
   * @param within timeout in ms; by default the time in which an application must recover from a crash
   */
  async postUntilAcknowledged(message: NotifyMessage, within = this.times.recoveryMs): Promise<Posted> {
    const deadline = performance.now() + within;
    for (;;) {
      const posted = await this.post(message);
      const { acknowledged, judgement } = posted.receipt;
      if (acknowledged || this.hopeless.has(judgement.verdict)) return posted;
      if (performance.now() > deadline) {
        this.hopeless.add(judgement.verdict);
        return posted;
      }
      await sleep(Math.min(this.times.quietMs, 1_000));
    }
  }

  /**
   * Posts it; if the application fails with a server error, which causes no loss, resends it until it is acknowledged.
   */
  async postPatiently(message: NotifyMessage): Promise<Posted> {
    const posted = await this.post(message);
    if (posted.receipt.judgement.verdict !== 'receiver-failed') return posted;
    return this.postUntilAcknowledged(message, this.times.effectMs);
  }

  get canRestart(): boolean {
    return this.options.restart !== undefined;
  }

  /** Restarts it, and waits until it responds again. @throws CannotProveError */
  async restart(): Promise<void> {
    await this.outside('restart', () => this.options.restart?.());
    await this.untilAnswering('restart');
  }

  /** Waits until there is a response from the notifyUrl. @throws CannotProveError */
  async untilAnswering(reason: 'restart' | 'unreachable'): Promise<void> {
    const deadline = performance.now() + this.times.startMs;
    const begun = performance.now();
    while (!(await this.isAnswering())) {
      if (performance.now() > deadline) {
        const after = reason === 'restart' ? ' after the restart' : '';
        throw new CannotProveError(
          reason,
          `No response from ${this.options.notifyUrl}${after}: check that the application is running.`,
        );
      }
      await sleep(Math.min(this.times.quietMs, 100));
    }
    this.outsideMs += performance.now() - begun;
  }

  /** @throws CannotProveError with the error of the merchant's function or command */
  async outside<T>(what: 'orders' | 'count' | 'restart', work: () => T | Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await work();
    } catch (error) {
      if (error instanceof CannotProveError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new CannotProveError(what, `${what} failed: ${message}`, { cause: error });
    } finally {
      this.outsideMs += performance.now() - begun;
    }
  }

  /** A proxy in front of an application that is not yet running responds with 502, 503 or 504. */
  private async isAnswering(): Promise<boolean> {
    try {
      const response = await fetch(this.options.notifyUrl, { redirect: 'manual', signal: AbortSignal.timeout(5_000) });
      await response.body?.cancel();
      return response.status < 502 || response.status > 504;
    } catch {
      return false;
    }
  }
}
