import type { JournalSubject } from '../journal/journal-entry.js';
import type { NotifyAttempt, NotifyResult } from './notify-attempt.js';

/** The order, transfer or refund of a notify. */
export type NotifySubject = Required<JournalSubject>;

/** An attempt that is planned or in progress. */
export interface DueAttempt {
  /** In ms since 1970. */
  readonly at: number;
  /** The position in the schedule, 1 to 6; undefined for a manual resend. */
  readonly slot?: number;
}

/** A notify in delivery, as it is stored. */
export interface StoredDelivery {
  /** Starts at 1 for each order. */
  readonly number: number;
  readonly subject: NotifySubject;
  /** The notify as the gateway stores it: the notifyUrl with all fields in its query. */
  readonly stored: string;
  /** The state in the notify. */
  readonly state: number;
  readonly attempts: readonly NotifyAttempt[];
  readonly due: readonly DueAttempt[];
  /** The number of started attempts. */
  readonly started: number;
}

/** A notify in delivery: its past and planned attempts, and the promises that wait for its end. */
export class Delivery {
  readonly attempts: NotifyAttempt[] = [];
  started = 0;
  /** The sandbox has stopped or dropped the order: no further attempt is started. */
  isAbandoned = false;
  /** Each with the function that cancels its alarm; undefined while it is in progress. */
  private readonly due = new Map<DueAttempt, (() => void) | undefined>();
  private waiting: ((result: NotifyResult) => void)[] = [];

  constructor(
    readonly number: number,
    readonly subject: NotifySubject,
    readonly stored: string,
    readonly state: number,
  ) {}

  static restore(kept: StoredDelivery): Delivery {
    const delivery = new Delivery(kept.number, kept.subject, kept.stored, kept.state);
    delivery.attempts.push(...kept.attempts);
    delivery.started = kept.attempts.length;
    return delivery;
  }

  get isAcknowledged(): boolean {
    return this.attempts.some(({ acknowledged }) => acknowledged);
  }

  get stillDue(): DueAttempt[] {
    return [...this.due.keys()];
  }

  toStored(): StoredDelivery {
    const { number, subject, stored, state, attempts, started } = this;
    return { number, subject, stored, state, attempts, due: this.stillDue, started };
  }

  /** @param cancel cancels its alarm; undefined if it starts immediately */
  plan(due: DueAttempt, cancel?: () => void): void {
    this.due.set(due, cancel);
  }

  begin(due: DueAttempt): void {
    this.due.set(due, undefined);
  }

  end(due: DueAttempt): void {
    this.due.delete(due);
    if (this.isAcknowledged) this.cancelPlanned();
    this.tellWhenSettled();
  }

  abandon(): void {
    this.isAbandoned = true;
    this.cancelPlanned();
    this.tellWhenSettled();
  }

  settled(): Promise<NotifyResult> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.tellWhenSettled();
    });
  }

  private cancelPlanned(): void {
    for (const [due, cancel] of this.due) {
      if (!cancel) continue;
      cancel();
      this.due.delete(due);
    }
  }

  private tellWhenSettled(): void {
    if (!this.isAbandoned && this.due.size > 0) return;
    const result = { acknowledged: this.isAcknowledged, attempts: this.attempts.length };
    for (const resolve of this.waiting.splice(0)) resolve(result);
  }
}
