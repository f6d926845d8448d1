import { Pass2PayConfigError, Pass2PayValidationError, type ValidationIssue } from '../errors/pass2pay.errors.js';
import type { OrderIdentity } from '../protocol/order-identity.js';

/** What a report covers. */
export interface ReportPeriod {
  /** The period's beginning, which is part of it. */
  from: Date;
  /** The period's end, which is not part of it. */
  to: Date;
  /** One merchant; all of the instance's where left out. */
  mchNo?: string;
}

/** A number of payments or transfers, and their amounts added up. */
export interface ReportLine {
  count: number;
  /** Minor units; exact beyond 2^53. */
  sum: bigint;
}

/** What a period came to, of one kind and currency. */
export interface ReportTotals {
  kind: OrderIdentity['kind'];
  /** In lower case. */
  currency: string;
  /** Successes whose handlers committed within the period. */
  applied: ReportLine;
  /** Those of `applied` that came after the order had failed or closed. */
  late: ReportLine;
  /**
   * Notifies that told again of a success that had been applied, and had no effect: of the successes in `applied`, however late
   * they came, and within the period of successes whose effect the module knows by `Pass2PayOrders.import` only.
   */
  duplicates: ReportLine;
  /** Successes that came within the period, after the order's refund had been applied: they had no effect. */
  stale: ReportLine;
  /** Refunds whose handlers committed within the period. */
  refunded: ReportLine;
  /** Successes that came within the period and do not match the merchant's order, with the amount that came. */
  mismatched: ReportLine;
  /** Successes that came before the period's end and still wait for their handlers now. */
  toApply: ReportLine;
  /** Successes that came before the period's end and whose handlers are given up now. */
  dead: ReportLine;
}

/**
 * Why an order stands in a report: nobody knows whether its create was made; the gateway's state is not applied; a transfer does
 * not go on by itself; the table of orders does not have it; or what the gateway says does not match the merchant's order.
 */
export type ReportReason = 'create-unknown' | 'not-applied' | 'needs-attention' | 'unknown-order' | 'mismatch';

/** An order or transfer whose state at the gateway is not what was applied. */
export interface OrderDifference extends OrderIdentity {
  reason: ReportReason;
  /** payOrderId or transferId, where it is known. */
  gatewayId?: string;
  /** The state at the gateway, where it is known. */
  gatewayState?: number;
  /** The state whose handlers have committed last, where there is one. */
  lastApplied?: number;
  /** Minor units: the order's, or of a `mismatch` and an `unknown-order` what the gateway says. */
  amount: number;
  currency: string;
  /** When the module first heard of the state, or when the create began. */
  since: Date;
}

/** What the merchant's books need of a period. */
export interface OutcomeReport extends ReportPeriod {
  /** One for each kind and currency of which there is something. */
  totals: readonly ReportTotals[];
  /**
   * Every order whose state at the gateway is not what was applied now, and was not before the period's end, and every mismatch
   * of the period; read page by page while it is iterated, each time anew.
   */
  differences(): AsyncIterable<OrderDifference>;
}

/** What the table of outcomes tells of a period. */
export abstract class OutcomeReports {
  /** @throws what the library throws. */
  abstract report(period: ReportPeriod): Promise<OutcomeReport>;
}

/** Without a database, what was applied is not remembered. */
export class NoReports extends OutcomeReports {
  /** @throws Pass2PayConfigError */
  override async report(): Promise<never> {
    const message =
      'database is required for Reconciler.report, which reads the tables of orders and outcomes; give it';
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
      message: 'mchNo must be a string that is not empty; leave it out for all merchants',
    });
  }
  if (issues.length > 0) throw new Pass2PayValidationError(issues);
}
