import type { EntryKind, SandboxEndpoint } from '../dialects/dialect.js';
import type { SignatureCheck } from '../api/signature-check.js';
import type { SandboxFault } from '../faults/fault.js';
import type { NotifyAttempt } from '../notify/notify-attempt.js';

/** Whom an entry is about; whatever is not known is left out. */
export interface JournalSubject {
  readonly kind?: EntryKind;
  readonly mchNo?: string;
  /** The merchant's own number; of a refund its mchRefundNo. */
  readonly mchOrderNo?: string;
}

/** A request to the API, entered when its answer is decided. */
export interface RequestEvent extends JournalSubject {
  readonly type: 'request';
  /** Undefined when path or method are wrong. */
  readonly endpoint?: SandboxEndpoint;
  readonly method: string;
  readonly path: string;
  /** The parameters as received, `sign` among them, each as text; the first 64, of 1,024 characters at most. */
  readonly params: Readonly<Record<string, string>>;
  /** HTTP status; undefined when no answer is sent. */
  readonly status?: number;
  /** What the gateway answered; undefined when it was not asked, or when a fault spoke in its place. */
  readonly code?: number;
  readonly msg?: string;
  /** How long the client waits for the sandbox, ms; the delay of a late answer is in it. */
  readonly durationMs: number;
  /** The fault that struck. */
  readonly fault?: SandboxFault['kind'];
  /** Why the gateway said 验签失败. */
  readonly signature?: SignatureCheck;
}

export interface CreatedEvent extends JournalSubject {
  readonly type: 'created';
  readonly state: number;
  readonly amount: number;
  readonly currency: string;
  /** ms since 1970; transfers do not expire. */
  readonly expiresAt?: number;
}

/** Who or what changed a state. */
export type StateCause =
  /** The payer, on the cashier page. */
  | 'payer'
  /** A method of the sandbox, or a control over HTTP. */
  | 'control'
  /** The merchant, by the API. */
  | 'merchant'
  /** The order's time was up. */
  | 'expiry'
  /** The channel, when it was asked. */
  | 'channel'
  /** A refund took back what was left of the payment. */
  | 'refund'
  /** A payment after the end: `to` is announced, while the order stays in `from`. */
  | 'late';

export interface StateEvent extends JournalSubject {
  readonly type: 'state';
  readonly from: number;
  readonly to: number;
  readonly cause: StateCause;
}

export interface NotifyScheduledEvent extends JournalSubject {
  readonly type: 'notify-scheduled';
  /** Which announcement of the order this is; counts from 1. */
  readonly delivery: number;
  /** The point of the schedule, 1 to 6; undefined when resent by hand. */
  readonly slot?: number;
  /** The number that the attempt will have. */
  readonly number: number;
  /** The state that the notify announces. */
  readonly state: number;
  /** ms since 1970. */
  readonly dueAt: number;
}

export interface NotifyAttemptEvent extends JournalSubject {
  readonly type: 'notify-attempt';
  readonly delivery: number;
  /** The point of the schedule, 1 to 6; undefined when resent by hand, and for the second half of `notify-double`. */
  readonly slot?: number;
  readonly attempt: NotifyAttempt;
}

export interface FaultEvent extends JournalSubject {
  readonly type: 'fault';
  readonly action: 'injected' | 'struck' | 'removed';
  readonly faultId: number;
  readonly fault: Readonly<SandboxFault>;
  /** How many more times it will strike. */
  readonly remaining: number;
}

export type JournalEvent =
  RequestEvent | CreatedEvent | StateEvent | NotifyScheduledEvent | NotifyAttemptEvent | FaultEvent;

/** Something that happened in the sandbox. */
export type JournalEntry = JournalEvent & {
  /** 1, 2, 3 … in the order in which things happened. */
  readonly seq: number;
  /** ms since 1970. */
  readonly at: number;
};
