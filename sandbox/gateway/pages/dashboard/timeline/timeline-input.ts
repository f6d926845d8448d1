/** How an attempt to deliver a notify went. */
export type AttemptOutcome =
  | 'acknowledged'
  /** There was an answer that the gateway does not take as an acknowledgement. */
  | 'refused'
  | 'unanswered'
  | 'under-way';

/** One attempt. Times are ms since 1970. */
export interface TimelineAttempt {
  /** Counts from 1 in its delivery, over schedule and resends. */
  readonly number: number;
  /** The point of the schedule, from 1, at which it was made; undefined for one resent by hand or doubled. */
  readonly slot?: number;
  readonly at: number;
  /** Until now, while it is under way. */
  readonly durationMs: number;
  readonly outcome: AttemptOutcome;
}

/** An attempt that the schedule foresees. */
export interface PlannedAttempt {
  readonly slot: number;
  /** From the announcement, in the gateway's own time, ms: 0, 30 000, 90 000 … */
  readonly offsetMs: number;
  /** When it would be, ms since 1970, did no attempt take any time. */
  readonly at: number;
  readonly status: 'made' | 'due' | 'skipped';
}

/** One announced event, from its first attempt on. */
export interface Delivery {
  /** Counts from 1 for each order. */
  readonly number: number;
  /** The state that it announces. */
  readonly state: number;
  readonly announcedAt: number;
  readonly planned: readonly PlannedAttempt[];
  readonly attempts: readonly TimelineAttempt[];
  /** When the next attempt starts; undefined when none will. */
  readonly nextAt?: number;
  readonly acknowledged: boolean;
}

/** Something else that happened to the order. */
export interface TimelineEvent {
  readonly at: number;
  readonly lane: 'order' | 'request';
  readonly label: string;
  readonly tone: 'neutral' | 'brand' | 'success' | 'danger' | 'warning';
}
