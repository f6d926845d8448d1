import { Pass2PayValidationError } from '../../errors/pass2pay.errors.js';
import { oneOf, text } from '../../validation/checks.js';
import { issuesOf } from '../../validation/issues.js';
import { isObject, setMembers, wholeNumber } from '../../validation/option-rules.js';
import { check, optional, Rule } from '../../validation/rule.js';
import type { ReplayStatus } from '../replay/replay-table.js';
import type { AfterCommitStatus } from '../after-commit/after-commit-table.js';

/** The result of an outcome; see `StoredOutcome.result`. */
export type OutcomeResult = 'received' | 'applied' | 'duplicate' | 'stale' | 'mismatch' | 'failed' | 'dead';

const RESULTS = ['received', 'applied', 'duplicate', 'stale', 'mismatch', 'failed', 'dead'] as const;
const MAX_ENTRIES = 1_000;

const place = check({ type: 'string', pattern: '^[1-9][0-9]{0,14}$' }, (value) =>
  typeof value === 'string' && /^[1-9]\d{0,14}$/.test(value)
    ? undefined
    : 'must be the value of next from another page',
);

/** A page of a list. */
export class PageOptions {
  /** Maximum number of entries: up to 1,000. Defaults to 100. */
  @Rule(optional(wholeNumber(1, MAX_ENTRIES)))
  limit?: number;

  /** `next` of the previous page. */
  @Rule(optional(place))
  after?: string;
}

/** Which outcomes to list; all conditions apply. */
export class OutcomeListOptions extends PageOptions {
  /** Their result or status. */
  @Rule(optional(oneOf(...RESULTS)))
  result?: OutcomeResult;

  /** Payments or transfers. */
  @Rule(optional(oneOf('payment', 'transfer')))
  kind?: 'payment' | 'transfer';

  /** Their merchant. */
  @Rule(optional(text(30)))
  mchNo?: string;

  /** Their order or transfer; case and trailing spaces are ignored, as by the gateway. */
  @Rule(optional(text(64)))
  mchOrderNo?: string;
}

/** Which after-commit work to list. */
export class AfterCommitListOptions extends PageOptions {
  /** `pending` or `dead`. */
  @Rule(optional(oneOf('pending', 'dead')))
  status?: AfterCommitStatus;

  /** Class and method of its handler. */
  @Rule(optional(text(200)))
  handler?: string;

  /** Its merchant. */
  @Rule(optional(text(30)))
  mchNo?: string;

  /** Its order or transfer; case and trailing spaces are ignored, as by the gateway. */
  @Rule(optional(text(64)))
  mchOrderNo?: string;
}

/** Which replays to list. */
export class ReplayListOptions extends PageOptions {
  /** Their result or status. */
  @Rule(optional(oneOf('pending', 'done', 'failed')))
  status?: ReplayStatus;

  /** Their outcome. */
  @Rule(optional(text(160)))
  idempotencyKey?: string;
}

/** A page and its position. */
export interface Paging {
  limit: number;
  /** The id before which it starts; undefined for the first page. */
  before: number | undefined;
}

/** @throws Pass2PayValidationError with every issue. */
export function readOptions<Options extends object>(type: new () => Options, given: unknown): Options {
  const options = Object.assign(new type(), setMembers(isObject(given) ? given : {}));
  const issues = issuesOf(options);
  if (given !== undefined && !isObject(given)) issues.push({ field: 'options', message: 'options must be an object' });
  if (issues.length > 0) throw new Pass2PayValidationError(issues);
  return options;
}

export function pagingOf({ limit = 100, after }: PageOptions): Paging {
  return { limit, before: after === undefined ? undefined : Number(after) };
}
