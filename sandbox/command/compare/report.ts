import type { DialectName } from '../../gateway/dialects/dialect.js';
import type { CaseParams, Signing } from './compare-case.js';
import type { Divergence } from './compare-responses.js';

/** The gateway that the sandbox is compared with, and the account. */
export interface ReportSubject {
  /** Version of this package; other versions may have other cases. */
  readonly version: string;
  /** The gateway's URL. */
  readonly target: string;
  readonly dialect: DialectName;
  readonly mchNo: string;
  readonly appId: string;
}

/** The request as sent, without its signature. */
export interface ReportedRequest {
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly signature: Signing;
  /** Set if the body is not built from the parameters. */
  readonly body?: string;
  readonly params?: CaseParams;
}

/** A gateway's response, without signature, traceId and generated values. */
export interface ReportedResponse {
  readonly status: number;
  readonly contentType?: string;
  readonly code?: string;
  readonly msg?: string;
  readonly members?: string;
  readonly dataMembers?: string;
}

/**
 * `notSent`: the case that it depends on failed, or its payment method is not enabled for the app. It counts as done.
 */
type CaseOutcome = 'alike' | 'differs' | 'unanswered' | 'notSent';

export interface ReportedCase {
  readonly name: string;
  readonly request: ReportedRequest;
  readonly outcome: CaseOutcome;
  /** Why there was no response, or why it was not sent. */
  readonly reason?: string;
  readonly expected?: ReportedResponse;
  readonly actual?: ReportedResponse;
  readonly divergences?: readonly Divergence[];
}

export interface CompareReport extends ReportSubject {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly cases: readonly ReportedCase[];
}

export interface CompareCounts {
  readonly total: number;
  readonly alike: number;
  readonly differ: number;
  readonly unanswered: number;
  readonly notSent: number;
}

/** @param planned the names of the cases of this run; cases missing from the report count as unanswered */
export function countCases(cases: readonly ReportedCase[], planned: readonly string[]): CompareCounts {
  const count = (outcome: CaseOutcome): number => cases.filter((one) => one.outcome === outcome).length;
  const total = new Set([...planned, ...cases.map(({ name }) => name)]).size;
  const [alike, differ, notSent] = [count('alike'), count('differs'), count('notSent')];
  return { total, alike, differ, unanswered: total - alike - differ - notSent, notSent };
}
