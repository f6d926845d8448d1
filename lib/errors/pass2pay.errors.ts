/** The stable names of what can go wrong; they do not change between releases. */
export type Pass2PayErrorCode =
  | 'PASS2PAY_CONFIG'
  | 'PASS2PAY_MERCHANT'
  | 'PASS2PAY_MERCHANT_ORDERS'
  | 'PASS2PAY_VALIDATION'
  | 'PASS2PAY_API'
  | 'PASS2PAY_SIGNATURE'
  | 'PASS2PAY_CONNECTION'
  | 'PASS2PAY_BAD_RESPONSE'
  | 'PASS2PAY_ABORTED'
  | 'PASS2PAY_TIMEOUT'
  | 'PASS2PAY_RATE_LIMIT'
  | 'PASS2PAY_CIRCUIT_OPEN'
  | 'PASS2PAY_OUTCOME_UNKNOWN'
  | 'PASS2PAY_ORDER_CONFLICT'
  | 'PASS2PAY_ALREADY_PAID'
  | 'PASS2PAY_CUSTOMER_LIMIT';

export interface Pass2PayErrorDetails {
  /** The order that the call was about. */
  mchOrderNo?: string;
  /** The gateway's own mark of the request; quote it to Pass2Pay's support. */
  traceId?: string;
  cause?: unknown;
  /** Whether the call only reads, as a query does: then it is safe to repeat, whatever became of it. */
  readOnly?: boolean;
}

/**
 * What to do about a request that may have reached the gateway and whose response cannot be used.
 *
 * @param subject of the sentence for a call that changes something
 */
export function remedyAfterSending({ readOnly }: Pass2PayErrorDetails, subject = 'The gateway'): string {
  return readOnly === true
    ? 'The query changes nothing and is safe to repeat.'
    : `${subject} may have acted on the request: query the order before you repeat or replace it.`;
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

/** One issue of an input: which field, and what is wrong with it and what to give instead. */
export interface ValidationIssue {
  /** The path of the field, such as `registerTime` or `merchants[0].secrets`. */
  field: string;
  /** A sentence that begins with the field's path. */
  message: string;
}

/** The module's options are wrong. Thrown when the application starts; lists every issue. */
export class Pass2PayConfigError extends Pass2PayError {
  readonly code = 'PASS2PAY_CONFIG';
  readonly retryable = false;

  constructor(
    readonly issues: readonly ValidationIssue[],
    instance?: string,
  ) {
    const of = instance === undefined ? 'Pass2PayModule' : `Pass2PayModule "${instance}"`;
    super(`The options of ${of} are wrong:\n${issues.map((issue) => `  - ${issue.message}`).join('\n')}`);
  }
}

/** The `merchantResolver` failed, or gave a merchant that cannot be right. Nothing was sent, and no other merchant used. */
export class Pass2PayMerchantError extends Pass2PayError {
  readonly code = 'PASS2PAY_MERCHANT';
  readonly retryable = true;
}

/**
 * The application's `merchantOrders` failed, or gave an answer that cannot be compared with an event; the message names the
 * method and the field. The event is not acknowledged, and comes again.
 */
export class Pass2PayMerchantOrdersError extends Pass2PayError {
  readonly code = 'PASS2PAY_MERCHANT_ORDERS';
  readonly retryable = true;
}

/** The parameters of a call are wrong; nothing was sent. Lists every issue. */
export class Pass2PayValidationError extends Pass2PayError {
  readonly code = 'PASS2PAY_VALIDATION';
  readonly retryable = false;

  constructor(
    readonly issues: readonly ValidationIssue[],
    details?: Pass2PayErrorDetails,
  ) {
    super(issues.map((issue) => issue.message).join('; '), details);
  }
}

/** The gateway received the request and refused it. */
export class Pass2PayApiError extends Pass2PayError {
  readonly code = 'PASS2PAY_API';
  readonly retryable = false;

  constructor(
    /** The gateway's number: 9999 for business refusals, 10 to 12 and 5000 to 5004 for others. Source: protocol §2. */
    readonly gatewayCode: number,
    /**
     * The gateway's words; they are Chinese. One printable line of at most 200 characters, without signatures and without
     * what they repeat of a payer's data.
     */
    readonly gatewayMessage: string,
    /** What the words mean and what to do, in English. */
    readonly explanation: string,
    details?: Pass2PayErrorDetails,
  ) {
    super(`The gateway refused the request with code ${gatewayCode} (${gatewayMessage}). ${explanation}`, details);
  }
}

/** An answer whose signature is missing or does not verify; nothing of it was used. Query before you act on it. */
export class Pass2PaySignatureError extends Pass2PayError {
  readonly code = 'PASS2PAY_SIGNATURE';
  readonly retryable = false;
}

/** No usable response came. `mayHaveActed` tells whether the gateway can have acted on the request. */
export class Pass2PayConnectionError extends Pass2PayError {
  readonly retryable: boolean;

  constructor(
    /** `PASS2PAY_CONNECTION`: no answer; `PASS2PAY_BAD_RESPONSE`: an unreadable one; `PASS2PAY_ABORTED`: the caller's signal. */
    readonly code: 'PASS2PAY_CONNECTION' | 'PASS2PAY_BAD_RESPONSE' | 'PASS2PAY_ABORTED',
    message: string,
    details: Pass2PayErrorDetails & {
      requestSent: boolean;
      httpStatus?: number;
      /** False where the response proves that the gateway did nothing. Otherwise what was sent may have been acted on. */
      mayHaveActed?: boolean;
      retryable?: boolean;
    },
  ) {
    super(message, details);
    const { requestSent, readOnly = false, httpStatus } = details;
    this.retryable = details.retryable ?? code !== 'PASS2PAY_ABORTED';
    this.requestSent = requestSent;
    this.mayHaveActed = details.mayHaveActed ?? (requestSent && !readOnly);
    if (httpStatus !== undefined) this.httpStatus = httpStatus;
  }

  /** False only when the request provably never left: name not resolved, connection refused. */
  readonly requestSent: boolean;
  /**
   * Whether the gateway can have acted on the request. False where it never left, for a query, which only reads, and for
   * HTTP status 404 or 405: the gateway has no such path.
   */
  readonly mayHaveActed: boolean;
  /** The response's HTTP status, where one came. */
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
    super(`The gateway did not answer within ${timeoutMs} ms. ${remedyAfterSending(details ?? {}, 'It')}`, details);
  }
}

/** A request is over the gateway's rate limit, or over a limit that the options set; it was not acted on. */
export class Pass2PayRateLimitError extends Pass2PayError {
  readonly code = 'PASS2PAY_RATE_LIMIT';
  readonly retryable = true;

  constructor(
    /** How long to wait before the next call, in ms; undefined where it is not known. */
    readonly retryAfterMs: number | undefined,
    /** Who limits: the gateway (HTTP 429), or this process by the module's options; then nothing was sent. */
    readonly limitedBy: 'gateway' | 'options',
    details?: Pass2PayErrorDetails,
  ) {
    const limit =
      limitedBy === 'gateway'
        ? "The gateway's rate limit is reached (HTTP 429)"
        : 'A limit of the module’s options is reached';
    const wait = retryAfterMs === undefined ? 'Wait up to a minute' : `Wait ${retryAfterMs} ms`;
    super(`${limit}. ${wait}, then call again.`, details);
  }
}

/** The gateway failed several times in a row, and is left alone for a while; nothing was sent. */
export class Pass2PayCircuitOpenError extends Pass2PayError {
  readonly code = 'PASS2PAY_CIRCUIT_OPEN';
  readonly retryable = true;

  constructor(
    /** How long the gateway is left alone after a failure, in ms. */
    readonly retryAfterMs: number,
    details?: Pass2PayErrorDetails,
  ) {
    super(
      `The gateway failed several times in a row and is left alone for up to ${retryAfterMs} ms; nothing was sent. Call again after that.`,
      details,
    );
  }
}

/**
 * An order or transfer may exist or not: the create's answer was lost, and a query did not tell. Do not treat it as
 * failed, and do not replace it by one with another number. Query it later, or call the create again with the same
 * mchOrderNo: that finds it, or makes it if it does not exist.
 */
export class Pass2PayOutcomeUnknownError extends Pass2PayError {
  readonly code = 'PASS2PAY_OUTCOME_UNKNOWN';
  readonly retryable = true;

  constructor(details: Pass2PayErrorDetails & { mchOrderNo: string }) {
    super(
      `It is not known whether ${details.mchOrderNo} was made. Do not treat it as failed, nor replace it by another number: query it, or repeat the call with the same mchOrderNo.`,
      details,
    );
  }
}

/**
 * The mchOrderNo is taken by another order of the merchant: of another amount, currency or app, or one whose number differs
 * in case or trailing spaces only, which the gateway does not tell apart. This call made none.
 */
export class Pass2PayOrderConflictError extends Pass2PayError {
  readonly code = 'PASS2PAY_ORDER_CONFLICT';
  readonly retryable = false;

  constructor(
    /** How the order that has the number differs, such as `amount is 100, not 200`. */
    readonly differences: readonly string[],
    details: Pass2PayErrorDetails & { mchOrderNo: string; remedy?: string },
  ) {
    const { mchOrderNo, remedy = 'Use a number of its own for each order.' } = details;
    super(`There is another order under ${mchOrderNo}: ${differences.join('; ')}. ${remedy}`, details);
  }
}

/**
 * The key of a checkout is paid: the gateway has said so of an order under it. No other order was made. For another purchase, use
 * a key of its own.
 */
export class Pass2PayAlreadyPaidError extends Pass2PayError {
  readonly code = 'PASS2PAY_ALREADY_PAID';
  readonly retryable = false;

  constructor(
    /** The key, as `checkout` was given it. */
    readonly key: string,
    details: Pass2PayErrorDetails & { mchOrderNo: string },
  ) {
    super(
      `The key ${key} is paid, by order ${details.mchOrderNo}; no other order was made. For another purchase, use a key of its own.`,
      details,
    );
  }
}

/**
 * Five of the customer's payment orders have expired unpaid within 24 hours. The gateway takes no more orders of a customer
 * after the sixth, so this one was not sent: see `limitTimedOutOrders`. Source: protocol §9.
 */
export class Pass2PayCustomerLimitError extends Pass2PayError {
  readonly code = 'PASS2PAY_CUSTOMER_LIMIT';
  readonly retryable = true;

  constructor(
    /** When the customer can order again, as long as no other order of theirs expires meanwhile. */
    readonly retryAt: Date,
    details?: Pass2PayErrorDetails,
  ) {
    super(
      `Nothing was sent: five orders of the customer have expired unpaid within 24 hours, and after a sixth the gateway takes no more orders of the customer. Create the order again from ${retryAt.toISOString()} on.`,
      details,
    );
  }
}
