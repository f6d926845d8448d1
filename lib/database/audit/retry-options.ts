import { Pass2PayValidationError } from '../../errors/pass2pay.errors.js';
import { oneOf, text } from '../../validation/checks.js';
import { optional, required, Rule } from '../../validation/rule.js';
import { readOptions } from './list-options.js';

/** Which failed and dead work to retry; all conditions apply, and at least one is required. */
export class RetryOptions {
  /**
   * `dead`: dead outcomes and after-commit work; `failed`: outcomes that would be retried later anyway; `mismatch`:
   * outcomes that did not match their order, which are compared again. Defaults to all except mismatches.
   */
  @Rule(optional(oneOf('failed', 'dead', 'mismatch')))
  result?: 'failed' | 'dead' | 'mismatch';

  /** One outcome and its after-commit work. */
  @Rule(optional(text(160)))
  idempotencyKey?: string;

  /** Payments or transfers. */
  @Rule(optional(oneOf('payment', 'transfer')))
  kind?: 'payment' | 'transfer';

  /** Their merchant. */
  @Rule(optional(text(30)))
  mchNo?: string;

  /** Their order or transfer; case and trailing spaces are ignored, as by the gateway. */
  @Rule(optional(text(64)))
  mchOrderNo?: string;

  /** Class and method of an after-commit handler; only its work is retried. */
  @Rule(optional(text(200)))
  handler?: string;
}

/** Which outcome to pass to its handlers again. */
export class ReplayOptions {
  /** The idempotencyKey of an applied outcome, from a handler or `list`. */
  @Rule(required('the outcome, such as payment:M1621873433953:P1795063328371040258:2', text(160)))
  idempotencyKey!: string;

  /** Class and method of the only handler to run, such as `Fulfilment.markPaid`. Defaults to all handlers. */
  @Rule(optional(text(200)))
  handler?: string;

  /** Who requested it and why, for the record: up to 500 characters. */
  @Rule(required('who requested it, and why', text(500)))
  reason!: string;
}

/** @throws Pass2PayValidationError with every issue. */
export function readRetryOptions(given: unknown): RetryOptions {
  const options = readOptions(RetryOptions, given);
  const issues: { field: string; message: string }[] = [];
  if (Object.values(options).every((value) => value === undefined)) {
    const message = `options must select what to retry, e.g. { result: 'dead' } for everything dead`;
    issues.push({ field: 'options', message });
  }
  const { result, handler } = options;
  if (handler !== undefined && result !== undefined && result !== 'dead') {
    const message = `handler selects after-commit work, which is never ${result}; leave out one of them`;
    issues.push({ field: 'handler', message });
  }
  if (issues.length > 0) throw new Pass2PayValidationError(issues);
  return options;
}
