import type { DialectName } from '../../gateway/dialects/dialect.js';
import type { CaseParams, Signing } from './compare-case.js';
import type { Divergence } from './compare-responses.js';

/** What two gateways are compared with, and on whose account. */
export interface ReportSubject {
  /** Of this package: another version may have other cases. */
  readonly version: string;
  /** The gateway's URL. */
  readonly target: string;
  readonly dialect: DialectName;
  readonly mchNo: string;
  readonly appId: string;
}

/** What was sent, without its signature. */
export interface ReportedRequest {
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly signature: Signing;
  /** Where it is none of the parameters. */
  readonly body?: string;
  readonly params?: CaseParams;
}

/** What a gateway answered, without signature, traceId, and what it made up. */
export interface ReportedResponse {
  readonly status: number;
  readonly contentType?: string;
  readonly code?: string;
  readonly msg?: string;
  readonly members?: string;
  readonly dataMembers?: string;
}

/** `notSent`: what it builds on did not come about, or the app is not opened for it. It counts as done. */
type CaseOutcome = 'alike' | 'differs' | 'unanswered' | 'notSent';

export interface ReportedCase {
  readonly name: string;
  readonly request: ReportedRequest;
  readonly outcome: CaseOutcome;
  /** Why it was not answered or not sent. */
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

/** @param planned the names of the cases of this run; those that are not in the report are unanswered */
export function countCases(cases: readonly ReportedCase[], planned: readonly string[]): CompareCounts {
  const count = (outcome: CaseOutcome): number => cases.filter((one) => one.outcome === outcome).length;
  const total = new Set([...planned, ...cases.map(({ name }) => name)]).size;
  const [alike, differ, notSent] = [count('alike'), count('differs'), count('notSent')];
  return { total, alike, differ, unanswered: total - alike - differ - notSent, notSent };
}
