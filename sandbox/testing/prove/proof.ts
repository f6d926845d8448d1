import type { FindingCode } from './finding-texts.js';

/** Something that is wrong with the application. */
export interface Finding {
  readonly code: FindingCode;
  /** A `fault` costs money; a `warning` does so under conditions that the text names. */
  readonly severity: 'fault' | 'warning';
  /** What is wrong, in general. */
  readonly title: string;
  /** What was seen. */
  readonly seen: string;
  /** What it costs, with the amount of the order in question. */
  readonly cost: string;
  /** The HTTP request that shows it; its signature is masked. */
  readonly request: string;
  /** What to do about it. */
  readonly remedy: string;
  /** The page of the documents that says more, by its path in the repository. */
  readonly see: string;
  /** The check that found it first, by its id. */
  readonly check: string;
  readonly mchOrderNo: string;
}

/** One check of the proof. */
export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly status: 'passed' | 'warned' | 'failed' | 'skipped';
  /** Why it was skipped. */
  readonly reason?: string;
  readonly durationMs: number;
}

/** What a proof has shown. */
export interface Proof {
  /** Whether no fault was found. A check that was skipped is not counted: see `counts`. */
  readonly passed: boolean;
  readonly notifyUrl: string;
  readonly counts: Readonly<Record<CheckResult['status'], number>>;
  readonly checks: readonly CheckResult[];
  /** In the order in which they were found. */
  readonly findings: readonly Finding[];
  /** In all, ms. */
  readonly durationMs: number;
  /** Without what `orders`, `count` and `restart` took, ms. */
  readonly ownDurationMs: number;
}
