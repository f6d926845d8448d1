/** The stable names of what can go wrong; they do not change between releases. */
export type Pass2PayErrorCode =
  | 'PASS2PAY_CONFIG'
  | 'PASS2PAY_VALIDATION'
  | 'PASS2PAY_API'
  | 'PASS2PAY_SIGNATURE'
  | 'PASS2PAY_CONNECTION'
  | 'PASS2PAY_BAD_ANSWER'
  | 'PASS2PAY_ABORTED'
  | 'PASS2PAY_TIMEOUT'
  | 'PASS2PAY_RATE_LIMIT';

export interface Pass2PayErrorDetails {
  /** The order that the call was about. */
  mchOrderNo?: string;
  /** The gateway's own mark of the request; quote it to Pass2Pay's support. */
  traceId?: string;
  cause?: unknown;
}

/** What every error of this module is. The message names the remedy. */
export abstract class Pass2PayError extends Error {
  abstract readonly code: Pass2PayErrorCode;
  /** Whether the same call may succeed later without a change. A create must be queried first: see the subclass. */
  abstract readonly retryable: boolean;
  readonly mchOrderNo?: string;
  readonly traceId?: string;

  constructor(message: string, details: Pass2PayErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    if (details.mchOrderNo !== undefined) this.mchOrderNo = details.mchOrderNo;
    if (details.traceId !== undefined) this.traceId = details.traceId;
  }
}

/** One fault of an input: which field, and what is wrong with it and what to give instead. */
export interface Fault {
  /** The path of the field, such as `registerTime` or `merchants[0].secrets`. */
  field: string;
  /** A sentence that begins with the field's path. */
  message: string;
}

/** The module's options are wrong. Thrown when the application starts; lists every fault. */
export class Pass2PayConfigError extends Pass2PayError {
  readonly code = 'PASS2PAY_CONFIG';
  readonly retryable = false;

  constructor(
    readonly faults: readonly Fault[],
    instance?: string,
  ) {
    const of = instance === undefined ? 'Pass2PayModule' : `Pass2PayModule "${instance}"`;
    super(`The options of ${of} are wrong:\n${faults.map((fault) => `  - ${fault.message}`).join('\n')}`);
  }
}

/** The parameters of a call are wrong; nothing was sent. Lists every fault. */
export class Pass2PayValidationError extends Pass2PayError {
  readonly code = 'PASS2PAY_VALIDATION';
  readonly retryable = false;

  constructor(
    readonly faults: readonly Fault[],
    details?: Pass2PayErrorDetails,
  ) {
    super(faults.map((fault) => fault.message).join('; '), details);
  }
}

/** The gateway received the request and refused it. */
export class Pass2PayApiError extends Pass2PayError {
  readonly code = 'PASS2PAY_API';
  readonly retryable = false;

  constructor(
    /** The gateway's number: 9999 for business refusals, 10 to 12 and 5000 to 5004 for others. Source: protocol §2. */
    readonly gatewayCode: number,
    /** The gateway's words, verbatim; they are Chinese. */
    readonly gatewayMessage: string,
    details?: Pass2PayErrorDetails,
  ) {
    super(`The gateway refused the request with code ${gatewayCode}: ${gatewayMessage}`, details);
  }
}

/** An answer whose signature is missing or does not verify; nothing of it was used. Query before you act on it. */
export class Pass2PaySignatureError extends Pass2PayError {
  readonly code = 'PASS2PAY_SIGNATURE';
  readonly retryable = false;
}

/** No usable answer came. `requestSent` tells whether the gateway may have acted on the request. */
export class Pass2PayConnectionError extends Pass2PayError {
  readonly retryable: boolean;

  constructor(
    /** `PASS2PAY_CONNECTION`: no answer; `PASS2PAY_BAD_ANSWER`: an unreadable one; `PASS2PAY_ABORTED`: the caller's signal. */
    readonly code: 'PASS2PAY_CONNECTION' | 'PASS2PAY_BAD_ANSWER' | 'PASS2PAY_ABORTED',
    message: string,
    details: Pass2PayErrorDetails & { requestSent: boolean; httpStatus?: number },
  ) {
    super(message, details);
    this.retryable = code !== 'PASS2PAY_ABORTED';
    this.requestSent = details.requestSent;
    if (details.httpStatus !== undefined) this.httpStatus = details.httpStatus;
  }

  /** False only when the request provably never left: name not resolved, connection refused. */
  readonly requestSent: boolean;
  readonly httpStatus?: number;
}

/** No answer within the time given. The gateway may have acted on the request. */
export class Pass2PayTimeoutError extends Pass2PayError {
  readonly code = 'PASS2PAY_TIMEOUT';
  readonly retryable = true;

  constructor(
    /** The time that was waited, in ms. */
    readonly timeoutMs: number,
    details?: Pass2PayErrorDetails,
  ) {
    super(
      `The gateway did not answer within ${timeoutMs} ms. It may have acted on the request: query the order before you repeat or replace it.`,
      details,
    );
  }
}

/** The gateway limits requests per endpoint and minute, and this one was over the limit; it was not acted on. */
export class Pass2PayRateLimitError extends Pass2PayError {
  readonly code = 'PASS2PAY_RATE_LIMIT';
  readonly retryable = true;

  constructor(
    /** How long the gateway asks to wait, in ms; undefined where it did not say. */
    readonly retryAfterMs: number | undefined,
    details?: Pass2PayErrorDetails,
  ) {
    const wait = retryAfterMs === undefined ? 'Wait up to a minute' : `Wait ${retryAfterMs} ms`;
    super(`The gateway's rate limit is reached (HTTP 429). ${wait}, then call again.`, details);
  }
}
