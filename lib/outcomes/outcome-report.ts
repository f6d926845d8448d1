import { Pass2PayConfigError, Pass2PayValidationError, type ValidationIssue } from '../errors/pass2pay.errors.js';
import type { OrderIdentity } from '../protocol/order-identity.js';

/** The scope of a report. */
export interface ReportPeriod {
  /** Start of the period, inclusive. */
  from: Date;
  /** End of the period, exclusive. */
  to: Date;
  /** One merchant; defaults to all merchants of the instance. */
  mchNo?: string;
}

/** A number of payments or transfers and the sum of their amounts. */
export interface ReportLine {
  count: number;
  /** Minor units; exact beyond 2^53. */
  sum: bigint;
}

/** The totals of a period for one kind and currency. */
export interface ReportTotals {
  kind: OrderIdentity['kind'];
  /** In lower case. */
  currency: string;
  /** Successes whose handlers committed within the period. */
  applied: ReportLine;
  /** Those of `applied` that arrived after the order had failed or closed. */
  late: ReportLine;
  /**
   * Redelivered notifies of an applied success, which had no effect: all for the successes in `applied`, and those
   * within the period for successes that were imported by `Pass2PayOrders.import`.
   */
  duplicates: ReportLine;
  /** Successes that arrived within the period after the order's refund had been applied, without effect. */
  stale: ReportLine;
  /** Refunds whose handlers committed within the period. */
  refunded: ReportLine;
  /** Successes that arrived within the period and do not match the merchant's order, with the received amount. */
  mismatched: ReportLine;
  /** Successes that arrived before the period's end and are still waiting for their handlers. */
  toApply: ReportLine;
  /** Successes that arrived before the period's end and are now dead. */
  dead: ReportLine;
}

/**
 * Why an order is in a report: its create's outcome is unknown; the gateway state is not applied; a transfer needs
 * attention; the order table does not contain it; or the gateway's data does not match the merchant's order.
 */
export type ReportReason = 'create-unknown' | 'not-applied' | 'needs-attention' | 'unknown-order' | 'mismatch';

/** An order or transfer whose state at the gateway is not what was applied. */
export interface OrderDifference extends OrderIdentity {
  reason: ReportReason;
  /** payOrderId or transferId, if known. */
  gatewayId?: string;
  /** The state at the gateway, if known. */
  gatewayState?: number;
  /** The last state whose handlers committed, if any. */
  lastApplied?: number;
  /** Minor units: the order's amount or, for `mismatch` and `unknown-order`, the gateway's. */
  amount: number;
  currency: string;
  /** When the module first received the state, or when the create started. */
  since: Date;
}

/** The figures of a period for accounting. */
export interface OutcomeReport extends ReportPeriod {
  /** One entry for each kind and currency with activity. */
  totals: readonly ReportTotals[];
  /**
   * Every order whose gateway state is not applied now and was not applied by the period's end, and every mismatch of
   * the period. Read page by page during iteration; each iteration reads again.
   */
  differences(): AsyncIterable<OrderDifference>;
}

/** Reads a period from the outcome table. */
export abstract class OutcomeReports {
  /** @throws what the library throws. */
  abstract report(period: ReportPeriod): Promise<OutcomeReport>;
}

/** Without a database, there is no record of applied outcomes. */
export class NoReports extends OutcomeReports {
  /** @throws Pass2PayConfigError */
  override async report(): Promise<never> {
    const message = 'database is required for Reconciler.report, which reads the order and outcome tables; set it';
    throw new Pass2PayConfigError([{ field: 'database', message }]);
  }
}

/** @throws Pass2PayValidationError with every issue. */
export function checkPeriod({ from, to, mchNo }: ReportPeriod): void {
  const issues: ValidationIssue[] = Object.entries({ from, to })
    .filter(([, date]) => !(date instanceof Date) || Number.isNaN(date.getTime()))
    .map(([field]) => ({ field, message: `${field} must be a valid Date` }));
  if (issues.length === 0 && from >= to) issues.push({ field: 'to', message: 'to must be after from' });
  if (mchNo !== undefined && (typeof mchNo !== 'string' || mchNo === '')) {
    issues.push({
      field: 'mchNo',
      message: 'mchNo must be a non-empty string; leave it out for all merchants',
    });
  }
  if (issues.length > 0) throw new Pass2PayValidationError(issues);
}
