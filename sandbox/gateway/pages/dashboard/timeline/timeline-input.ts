/** The outcome of an attempt to deliver a notify. */
export type AttemptOutcome =
  | 'acknowledged'
  /** There was a response that the gateway does not accept as an acknowledgement. */
  | 'refused'
  | 'unanswered'
  | 'under-way';

/** An attempt. Times are in ms since 1970. */
export interface TimelineAttempt {
  /** Starts at 1 for each notify, across schedule and resends. */
  readonly number: number;
  /**
   * The position in the schedule, starting at 1; undefined for a manual resend, and for the second attempt of a doubled
   * one.
   */
  readonly slot?: number;
  readonly at: number;
  /** Up to now, if it is in progress. */
  readonly durationMs: number;
  readonly outcome: AttemptOutcome;
}

/** An attempt of the schedule. */
export interface PlannedAttempt {
  readonly slot: number;
  /** From the first attempt, in ms of the gateway's time: 0, 30 000, 90 000 … */
  readonly offsetMs: number;
  /** When it would start if attempts took no time, in ms since 1970. */
  readonly at: number;
  readonly status: 'made' | 'due' | 'skipped';
}

/** A notify, from its first attempt on. */
export interface Delivery {
  /** Starts at 1 for each order. */
  readonly number: number;
  /** The state in the notify. */
  readonly state: number;
  readonly announcedAt: number;
  readonly planned: readonly PlannedAttempt[];
  readonly attempts: readonly TimelineAttempt[];
  /** When the next attempt starts; undefined if there is none. */
  readonly nextAt?: number;
  readonly acknowledged: boolean;
}

/** Another event of the order. */
export interface TimelineEvent {
  readonly at: number;
  readonly lane: 'order' | 'request';
  readonly label: string;
  readonly tone: 'neutral' | 'brand' | 'success' | 'danger' | 'warning';
}
