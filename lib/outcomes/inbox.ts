/** The token of the `Inbox` in use. */
export const INBOX = Symbol('PASS2PAY_INBOX');

/** The right to handle events of one order or transfer. */
export interface Claim {
  /** The order or transfer, such as `payment:60cc…:P1795…`. */
  subject: string;
  /** Tells this claim from a later one of the same subject: who lost its lease cannot complete it any more. */
  fence: string;
}

export type ClaimResult =
  /** The caller has it now; `lastApplied` is the state that was handled last. */
  | { status: 'claimed'; claim: Claim; lastApplied: number | undefined }
  /** Another one has it. */
  | { status: 'busy' };

/**
 * Remembers which state of each order or transfer was handled last, so that each outcome is handled once and in order.
 * It is claimed per order, not per state: events of two states must not be handled at the same time.
 */
export interface Inbox {
  /** Takes the right to handle events of a subject for `leaseMs` milliseconds. Only one caller may have it. */
  claim(subject: string, leaseMs: number): Promise<ClaimResult>;
  /** Prolongs the lease to `leaseMs` milliseconds from now; false when it was lost. */
  renew(claim: Claim, leaseMs: number): Promise<boolean>;
  /** Says that the event of this state was handled, and gives the claim back; false when the lease was lost. */
  complete(claim: Claim, state: number): Promise<boolean>;
  /** Gives the claim back, so that the event can be handled again. Does nothing when the lease was lost. */
  release(claim: Claim): Promise<void>;
  /** Resolves where the store can be reached, for health checks; rejects, or takes its time, where it cannot. */
  ping?(): Promise<void>;
}
