/** The token of the `Inbox` in use. */
export const INBOX = Symbol('PASS2PAY_INBOX');

/** What an inbox remembers of one order or transfer. */
export interface Remembered {
  /** The state whose handlers have all succeeded last; undefined where none was. */
  lastApplied: number | undefined;
  /** What the gateway said of it, applied or not; undefined where nothing was noted. */
  gatewayState: number | undefined;
}

/** The right to handle events of one order or transfer. */
export interface Claim {
  /** The order or transfer, such as `payment:M1621873433953:20160427210604000490`. */
  subject: string;
  /** Tells this claim from a later one of the same subject: who lost its lease cannot complete it any more. */
  fence: string;
}

export type ClaimResult =
  /** The caller has it now, with what is remembered of it. */
  | ({ status: 'claimed'; claim: Claim } & Remembered)
  /** Another one has it. */
  | { status: 'busy' };

/**
 * Remembers which state of each order or transfer was applied last, and which one the gateway gave, so that each outcome is
 * handled once and in order. It is claimed per order, not per state: events of two states must not be handled at the same
 * time.
 */
export interface Inbox {
  /** What is remembered of a subject, without claiming it. */
  recall(subject: string): Promise<Remembered>;
  /** Takes the right to handle events of a subject for `leaseMs` milliseconds. Only one caller may have it. */
  claim(subject: string, leaseMs: number): Promise<ClaimResult>;
  /** Prolongs the lease to `leaseMs` milliseconds from now; false when it was lost. */
  renew(claim: Claim, leaseMs: number): Promise<boolean>;
  /**
   * Remembers that the event of this state was applied, and what the gateway said where that is given, and gives the claim
   * back; false when the lease was lost.
   */
  complete(claim: Claim, lastApplied: number, gatewayState?: number): Promise<boolean>;
  /**
   * Gives the claim back, so that the event can be handled again, and remembers what the gateway said where that is given.
   * Does nothing when the lease was lost.
   */
  release(claim: Claim, gatewayState?: number): Promise<void>;
  /** Resolves where the store can be reached, for health checks; rejects, or takes its time, where it cannot. */
  ping?(): Promise<void>;
}
