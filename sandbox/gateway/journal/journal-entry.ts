import type { EntryKind, SandboxEndpoint } from '../dialects/dialect.js';
import type { SignatureCheck } from '../api/signature-check.js';
import type { SandboxFault } from '../faults/fault.js';
import type { NotifyAttempt } from '../notify/notify-attempt.js';

/** The subject of an entry; unknown members are omitted. */
export interface JournalSubject {
  readonly kind?: EntryKind;
  readonly mchNo?: string;
  /** The merchant's number; for a refund its mchRefundNo. */
  readonly mchOrderNo?: string;
}

/** A request to the API, recorded when its response is determined. */
export interface RequestEvent extends JournalSubject {
  readonly type: 'request';
  /** Undefined if the path or the method is wrong. */
  readonly endpoint?: SandboxEndpoint;
  readonly method: string;
  readonly path: string;
  /** The parameters as received, including `sign`, each as text; the first 64, with at most 1,024 characters each. */
  readonly params: Readonly<Record<string, string>>;
  /** HTTP status; undefined if no response is sent. */
  readonly status?: number;
  /** The gateway's response; undefined if the request did not reach it, or a fault replaced the response. */
  readonly code?: number;
  readonly msg?: string;
  /** How long the client waits for the sandbox, in ms, including the delay of a late response. */
  readonly durationMs: number;
  /** The fault that was applied. */
  readonly fault?: SandboxFault['kind'];
  /** Why the gateway responded with 验签失败. */
  readonly signature?: SignatureCheck;
}

export interface CreatedEvent extends JournalSubject {
  readonly type: 'created';
  readonly state: number;
  readonly amount: number;
  readonly currency: string;
  /** In ms since 1970; transfers do not expire. */
  readonly expiresAt?: number;
}

/** What changed a state. */
export type StateCause =
  /** The payer, on the cashier page. */
  | 'payer'
  /** A method of the sandbox, or a control over HTTP. */
  | 'control'
  /** The merchant, through the API. */
  | 'merchant'
  /** The order expired. */
  | 'expiry'
  /** The channel, during the request. */
  | 'channel'
  /** A refund of the remaining amount. */
  | 'refund'
  /** A payment after a final state: `to` is notified, while the order stays in `from`. */
  | 'late';

export interface StateEvent extends JournalSubject {
  readonly type: 'state';
  readonly from: number;
  readonly to: number;
  readonly cause: StateCause;
}

export interface NotifyScheduledEvent extends JournalSubject {
  readonly type: 'notify-scheduled';
  /** The number of this notify among those of the order, starting at 1. */
  readonly delivery: number;
  /** The position in the schedule, 1 to 6; undefined for a manual resend. */
  readonly slot?: number;
  /** The number of the planned attempt. */
  readonly number: number;
  /** The state in the notify. */
  readonly state: number;
  /** In ms since 1970. */
  readonly dueAt: number;
}

export interface NotifyAttemptEvent extends JournalSubject {
  readonly type: 'notify-attempt';
  readonly delivery: number;
  /**
   * The position in the schedule, 1 to 6; undefined for a manual resend, and for the second attempt of `notify-double`.
   */
  readonly slot?: number;
  readonly attempt: NotifyAttempt;
}

export interface FaultEvent extends JournalSubject {
  readonly type: 'fault';
  readonly action: 'injected' | 'struck' | 'removed';
  readonly faultId: number;
  readonly fault: Readonly<SandboxFault>;
  /** How many more times it will apply. */
  readonly remaining: number;
}

export type JournalEvent =
  RequestEvent | CreatedEvent | StateEvent | NotifyScheduledEvent | NotifyAttemptEvent | FaultEvent;

/** An event in the sandbox. */
export type JournalEntry = JournalEvent & {
  /** 1, 2, 3 … in chronological order. */
  readonly seq: number;
  /** In ms since 1970. */
  readonly at: number;
};
