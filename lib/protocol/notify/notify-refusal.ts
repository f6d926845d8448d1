/** Why a notify was refused. */
export type NotifyRefusalReason =
  /** It came from an address that `allowedNotifyAddresses` does not have. */
  | 'address'
  /** No parameters where they should be: the body was not parsed, or is of another type. */
  | 'no-parameters'
  /** Gateway parameters in both the body and the query string. */
  | 'mixed'
  /** More bytes or parameters, or a longer name, than a notify has. */
  | 'too-large'
  /** Not flat text: a repeated, nested or impossible name, or broken encoding. */
  | 'malformed'
  /** A parameter that a notify must have is missing, or is not what it should be. */
  | 'incomplete'
  | 'unknown-merchant'
  | 'bad-signature'
  /** The query that should confirm the notify says something else. */
  | 'not-confirmed'
  /** The signature fits other messages too, and there was no client to confirm this one by a query. */
  | 'ambiguous';

/** The order that a refused message says it is about. Nobody has vouched for it. */
export interface ClaimedOrder {
  kind: 'payment' | 'transfer';
  mchNo: string;
  appId: string;
  mchOrderNo: string;
}

/** A notify that is not let in. The details are for the log: the sender, who may be an attacker, learns nothing. */
export class NotifyRefusal extends Error {
  /**
   * @param claimed given only where mchNo and appId are those of a known merchant, and the number has the form of an order
   * number; unverified
   */
  constructor(
    readonly reason: NotifyRefusalReason,
    details: string,
    readonly claimed?: ClaimedOrder,
  ) {
    // No stack: it says nothing here, and taking it would cost a quarter of what verifying a notify does.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(details);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'NotifyRefusal';
  }
}
