import { EXIT, type ExitCode } from './exit-codes.js';

/** An error that the user can fix. The message says how, and contains no secret. */
export abstract class CliError extends Error {
  abstract readonly code: string;
  abstract readonly exitCode: ExitCode;
}

/** The command line, its input or its configuration is invalid; nothing was done. */
export class UsageError extends CliError {
  readonly code: string = 'usage';
  readonly exitCode = EXIT.usage;
}

/** The configuration has one or more errors. */
export class ConfigurationError extends UsageError {
  override readonly code = 'configuration';

  constructor(readonly issues: readonly { readonly field: string; readonly message: string }[]) {
    super(`Invalid configuration:\n${issues.map(({ message }) => `  - ${message}`).join('\n')}`);
  }
}

/** There was no usable response. */
export class NoResponseError extends CliError {
  readonly exitCode = EXIT.noResponse;

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
