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

/** An outcome as the table has it: what the gateway has said once or several times, and what became of it. */
export interface StoredOutcome extends OrderIdentity {
  /** Names the outcome for good, as handlers get it. */
  idempotencyKey: string;
  /** payOrderId or transferId. */
  gatewayId: string;
  state: number;
  /** What the gateway has said, in minor units. */
  amount: number;
  /** In lower case. */
  currency: string;
  /** How it came first. */
  source: PaymentEvent['source'];
  /**
   * `applied`: its handlers have committed; `received`: it is kept before its handlers run; `failed`: they failed, and are tried
   * again; `dead`: they failed as often as they may; `duplicate`, `stale`, `mismatch`: it reached no handler, or only those of
   * `@OnMismatch`.
   */
  result: OutcomeResult;
  /** See `OutcomeFacts.late`. */
  late: boolean;
  gatewayState?: number;
  previousState?: number;
  /** The order under the same key of `checkout` that was paid before this one. */
  duplicateOf?: string;
  /** How often it has come, by notifies and queries. */
  deliveries: number;
  /** How many notifies have told it again after it was applied. */
  repeats: number;
  /** How often its handlers have been tried, since it was retried by hand where it was. */
  attempts: number;
  /** Why the last attempt failed. */
  error?: string;
  /** When it came first. */
  receivedAt: Date;
  /** When its handlers committed. */
  appliedAt?: Date;
  /** When a running process tries it next. */
  dueAt?: Date;
}

/** Outcomes of a list. */
export interface OutcomePage {
  outcomes: StoredOutcome[];
  /** What to give as `after` for the outcomes that come next; undefined after the last one. */
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

  /** Without the number of an order and a result, it goes through all outcomes from the newest on. */
  async list(options: OutcomeListOptions): Promise<OutcomePage> {
    const { result, kind, mchNo, mchOrderNo } = options;
    const where = {
      'instance = ?': this.instance,
      'compared_no = ?': mchOrderNo === undefined ? undefined : comparedOrderNumber(mchOrderNo),
      // Said twice, so that each database uses its index.
      [result === 'applied' ? 'result = ?' : "result <> 'applied' AND result = ?"]: result,
      'kind = ?': kind,
      'mch_no = ?': mchNo,
    };
    const page = { columns: COLUMNS, table: this.tables.outcome, where };
    const { rows, next } = await selectPage(this.database, page, pagingOf(options));
    return { outcomes: rows.map(readOutcome), ...(next !== undefined && { next }) };
  }

  /** What became of an outcome; undefined where there is none. */
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
