/** What kept a proof from being made: nothing is said of the application. */
export type CannotProveReason =
  /** An order could not be made, is not known to the sandbox, or is not open. */
  | 'orders'
  /** `count` failed, or gave no whole number; or an order had an effect before it was paid. */
  | 'count'
  /** `restart` failed, or the application did not come back. */
  | 'restart'
  /** The application does not answer. */
  | 'unreachable';

/** The proof was broken off. The message says what to do. */
export class CannotProveError extends Error {
  override readonly name = 'CannotProveError';

  constructor(
    readonly reason: CannotProveReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
