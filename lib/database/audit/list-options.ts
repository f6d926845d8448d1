import { Pass2PayValidationError } from '../../errors/pass2pay.errors.js';
import { oneOf, text } from '../../validation/checks.js';
import { issuesOf } from '../../validation/issues.js';
import { isObject, wholeNumber } from '../../validation/option-rules.js';
import { check, optional, Rule } from '../../validation/rule.js';
import type { ReplayStatus } from '../replay/replay-table.js';
import type { AfterCommitStatus } from '../after-commit/after-commit-table.js';

/** What became of an outcome: see `StoredOutcome.result`. */
export type OutcomeResult = 'received' | 'applied' | 'duplicate' | 'stale' | 'mismatch' | 'failed' | 'dead';

const RESULTS = ['received', 'applied', 'duplicate', 'stale', 'mismatch', 'failed', 'dead'] as const;
const MAX_ENTRIES = 1_000;

const place = check({ type: 'string', pattern: '^[1-9][0-9]{0,14}$' }, (value) =>
  typeof value === 'string' && /^[1-9]\d{0,14}$/.test(value) ? undefined : 'must be the next of another page',
);

/** A page of a list. */
export class PageOptions {
  /** How many at most: up to 1,000; 100 where left out. */
  @Rule(optional(wholeNumber(1, MAX_ENTRIES)))
  limit?: number;

  /** `next` of the page before. */
  @Rule(optional(place))
  after?: string;
}

/** Which outcomes to list: those to which all of it applies. */
export class OutcomeListOptions extends PageOptions {
  /** What became of them. */
  @Rule(optional(oneOf(...RESULTS)))
  result?: OutcomeResult;

  /** Whether they are of payments or of transfers. */
  @Rule(optional(oneOf('payment', 'transfer')))
  kind?: 'payment' | 'transfer';

  /** The merchant whose they are. */
  @Rule(optional(text(30)))
  mchNo?: string;

  /** The order or transfer whose they are, as the gateway compares numbers: without case and trailing spaces. */
  @Rule(optional(text(64)))
  mchOrderNo?: string;
}

/** Which work after commits to list. */
export class AfterCommitListOptions extends PageOptions {
  /** Whether it is to be done, or given up. */
  @Rule(optional(oneOf('pending', 'dead')))
  status?: AfterCommitStatus;

  /** Class and method of the handler that is to do it. */
  @Rule(optional(text(200)))
  handler?: string;

  /** The merchant whose it is. */
  @Rule(optional(text(30)))
  mchNo?: string;

  /** The order or transfer whose it is, as the gateway compares numbers. */
  @Rule(optional(text(64)))
  mchOrderNo?: string;
}

/** Which replays to list. */
export class ReplayListOptions extends PageOptions {
  /** What became of them. */
  @Rule(optional(oneOf('pending', 'done', 'failed')))
  status?: ReplayStatus;

  /** The outcome that they are of. */
  @Rule(optional(text(160)))
  idempotencyKey?: string;
}

/** A page, and where it begins. */
export interface Paging {
  limit: number;
  /** The id before which it begins; undefined for the first one. */
  before: number | undefined;
}

/** @throws Pass2PayValidationError with every issue. */
export function readOptions<Options extends object>(type: new () => Options, given: unknown): Options {
  const options = Object.assign(new type(), isObject(given) ? given : {});
  const issues = issuesOf(options);
  if (given !== undefined && !isObject(given)) issues.push({ field: 'options', message: 'options must be an object' });
  if (issues.length > 0) throw new Pass2PayValidationError(issues);
  return options;
}

export function pagingOf({ limit = 100, after }: PageOptions): Paging {
  return { limit, before: after === undefined ? undefined : Number(after) };
}
