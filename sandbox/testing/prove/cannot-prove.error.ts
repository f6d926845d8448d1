/** Why a proof could not be completed: it says nothing about the application. */
export type CannotProveReason =
  /** An order could not be created, is unknown to the sandbox, or is not open. */
  | 'orders'
  /** `count` failed, or did not return a whole number; or an order had an effect before it was paid. */
  | 'count'
  /** `restart` failed, or the application did not respond afterwards. */
  | 'restart'
  /** The application does not respond. */
  | 'unreachable';

/** The proof was aborted. The message says what to do. */
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
