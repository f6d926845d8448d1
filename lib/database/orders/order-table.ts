import timers from 'node:timers/promises';
import {
  Pass2PayCustomerLimitError,
  Pass2PayOrderConflictError,
  Pass2PayOutcomeUnknownError,
} from '../../errors/pass2pay.errors.js';
import type { CreateLease, CreateResult, CreateStart, NewOrder, OrderStore } from '../../client/order-store.js';
import { differencesOf } from '../../protocol/compare-terms.js';
import { comparedOrderNumber } from '../../protocol/order-number.js';
import { isFinalState } from '../../protocol/state-order.js';
import { committed } from '../transaction/committed.js';
import { insertOrder } from './insert-order.js';
import { optional, ORDER_KEY } from './order-row.js';
import { isFinalIn, movesOn } from './state-columns.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlLimits, SqlRow, SqlValue } from '../sql-database.js';
import { sqlFailure } from '../sql-errors.js';
import type { TimedOutOrders } from './timed-out-orders.js';
import { unknownEnded } from './unknown-ended.js';

/** Settings of stored creates. */
export interface CreateTimes extends SqlLimits {
  /** Maximum duration of a create, in ms. */
  longestMs: number;
  /** How long a create waits for another create of its number, in ms. */
  waitMs: number;
  /** Age at which an order without a final state is first checked, in ms. */
  afterMs: number;
}

/** Time added to the create's duration for its lease, in ms: for storing the result and for clock differences. */
const LEASE_MARGIN_MS = 15_000;

/**
 * Delay of the first check of an order with an unknown outcome, or with a final state in its response that was not
 * applied, in ms.
 */
const SOON_MS = 15_000;

/** Initial and maximum delay between reads of another create's row, in ms. */
const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 500;

const COLUMNS = 'mch_order_no, app_id, amount, currency, status, gateway_state, creating_until, response';

/** The orders and transfers of this application, stored before they are sent. */
export class OrderTable implements OrderStore {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    private readonly instance: string,
    private readonly times: CreateTimes,
    /** Undefined if customers are not limited. */
    private readonly limit?: Pick<TimedOutOrders, 'retryAt'>,
  ) {}

  /**
   * Commits the order's row on a separate connection, with a lease for its create. If the number exists with the same
   * values, the create joins it: a created order returns its response; an order that another process is creating is
   * waited for; in any other status, the process that gets the lease creates it, and the others wait.
   *
   * @throws Pass2PayOrderConflictError when the number belongs to another order, as compared by the gateway; nothing is
   * sent.
   * @throws Pass2PayOutcomeUnknownError when another process is still creating it after `waitMs`; nothing is sent.
   * @throws Pass2PayCustomerLimitError when the number is new or was refused and its customer has reached the limit;
   * nothing is stored or sent.
   * @throws OpenTransactionError in an open transaction on SQLite's only connection.
   */
  async creating(order: NewOrder, signal?: AbortSignal): Promise<CreateStart> {
    const giveUpAt = performance.now() + this.times.waitMs;
    const retryAt = await this.limit?.retryAt(order, Date.now());
    let start = retryAt === undefined ? await this.insert(order) : undefined;
    for (let pollMs = FIRST_POLL_MS; start === undefined; pollMs = Math.min(pollMs * 2, MAX_POLL_MS)) {
      start = await this.join(order, retryAt);
      if (start !== undefined) break;
      const { mchOrderNo } = order;
      if (signal?.aborted) throw new Pass2PayOutcomeUnknownError({ mchOrderNo, cause: signal.reason });
      const leftMs = giveUpAt - performance.now();
      if (leftMs <= 0) throw new Pass2PayOutcomeUnknownError({ mchOrderNo, cause: stillCreating(this.times) });
      // The signal tells why the wait ended.
      await timers.setTimeout(Math.min(pollMs, leftMs), undefined, { signal }).catch(() => undefined);
    }
    return start;
  }

  async settled(order: NewOrder, result: CreateResult, start: CreateStart): Promise<void> {
    if (result.status === 'created') return this.settleCreated(order, result);
    const lease = start.known === 'created' ? undefined : start.lease;
    // An existing order never becomes refused.
    if (lease === undefined) return;
    const isRefused = result.status === 'refused';
    const { affected } = await this.database.execute(
      `UPDATE ${this.tables.order} SET status = ?, creating_until = NULL, next_check_at = ? WHERE ${ORDER_KEY} AND creating_until = ? AND status <> 'created'`,
      [result.status, isRefused ? null : Date.now() + SOON_MS, ...this.keyOf(order), lease.until],
    );
    if (isRefused && start.known === 'unknown' && affected > 0) unknownEnded(order, 'create');
  }

  private async insert(order: NewOrder): Promise<CreateStart | undefined> {
    const lease = this.newLease();
    try {
      await committed(this.database, this.times, (own) =>
        insertOrder(own, this.tables, this.instance, {
          ...order,
          status: 'creating',
          expiresAt: expiryAfter(lease, order),
          creatingUntil: lease.until,
          nextCheckAt: lease.until,
        }),
      );
      return { known: 'nothing', lease };
    } catch (error) {
      if (sqlFailure(error) !== 'unique') throw error;
      return undefined;
    }
  }

  /**
   * Undefined while another create has the number.
   *
   * @param retryAt until when the customer may only join existing orders
   */
  private async join(order: NewOrder, retryAt: Date | undefined): Promise<CreateStart | undefined> {
    const { rows } = await this.database.execute(
      `SELECT ${COLUMNS} FROM ${this.tables.order} WHERE ${ORDER_KEY}`,
      this.keyOf(order),
    );
    const row = rows[0];
    const { mchOrderNo } = order;
    const differences = row === undefined ? [] : differencesFrom(order, row);
    if (differences.length > 0) throw new Pass2PayOrderConflictError(differences, { mchOrderNo });
    const exists = row !== undefined && row.status !== 'refused';
    if (retryAt !== undefined && !exists) throw new Pass2PayCustomerLimitError(retryAt, { mchOrderNo });
    // It was deleted meanwhile.
    if (row === undefined) return this.insert(order);
    return row.status === 'created' ? createdStart(order, row) : this.take(order, row);
  }

  /** Takes the lease for this create, unless another create holds it; of several attempts, only one changes the row. */
  private async take(order: NewOrder, row: SqlRow): Promise<CreateStart | undefined> {
    const status = String(row.status);
    const until = optional(row.creating_until, Number);
    if (until !== undefined && until > Date.now()) return undefined;
    const lease = this.newLease();
    const { affected } = await committed(this.database, this.times, (own) =>
      own.execute(
        `UPDATE ${this.tables.order} SET status = ?, creating_until = ?, next_check_at = ?, expires_at = ?, cust_no = ?, kept_since = ? WHERE ${ORDER_KEY} AND status = ? AND COALESCE(creating_until, 0) = ?`,
        [
          status === 'refused' ? 'creating' : 'unknown',
          lease.until,
          lease.until,
          expiryAfter(lease, order),
          order.custNo,
          Date.now(),
          ...this.keyOf(order),
          status,
          until ?? 0,
        ],
      ),
    );
    if (affected === 0) return undefined;
    return { known: status === 'refused' ? 'nothing' : 'unknown', lease };
  }

  /** Whatever the row contains by now, the order exists. */
  private async settleCreated(order: NewOrder, result: Extract<CreateResult, { status: 'created' }>): Promise<void> {
    // The first matching one, usually the first.
    if (await this.writeCreated(order, result, "= 'creating'")) return;
    if (await this.writeCreated(order, result, "<> 'created'")) unknownEnded(order, 'create');
    else await this.writeCreated(order, result, "= 'created'");
  }

  /** @returns whether the row had that status. If the order has ended meanwhile, those values are kept. */
  private async writeCreated(
    order: NewOrder,
    { gatewayId, response }: Extract<CreateResult, { status: 'created' }>,
    status: string,
  ): Promise<boolean> {
    const { kind } = order;
    const { state, expiresAt } = response;
    const hasEnded = isFinalState(kind, state);
    const now = Date.now();
    const unlessApplied = (column: string) =>
      `${column} = CASE WHEN ${isFinalIn('last_applied', kind)} THEN ${column} ELSE ? END`;
    const gatewayState = `CASE WHEN ${movesOn('gateway_state', kind, state)} THEN ? ELSE gateway_state END`;
    const { affected } = await this.database.execute(
      `UPDATE ${this.tables.order} SET status = 'created', creating_until = NULL, gateway_id = ?, gateway_state = ${gatewayState}, expires_at = ?, ${unlessApplied('response')}, ${unlessApplied('next_check_at')}, kept_since = COALESCE(kept_since, ?) WHERE ${ORDER_KEY} AND status ${status}`,
      [
        gatewayId,
        state,
        expiresAt?.getTime() ?? null,
        hasEnded ? null : JSON.stringify(response),
        now + (hasEnded ? SOON_MS : this.times.afterMs),
        hasEnded ? null : now,
        ...this.keyOf(order),
      ],
    );
    return affected > 0;
  }

  private newLease(): CreateLease {
    const { longestMs } = this.times;
    return { until: Date.now() + longestMs + LEASE_MARGIN_MS, endsAt: performance.now() + longestMs };
  }

  private keyOf({ kind, mchNo, mchOrderNo }: NewOrder): SqlValue[] {
    return [this.instance, kind, mchNo, comparedOrderNumber(mchOrderNo)];
  }
}

/** Its state is the gateway's latest. For a finished order, a query returns more than its create did. */
function createdStart({ kind }: NewOrder, row: SqlRow): CreateStart {
  const gatewayState = optional(row.gateway_state, Number);
  const stored = optional(row.response, String);
  if (stored === undefined || (gatewayState !== undefined && isFinalState(kind, gatewayState))) {
    return { known: 'created' };
  }
  const response = JSON.parse(stored) as { state: number };
  return { known: 'created', response: JSON.stringify({ ...response, state: gatewayState ?? response.state }) };
}

/** The latest possible expiry of an order that is sent within the lease. */
function expiryAfter({ until }: CreateLease, { expiresInS }: NewOrder): number {
  return until + expiresInS * 1000;
}

function stillCreating({ waitMs }: CreateTimes): Error {
  return new Error(`Another create of the number was still in progress after ${waitMs} ms.`);
}

/** Kind and merchant are part of its key. */
function differencesFrom({ mchOrderNo, amount, currency, appId }: NewOrder, row: SqlRow): string[] {
  const known = { amount: Number(row.amount), currency: String(row.currency), appId: String(row.app_id) };
  const differences = differencesOf(known, { amount, currency, appId });
  if (row.mch_order_no !== mchOrderNo) {
    differences.push(
      `mchOrderNo is ${String(row.mch_order_no)}, not ${mchOrderNo} (the gateway ignores case and trailing spaces in numbers)`,
    );
  }
  return differences;
}
