/** Why a notify was refused. */
export type NotifyRefusalReason =
  /** It came from an address that is not in `allowedNotifyAddresses`. */
  | 'address'
  /** No parameters found: the body was not parsed, or has another content type. */
  | 'no-parameters'
  /** Gateway parameters in both the body and the query string. */
  | 'mixed'
  /** More bytes or parameters, or a longer name, than allowed. */
  | 'too-large'
  /** Not flat text: a repeated, nested or invalid name, or broken encoding. */
  | 'malformed'
  /** A required parameter is missing or invalid. */
  | 'incomplete'
  | 'unknown-merchant'
  | 'bad-signature'
  /** The confirming query contradicts the notify. */
  | 'not-confirmed'
  /** The signature is valid for other messages too, and there was no client to confirm this one with a query. */
  | 'ambiguous';

/** The order that a refused message claims to be about. Unverified. */
export interface ClaimedOrder {
  kind: 'payment' | 'transfer';
  mchNo: string;
  appId: string;
  mchOrderNo: string;
}

/** A refused notify. The details are for the log only: the sender, who may be an attacker, does not get them. */
export class NotifyRefusal extends Error {
  /**
   * @param claimed set only if mchNo and appId belong to a known merchant and the number looks like an order number;
   * unverified
   */
  constructor(
    readonly reason: NotifyRefusalReason,
    details: string,
    readonly claimed?: ClaimedOrder,
  ) {
    // No stack trace: it is of no use here, and capturing it would cost a quarter of verifying a notify.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(details);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'NotifyRefusal';
  }
}
