import type { FindingCode } from './finding-texts.js';

/** A problem of the application. */
export interface Finding {
  readonly code: FindingCode;
  /** A `fault` costs money; a `warning` does so under the conditions in its text. */
  readonly severity: 'fault' | 'warning';
  /** What is wrong, in general. */
  readonly title: string;
  /** What was observed. */
  readonly seen: string;
  /** What it costs, with the amount of the order. */
  readonly cost: string;
  /** The HTTP request that reproduces it, with its signature masked. */
  readonly request: string;
  /** What to do about it. */
  readonly remedy: string;
  /** The page of the documentation with more details, as a path in the repository. */
  readonly see: string;
  /** The ID of the check that found it first. */
  readonly check: string;
  readonly mchOrderNo: string;
}

/** The result of a check. */
export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly status: 'passed' | 'warned' | 'failed' | 'skipped';
  /** Why it was skipped. */
  readonly reason?: string;
  readonly durationMs: number;
}

/** The result of a proof. */
export interface Proof {
  /** Whether no fault was found. Skipped checks are ignored: see `counts`. */
  readonly passed: boolean;
  readonly notifyUrl: string;
  readonly counts: Readonly<Record<CheckResult['status'], number>>;
  readonly checks: readonly CheckResult[];
  /** In the order in which they were found. */
  readonly findings: readonly Finding[];
  /** The total duration, in ms. */
  readonly durationMs: number;
  /** The duration without `orders`, `count` and `restart`, in ms. */
  readonly ownDurationMs: number;
}
