import type { JournalSubject } from '../journal/journal-entry.js';
import type { NotifyAttempt, NotifyResult } from './notify-attempt.js';

/** The order or transfer that a notify is about. */
export type NotifySubject = Required<JournalSubject>;

/** An attempt that is still to be made, or under way. */
export interface DueAttempt {
  /** ms since 1970. */
  readonly at: number;
  /** The point of the schedule, 1 to 6; undefined when resent by hand. */
  readonly slot?: number;
}

/** A notify on its way, as it is kept. */
export interface StoredDelivery {
  /** Counts from 1 for each order. */
  readonly number: number;
  readonly subject: NotifySubject;
  /** The notify as the gateway stores it: the notifyUrl with all fields in its query. */
  readonly stored: string;
  /** The state that it announces. */
  readonly state: number;
  readonly attempts: readonly NotifyAttempt[];
  readonly due: readonly DueAttempt[];
  /** How many attempts have begun. */
  readonly started: number;
}

/** A notify on its way: its attempts, those to come, and who waits for its end. */
export class Delivery {
  readonly attempts: NotifyAttempt[] = [];
  started = 0;
  /** Nobody is interested any more: no attempt is begun. */
  isAbandoned = false;
  /** Each with what takes its alarm back; with nothing while it is under way. */
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

  /** @param cancel takes its alarm back; undefined when it begins at once */
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
