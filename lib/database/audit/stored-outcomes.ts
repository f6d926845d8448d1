import type { PaymentEvent } from '../../payments/payment-event.js';
import { identityOf } from '../../outcomes/outcome.js';
import type { OrderIdentity } from '../../protocol/order-identity.js';
import { comparedOrderNumber } from '../../protocol/order-number.js';
import { gatewayIdOf, optional } from '../orders/order-row.js';
import { readEvent } from '../outcomes/outcome-table.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlRow } from '../sql-database.js';
import { pagingOf, type OutcomeListOptions, type OutcomeResult } from './list-options.js';
import { definedOf, selectPage, timeOf } from './select-page.js';

/** A stored outcome: what the gateway reported, once or several times, and the result. */
export interface StoredOutcome extends OrderIdentity {
  /** Permanent identifier of the outcome, as in handlers. */
  idempotencyKey: string;
  /** payOrderId or transferId. */
  gatewayId: string;
  state: number;
  /** The gateway's amount, in minor units. */
  amount: number;
  /** In lower case. */
  currency: string;
  /** How it first arrived. */
  source: PaymentEvent['source'];
  /**
   * `applied`: its handlers have committed; `received`: stored before its handlers run; `failed`: they failed and will
   * be retried; `dead`: attempts exhausted; `duplicate`, `stale`, `mismatch`: it reached no handler, or only
   * `@OnMismatch` handlers.
   */
  result: OutcomeResult;
  /** See `OutcomeFacts.late`. */
  late: boolean;
  gatewayState?: number;
  previousState?: number;
  /** The order under the same key of `checkout` that was paid before this one. */
  duplicateOf?: string;
  /** Number of arrivals by notify or query. */
  deliveries: number;
  /** Number of redelivered notifies after it was applied. */
  repeats: number;
  /** Number of attempts of its handlers, since the last manual retry if there was one. */
  attempts: number;
  /** Why the last attempt failed. */
  error?: string;
  /** When it first arrived. */
  receivedAt: Date;
  /** When its handlers committed. */
  appliedAt?: Date;
  /** When the next attempt is due. */
  dueAt?: Date;
}

/** A page of outcomes. */
export interface OutcomePage {
  outcomes: StoredOutcome[];
  /** The value of `after` for the next page; undefined on the last page. */
  next?: string;
}

const COLUMNS =
  'id, idempotency_key, kind, state, amount, currency, source, result, late, gateway_state, previous_state, duplicate_of, deliveries, repeats, attempts, error, fields, received_at, applied_at, due_at';

/** Reads outcomes of one instance. */
export class StoredOutcomes {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    private readonly instance: string,
  ) {}

  /** Without an order number and a result, it scans all outcomes, newest first. */
  async list(options: OutcomeListOptions): Promise<OutcomePage> {
    const { result, kind, mchNo, mchOrderNo } = options;
    const where = {
      'instance = ?': this.instance,
      'compared_no = ?': mchOrderNo === undefined ? undefined : comparedOrderNumber(mchOrderNo),
      // The condition is repeated so that each database uses its index.
      [result === 'applied' ? 'result = ?' : "result <> 'applied' AND result = ?"]: result,
      'kind = ?': kind,
      'mch_no = ?': mchNo,
    };
    const page = { columns: COLUMNS, table: this.tables.outcome, where };
    const { rows, next } = await selectPage(this.database, page, pagingOf(options));
    return { outcomes: rows.map(readOutcome), ...(next !== undefined && { next }) };
  }

  /** The result of an outcome; undefined if it does not exist. */
  async find(idempotencyKey: string): Promise<StoredOutcome | undefined> {
    const { rows } = await this.database.execute(
      `SELECT ${COLUMNS} FROM ${this.tables.outcome} WHERE instance = ? AND idempotency_key = ?`,
      [this.instance, idempotencyKey],
    );
    return rows[0] && readOutcome(rows[0]);
  }
}

function readOutcome(row: SqlRow): StoredOutcome {
  const event = readEvent(row);
  const given = {
    gatewayState: optional(row.gateway_state, Number),
    previousState: optional(row.previous_state, Number),
    duplicateOf: optional(row.duplicate_of, String),
    error: optional(row.error, String),
    appliedAt: optional(row.applied_at, timeOf),
    dueAt: optional(row.due_at, timeOf),
  };
  return {
    idempotencyKey: String(row.idempotency_key),
    ...identityOf(event),
    gatewayId: gatewayIdOf(event),
    state: Number(row.state),
    amount: Number(row.amount),
    currency: String(row.currency),
    source: event.source,
    result: String(row.result) as OutcomeResult,
    late: Number(row.late) === 1,
    deliveries: Number(row.deliveries),
    repeats: Number(row.repeats),
    attempts: Number(row.attempts),
    receivedAt: timeOf(row.received_at),
    ...definedOf(given),
  };
}
