/** The token of the `Inbox` in use. */
export const INBOX = Symbol('PASS2PAY_INBOX');

/** What an inbox stores about one order or transfer. */
export interface Remembered {
  /** The last state whose handlers all succeeded; undefined if there was none. */
  lastApplied: number | undefined;
  /** The gateway state, applied or not; undefined if none was recorded. */
  gatewayState: number | undefined;
}

/** The exclusive right to process events of one order or transfer. */
export interface Claim {
  /** The order or transfer, such as `payment:M1621873433953:20160427210604000490`. */
  subject: string;
  /**
   * Fencing token: distinguishes this claim from later ones of the subject, so that a claim with a lost lease cannot
   * complete.
   */
  fence: string;
}

export type ClaimResult =
  /** The caller has the claim, with the stored states. */
  | ({ status: 'claimed'; claim: Claim } & Remembered)
  /** Another process has the claim. */
  | { status: 'busy' };

/**
 * Stores the last applied state and the gateway state of each order or transfer, so that each outcome is handled once
 * and in order. Claims are per order, not per state, because events of two states must not be processed at the same
 * time.
 */
export interface Inbox {
  /** Returns what is stored about a subject, without claiming it. */
  recall(subject: string): Promise<Remembered>;
  /** Claims a subject for `leaseMs` milliseconds. Only one caller may hold the claim. */
  claim(subject: string, leaseMs: number): Promise<ClaimResult>;
  /** Extends the lease to `leaseMs` milliseconds from now; false if it was lost. */
  renew(claim: Claim, leaseMs: number): Promise<boolean>;
  /**
   * Stores that the event of this state was applied and, if given, the gateway state, and releases the claim; false if
   * the lease was lost.
   */
  complete(claim: Claim, lastApplied: number, gatewayState?: number): Promise<boolean>;
  /**
   * Releases the claim, so that the event can be processed again, and stores the gateway state if given. Does nothing
   * if the lease was lost.
   */
  release(claim: Claim, gatewayState?: number): Promise<void>;
  /** For health checks: resolves if the store is reachable; otherwise rejects or stays pending. */
  ping?(): Promise<void>;
}
