import type { Faults } from '../faults/faults.js';
import type { JournalSubject } from '../journal/journal-entry.js';
import type { Journal } from '../journal/journal.js';
import { type NotifyMessage, writeNotify } from './notify-message.js';
import type { NotifyJudgement } from './judge-answer.js';
import { NOTIFY_HEADERS, type NotifyReceipt, notSent, postNotify } from './notify-post.js';
import type { NotifyGeneration } from '../options.js';
import type { SignedFields } from '../orders/order-data.js';
import { Timers } from '../timers.js';

/** One attempt to deliver a notify, recorded when it is over. */
export interface NotifyAttempt {
  /** 1 to 6 by the schedule; resends and the second half of `notify-double` count on from there. */
  readonly number: number;
  /** When it started, ms since 1970. */
  readonly at: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes that were posted, as text. */
  readonly body: string;
  /** The state that the notify announces. */
  readonly state: number;
  /** HTTP status of the answer, if there was one. */
  readonly status?: number;
  /** The first 2 kB of the answer. */
  readonly answer?: string;
  readonly durationMs: number;
  /** The answer was `success`, in any case and with nothing around it. */
  readonly acknowledged: boolean;
  /** Why it is acknowledged, or not, in words. */
  readonly judgement: NotifyJudgement;
  /** Why there is no answer. */
  readonly error?: string;
  /** The fault that struck this attempt. */
  readonly fault?: string;
}

export interface NotifyResult {
  readonly acknowledged: boolean;
  /** How many attempts were made, resends included. */
  readonly attempts: number;
}

/** The order or transfer that a notify is about. */
export type NotifySubject = Required<JournalSubject>;

/** An event that is announced: whose it is, where to, and what. */
export interface NotifyEvent {
  readonly key: string;
  readonly subject: NotifySubject;
  readonly notifyUrl: string;
  readonly fields: SignedFields;
}

interface Delivery {
  readonly subject: NotifySubject;
  readonly message: NotifyMessage;
  readonly state: number;
  readonly attempts: NotifyAttempt[];
  started: number;
  inFlight: number;
  acknowledged: boolean;
  abandoned: boolean;
  cancelNext?: () => void;
  waiting: ((result: NotifyResult) => void)[];
}

/** Waits before the 2nd to 6th attempt, ms. Source: protocol §4. */
const GAPS_MS = [30_000, 60_000, 90_000, 120_000, 150_000];
const TIMEOUT_MS = 20_000;
const LEAST_TIMEOUT_MS = 1_000;
const KEPT_ANSWER_BYTES = 2_048;

/**
 * Delivers notifies: at most six attempts at 0, 30, 90, 180, 300 and 450 s, each gap counted from the end of the attempt
 * before it, until one is acknowledged. A notify is written once; every attempt sends the same bytes.
 *
 * Source: protocol §4.
 */
export class Notifier {
  private readonly deliveries = new Map<string, Delivery[]>();
  private readonly timers = new Timers();
  private readonly stopping = new AbortController();
  private readonly faults: Faults;
  private readonly journal: Journal;
  private readonly speed: number;
  private readonly generation: NotifyGeneration;
  private readonly timeoutMs: number;

  constructor(faults: Faults, journal: Journal, speed: number, generation: NotifyGeneration) {
    this.faults = faults;
    this.journal = journal;
    this.speed = speed;
    this.generation = generation;
    // Scaled like the rest, but never so short that a loaded machine could not answer.
    this.timeoutMs = Math.max(LEAST_TIMEOUT_MS, TIMEOUT_MS / speed);
  }

  /** Writes the notify and starts the first attempt. */
  announce(event: NotifyEvent): void {
    const delivery: Delivery = {
      subject: event.subject,
      message: writeNotify(event.notifyUrl, event.fields, this.generation),
      state: Number(event.fields['state']),
      attempts: [],
      started: 0,
      inFlight: 0,
      acknowledged: false,
      abandoned: false,
      waiting: [],
    };
    const earlier = this.deliveries.get(event.key);
    if (earlier) earlier.push(delivery);
    else this.deliveries.set(event.key, [delivery]);
    this.reportSchedule(delivery, 0);
    void this.attemptBySchedule(delivery, 0);
  }

  /** Sends the latest notify once more. @returns false when there is none. */
  resend(key: string): boolean {
    const delivery = this.latest(key);
    if (!delivery) return false;
    this.reportSchedule(delivery, 0);
    void this.attempt(delivery).then(() => this.settle(delivery));
    return true;
  }

  /** The attempts that are over, of all notifies about this order. */
  attempts(key: string): NotifyAttempt[] {
    return (this.deliveries.get(key) ?? []).flatMap((delivery) => delivery.attempts);
  }

  /**
   * Resolves when the latest notify is acknowledged or given up and no attempt is under way; also when the sandbox stops.
   * @returns undefined when there is no notify.
   */
  settled(key: string): Promise<NotifyResult> | undefined {
    const delivery = this.latest(key);
    if (!delivery) return undefined;
    return new Promise((resolve) => {
      delivery.waiting.push(resolve);
      this.settle(delivery);
    });
  }

  forget(key: string): void {
    for (const delivery of this.deliveries.get(key) ?? []) this.giveUp(delivery);
    this.deliveries.delete(key);
  }

  stop(): void {
    this.timers.stop();
    this.stopping.abort(new Error('the sandbox stopped'));
    for (const delivery of [...this.deliveries.values()].flat()) this.giveUp(delivery);
  }

  private latest(key: string): Delivery | undefined {
    return this.deliveries.get(key)?.at(-1);
  }

  private async attemptBySchedule(delivery: Delivery, index: number): Promise<void> {
    await this.attempt(delivery);
    const gap = GAPS_MS[index];
    if (!delivery.acknowledged && gap !== undefined && !delivery.abandoned) {
      this.reportSchedule(delivery, gap / this.speed);
      delivery.cancelNext = this.timers.after(gap / this.speed, () => {
        delivery.cancelNext = undefined;
        void this.attemptBySchedule(delivery, index + 1);
      });
    }
    this.settle(delivery);
  }

  /** One attempt, or two at once when a fault doubles it. Never rejects. */
  private async attempt(delivery: Delivery): Promise<void> {
    const fault = this.faults.takeForNotify(delivery.subject);
    const message = fault?.kind === 'notify-tamper' ? tamper(delivery.message) : delivery.message;
    const send =
      fault?.kind === 'notify-drop'
        ? async (): Promise<NotifyReceipt> => notSent('dropped by the fault notify-drop')
        : (): Promise<NotifyReceipt> => postNotify(message, this.timeoutMs, this.stopping.signal);
    delivery.inFlight += 1;
    const copies = fault?.kind === 'notify-double' ? 2 : 1;
    await Promise.all(Array.from({ length: copies }, () => this.record(delivery, message, send, fault?.kind)));
    delivery.inFlight -= 1;
  }

  private async record(
    delivery: Delivery,
    message: NotifyMessage,
    send: () => Promise<NotifyReceipt>,
    fault: string | undefined,
  ): Promise<void> {
    delivery.started += 1;
    const number = delivery.started;
    const at = Date.now();
    const start = performance.now();
    const { answer, ...receipt } = await send();
    const attempt: NotifyAttempt = {
      number,
      at,
      url: message.url,
      headers: NOTIFY_HEADERS,
      body: message.body,
      state: delivery.state,
      ...receipt,
      ...(answer === undefined ? {} : { answer: Buffer.from(answer).subarray(0, KEPT_ANSWER_BYTES).toString() }),
      durationMs: performance.now() - start,
      ...(fault === undefined ? {} : { fault }),
    };
    delivery.attempts.push(attempt);
    this.journal.record({ type: 'notify-attempt', ...delivery.subject, attempt });
    delivery.acknowledged ||= receipt.acknowledged;
  }

  /** Before an attempt of the schedule, or a resend. */
  private reportSchedule(delivery: Delivery, delayMs: number): void {
    this.journal.record({
      type: 'notify-scheduled',
      ...delivery.subject,
      number: delivery.started + 1,
      state: delivery.state,
      dueAt: Date.now() + delayMs,
    });
  }

  private settle(delivery: Delivery): void {
    if (delivery.acknowledged) {
      delivery.cancelNext?.();
      delivery.cancelNext = undefined;
    }
    if (!delivery.abandoned && (delivery.inFlight > 0 || delivery.cancelNext)) return;
    const result = { acknowledged: delivery.acknowledged, attempts: delivery.attempts.length };
    for (const resolve of delivery.waiting.splice(0)) resolve(result);
  }

  private giveUp(delivery: Delivery): void {
    delivery.cancelNext?.();
    delivery.cancelNext = undefined;
    delivery.abandoned = true;
    this.settle(delivery);
  }
}

/** Changes the first digit of the amount, which the signature then no longer fits. */
function tamper(message: NotifyMessage): NotifyMessage {
  const change = (text: string): string =>
    text.replace(
      /((?:^|[?&])amount=)(\d)/,
      (_match, name: string, digit: string) => `${name}${(Number(digit) % 9) + 1}`,
    );
  return { url: change(message.url), body: change(message.body) };
}
