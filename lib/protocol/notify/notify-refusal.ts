/** Why a notify was refused. */
export type NotifyRefusalReason =
  /** No parameters where they should be: the body was not parsed, or is of another type. */
  | 'no-parameters'
  /** Gateway parameters in both the body and the query string. */
  | 'mixed'
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

/** A notify that is not let in. The details are for the log: the sender, who may be an attacker, learns nothing. */
export class NotifyRefusal extends Error {
  constructor(
    readonly reason: NotifyRefusalReason,
    details: string,
  ) {
    super(details);
    this.name = 'NotifyRefusal';
  }
}
