/** Stable error codes; they do not change between releases. */
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
  /** The gateway's request ID; quote it to Pass2Pay support. */
  traceId?: string;
  cause?: unknown;
  /** Whether the call only reads, as a query does; such a call is always safe to repeat. */
  readOnly?: boolean;
}

/**
 * What to do when a request may have reached the gateway and its response cannot be used.
 *
 * @param subject the subject of the sentence, for calls that are not read-only
 */
export function remedyAfterSending({ readOnly }: Pass2PayErrorDetails, subject = 'The gateway'): string {
  return readOnly === true
    ? 'The query changes nothing and is safe to repeat.'
    : `${subject} may have processed the request: query the order before you repeat or replace it.`;
}

/** Base class of every error that this module throws. The message says what to do. */
export abstract class Pass2PayError extends Error {
  abstract readonly code: Pass2PayErrorCode;
  /** Whether the same call may succeed later. Query a create before repeating it; see the subclass. */
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

/** One validation issue: the field, what is wrong with it and what to pass instead. */
export interface ValidationIssue {
  /** The path of the field, such as `registerTime` or `merchants[0].secrets`. */
  field: string;
  /** A message that starts with the field's path. */
  message: string;
}

/** The module's options are invalid. Thrown when the application starts; lists every issue. */
export class Pass2PayConfigError extends Pass2PayError {
  readonly code = 'PASS2PAY_CONFIG';
  readonly retryable = false;

  constructor(
    readonly issues: readonly ValidationIssue[],
    instance?: string,
  ) {
    const of = instance === undefined ? 'Pass2PayModule' : `Pass2PayModule "${instance}"`;
    super(`Invalid ${of} options:\n${issues.map((issue) => `  - ${issue.message}`).join('\n')}`);
  }
}

/** The `merchantResolver` failed or returned an invalid merchant. Nothing was sent, and no other merchant was used. */
export class Pass2PayMerchantError extends Pass2PayError {
  readonly code = 'PASS2PAY_MERCHANT';
  readonly retryable = true;
}

/**
 * The application's `merchantOrders` failed or returned a value that cannot be compared with an event; the message
 * names the method and the field. The event is not acknowledged and will be redelivered.
 */
export class Pass2PayMerchantOrdersError extends Pass2PayError {
  readonly code = 'PASS2PAY_MERCHANT_ORDERS';
  readonly retryable = true;
}

/** The parameters of a call are invalid; nothing was sent. Lists every issue. */
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
    /** The gateway's code: 9999 for business refusals, 10 to 12 and 5000 to 5004 for others. Source: protocol §2. */
    readonly gatewayCode: number,
    /**
     * The gateway's message, in Chinese. One printable line of at most 200 characters, without signatures and without
     * payer data.
     */
    readonly gatewayMessage: string,
    /** What the message means and what to do, in English. */
    readonly explanation: string,
    details?: Pass2PayErrorDetails,
  ) {
    super(`The gateway refused the request with code ${gatewayCode} (${gatewayMessage}). ${explanation}`, details);
  }
}

/** A response whose signature is missing or invalid; it was discarded. Query the order before you continue. */
export class Pass2PaySignatureError extends Pass2PayError {
  readonly code = 'PASS2PAY_SIGNATURE';
  readonly retryable = false;
}

/** No usable response was received. `mayHaveActed` tells whether the gateway may have processed the request. */
export class Pass2PayConnectionError extends Pass2PayError {
  readonly retryable: boolean;

  constructor(
    /**
     * `PASS2PAY_CONNECTION`: no response; `PASS2PAY_BAD_RESPONSE`: unreadable response; `PASS2PAY_ABORTED`: aborted by
     * the caller's signal.
     */
    readonly code: 'PASS2PAY_CONNECTION' | 'PASS2PAY_BAD_RESPONSE' | 'PASS2PAY_ABORTED',
    message: string,
    details: Pass2PayErrorDetails & {
      requestSent: boolean;
      httpStatus?: number;
      /** False if the response proves that the gateway did nothing. Otherwise the request may have been processed. */
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

  /** False only if the request was certainly not sent: name not resolved, connection refused. */
  readonly requestSent: boolean;
  /**
   * Whether the gateway may have processed the request. False if it was never sent, for a query, which only reads, and
   * for HTTP status 404 or 405, which mean that the path does not exist.
   */
  readonly mayHaveActed: boolean;
  /** The HTTP status of the response, if there was one. */
  readonly httpStatus?: number;
}

/** No response within the timeout. The gateway may have processed the request. */
export class Pass2PayTimeoutError extends Pass2PayError {
  readonly code = 'PASS2PAY_TIMEOUT';
  readonly retryable = true;

  constructor(
    /** The timeout, in ms. */
    readonly timeoutMs: number,
    details?: Pass2PayErrorDetails,
  ) {
    super(`The gateway did not respond within ${timeoutMs} ms. ${remedyAfterSending(details ?? {}, 'It')}`, details);
  }
}

/** The request exceeded the gateway's rate limit, or a limit set in the options; it was not processed. */
export class Pass2PayRateLimitError extends Pass2PayError {
  readonly code = 'PASS2PAY_RATE_LIMIT';
  readonly retryable = true;

  constructor(
    /** How long to wait before the next call, in ms; undefined if unknown. */
    readonly retryAfterMs: number | undefined,
    /**
     * What limited the call: the gateway (HTTP 429), or this process by the module's options, in which case nothing was
     * sent.
     */
    readonly limitedBy: 'gateway' | 'options',
    details?: Pass2PayErrorDetails,
  ) {
    const limit =
      limitedBy === 'gateway'
        ? "The gateway's rate limit was exceeded (HTTP 429)"
        : 'A limit set in the module’s options was exceeded';
    const wait = retryAfterMs === undefined ? 'Wait up to a minute' : `Wait ${retryAfterMs} ms`;
    super(`${limit}. ${wait}, then call again.`, details);
  }
}

/** The circuit breaker is open after repeated failures of the gateway; nothing was sent. */
export class Pass2PayCircuitOpenError extends Pass2PayError {
  readonly code = 'PASS2PAY_CIRCUIT_OPEN';
  readonly retryable = true;

  constructor(
    /** Maximum time until the circuit breaker lets a call through again, in ms. */
    readonly retryAfterMs: number,
    details?: Pass2PayErrorDetails,
  ) {
    super(
      `The circuit breaker is open after repeated gateway failures; nothing was sent. Retry in ${retryAfterMs} ms.`,
      details,
    );
  }
}

/**
 * It is unknown whether an order or transfer exists: the create's response was lost, and a query did not decide it. Do
 * not treat it as failed, and do not replace it with one that has another number. Query it later, or repeat the create
 * with the same mchOrderNo, which returns it, or creates it if it does not exist.
 */
export class Pass2PayOutcomeUnknownError extends Pass2PayError {
  readonly code = 'PASS2PAY_OUTCOME_UNKNOWN';
  readonly retryable = true;

  constructor(details: Pass2PayErrorDetails & { mchOrderNo: string }) {
    super(
      `It is unknown whether ${details.mchOrderNo} was created. Do not treat it as failed or replace it with another number: query it, or repeat the call with the same mchOrderNo.`,
      details,
    );
  }
}

/**
 * The mchOrderNo belongs to another order of the merchant: one with a different amount, currency or app, or one whose
 * number differs only in case or trailing spaces, which the gateway ignores. This call created no order.
 */
export class Pass2PayOrderConflictError extends Pass2PayError {
  readonly code = 'PASS2PAY_ORDER_CONFLICT';
  readonly retryable = false;

  constructor(
    /** How the existing order differs, such as `amount is 100, not 200`. */
    readonly differences: readonly string[],
    details: Pass2PayErrorDetails & { mchOrderNo: string; remedy?: string },
  ) {
    const { mchOrderNo, remedy = 'Use a different number for each order.' } = details;
    super(`Another order has the number ${mchOrderNo}: ${differences.join('; ')}. ${remedy}`, details);
  }
}

/**
 * The checkout has been paid: the gateway has reported an order under this key as paid. No other order was created. Use
 * a new key for another purchase.
 */
export class Pass2PayAlreadyPaidError extends Pass2PayError {
  readonly code = 'PASS2PAY_ALREADY_PAID';
  readonly retryable = false;

  constructor(
    /** The key that was passed to `checkout`. */
    readonly key: string,
    details: Pass2PayErrorDetails & { mchOrderNo: string },
  ) {
    super(
      `The checkout ${key} has already been paid by order ${details.mchOrderNo}; no other order was created. Use a new key for another purchase.`,
      details,
    );
  }
}

/**
 * Five of the customer's payment orders have expired unpaid within 24 hours. After a sixth, the gateway refuses further
 * orders of the customer, so this one was not sent; see `limitTimedOutOrders`. Source: protocol §9.
 */
export class Pass2PayCustomerLimitError extends Pass2PayError {
  readonly code = 'PASS2PAY_CUSTOMER_LIMIT';
  readonly retryable = true;

  constructor(
    /** When the customer can order again, if no other order of theirs expires before then. */
    readonly retryAt: Date,
    details?: Pass2PayErrorDetails,
  ) {
    super(
      `Nothing was sent: five orders of this customer have expired unpaid within 24 hours, and after a sixth the gateway would refuse the customer's orders. Create the order again after ${retryAt.toISOString()}.`,
      details,
    );
  }
}
