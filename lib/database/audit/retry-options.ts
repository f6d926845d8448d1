import { Pass2PayValidationError } from '../../errors/pass2pay.errors.js';
import { oneOf, text } from '../../validation/checks.js';
import { optional, required, Rule } from '../../validation/rule.js';
import { readOptions } from './list-options.js';

/** What to try again: what failed, or was given up, and all of it applies to. At least one is to be given. */
export class RetryOptions {
  /**
   * `dead`: outcomes and work after commits that were given up; `failed`: outcomes that are to be tried again later anyhow;
   * `mismatch`: outcomes that did not match their order, which is then compared again. All but mismatches where left out.
   */
  @Rule(optional(oneOf('failed', 'dead', 'mismatch')))
  result?: 'failed' | 'dead' | 'mismatch';

  /** One outcome, and what is to be done after its commit. */
  @Rule(optional(text(160)))
  idempotencyKey?: string;

  /** Whether they are of payments or of transfers. */
  @Rule(optional(oneOf('payment', 'transfer')))
  kind?: 'payment' | 'transfer';

  /** The merchant whose they are. */
  @Rule(optional(text(30)))
  mchNo?: string;

  /** The order or transfer whose they are, as the gateway compares numbers. */
  @Rule(optional(text(64)))
  mchOrderNo?: string;

  /** Class and method of a handler that runs after commits: only its work. */
  @Rule(optional(text(200)))
  handler?: string;
}

/** What to hand to its handlers again. */
export class ReplayOptions {
  /** The outcome, as handlers and `list` give it: one that was applied. */
  @Rule(required('the outcome, such as payment:M1621873433953:P1795063328371040258:2', text(160)))
  idempotencyKey!: string;

  /** Class and method of the one handler that is to get it, such as `Fulfilment.markPaid`; all of them where left out. */
  @Rule(optional(text(200)))
  handler?: string;

  /** Who asks for it, and why, for the record: up to 500 characters. */
  @Rule(required('who asks for it, and why', text(500)))
  reason!: string;
}

/** @throws Pass2PayValidationError with every issue. */
export function readRetryOptions(given: unknown): RetryOptions {
  const options = readOptions(RetryOptions, given);
  const issues: { field: string; message: string }[] = [];
  if (Object.values(options).every((value) => value === undefined)) {
    const message = `options must say what to retry; { result: 'dead' } is all that was given up`;
    issues.push({ field: 'options', message });
  }
  const { result, handler } = options;
  if (handler !== undefined && result !== undefined && result !== 'dead') {
    const message = `handler is of work after commits, which is never ${result}; leave one of the two out`;
    issues.push({ field: 'handler', message });
  }
  if (issues.length > 0) throw new Pass2PayValidationError(issues);
  return options;
}
