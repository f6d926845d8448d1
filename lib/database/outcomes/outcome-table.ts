import { idempotencyKey, outcomeEvent, type OutcomeEvent } from '../../outcomes/outcome.js';
import { comparedOrderNumber } from '../../protocol/order-number.js';
import { PaymentOrder } from '../../payments/payment-order.dto.js';
import { Transfer } from '../../transfers/transfer.dto.js';
import { classify, isSuccess } from '../../protocol/state-order.js';
import { insertNamedOrder, type OrderToInsert } from '../orders/insert-order.js';
import { gatewayStateWith, judge, type Judgement } from './judgement.js';
import {
  gatewayIdOf,
  isUnknown,
  optional,
  ORDER_COLUMNS,
  ORDER_KEY,
  orderKeyOf,
  readOrderRow,
  type OrderRow,
} from '../orders/order-row.js';
import { CheckoutKeys } from '../checkout/checkout-keys.js';
import { endOf } from '../orders/order-end.js';
import { OrdinaryStatement } from './ordinary-statement.js';
import { onConflict, type OnConflict } from './outcome-upsert.js';
import { placeholders } from '../placeholders.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDialect, SqlExecutor, SqlRow, SqlStatement, SqlTransaction, SqlValue } from '../sql-database.js';
import { sqlFailure } from '../sql-errors.js';

/** The result of an event, and the order that it was compared with. */
export type Received =
  | (Extract<Judgement, { result: 'new' }> & Checkout & { isAdopted: boolean; endsUnknown: boolean })
  | Extract<Judgement, { result: 'duplicate' | 'stale' }>
  | (Extract<Judgement, { result: 'mismatch' }> & { order: OrderRow })
  | { result: 'unknown-order' };

/** What is known about the order's checkout. */
interface Checkout {
  checkoutKey?: string;
  /** The order under the same key whose success was applied first, if that is a different one. */
  duplicateOf?: string;
}

type New = Extract<Judgement, { result: 'new' }>;

/** Length of the currency column. */
const MAX_CURRENCY = 32;

const ORDINARY = {
  result: 'new',
  late: false,
  gatewayState: undefined,
  previousState: undefined,
  isAdopted: false,
  endsUnknown: false,
} as const;

/** The module's part of a transaction, before the handlers: lock the order, compare, store. */
export class OutcomeTable {
  private readonly onConflict: OnConflict;
  private readonly keys: CheckoutKeys;
  /** Undefined if the database does not support it: SQLite, and MySQL, which reports an error. */
  private ordinary: OrdinaryStatement | undefined;

  constructor(
    private readonly dialect: SqlDialect,
    private readonly tables: Tables,
    /** The name of the module's instance; `''` if it has none. */
    private readonly instance: string,
    /** For how many days after its success a payment is checked. */
    private readonly recheckPaidDays = 0,
  ) {
    this.onConflict = onConflict(dialect, tables.outcome);
    this.keys = new CheckoutKeys(tables, instance);
    if (dialect !== 'sqlite') {
      this.ordinary = new OrdinaryStatement(dialect, tables, this.onConflict.applied, recheckPaidDays);
    }
  }

  /**
   * Locks the order's row and compares the event with it. A new event updates the order and inserts the outcome; both
   * are rolled back with the transaction if a handler fails. Any other event is counted or stored, without a change to
   * the order.
   *
   * @param now in ms since 1970
   */
  async receive(
    transaction: SqlTransaction,
    event: OutcomeEvent,
    now: number,
    first = this.ordinaryStatement(event, now),
  ): Promise<Received> {
    const ordinary = first && (await this.receiveOrdinary(transaction, event, first));
    if (ordinary !== undefined) return ordinary;
    const order = await this.lock(transaction, event);
    if (order === undefined) return { result: 'unknown-order' };
    const judgement = judge(event, order);
    await this.write(transaction, { event, judgement, order, now });
    if (judgement.result === 'new') {
      const checkout = await this.claimCheckout(transaction, event, order.checkoutKey);
      return { ...judgement, ...checkout, isAdopted: order.isAdopted, endsUnknown: isUnknown(order) };
    }
    return judgement.result === 'mismatch' ? { ...judgement, order } : judgement;
  }

  /**
   * The first statement of `receive`, for `begin`; undefined if there is none.
   *
   * @param now in ms since 1970
   */
  ordinaryStatement(event: OutcomeEvent, now: number): SqlStatement | undefined {
    return this.ordinary?.of(this.instance, event, now);
  }

  /** Undefined if nothing was written: the event is not ordinary for the row, or there is no such statement. */
  private async receiveOrdinary(
    transaction: SqlTransaction,
    event: OutcomeEvent,
    { sql, params }: SqlStatement,
  ): Promise<Received | undefined> {
    let row: SqlRow | undefined;
    try {
      const { rows } = transaction.first ?? (await transaction.execute(sql, params, { isRepeated: true }));
      row = rows[0];
    } catch (error) {
      if (sqlFailure(error) !== 'syntax') throw error;
      // Nothing of it was run, and the transaction continues.
      this.ordinary = undefined;
    }
    if (row === undefined) return undefined;
    const checkout = await this.claimCheckout(transaction, event, optional(row.checkout_key, String));
    return { ...ORDINARY, ...checkout, previousState: optional(row.previous_state, Number) };
  }

  /**
   * For a success, claims the order's key. The order's row is always locked before the key's, so that there is no
   * deadlock; the second success waits for the first to commit and, if that is rolled back, becomes the first.
   */
  private async claimCheckout(
    transaction: SqlExecutor,
    event: OutcomeEvent,
    checkoutKey: string | undefined,
  ): Promise<Checkout> {
    if (checkoutKey === undefined) return {};
    if (!isSuccess(event.kind, event.data.state)) return { checkoutKey };
    const duplicateOf = await this.keys.claim(transaction, event, checkoutKey);
    if (duplicateOf === undefined) return { checkoutKey };
    await transaction.execute(
      `UPDATE ${this.tables.outcome} SET duplicate_of = ? WHERE instance = ? AND idempotency_key = ?`,
      [duplicateOf, this.instance, idempotencyKey(event)],
    );
    return { checkoutKey, duplicateOf };
  }

  private async lock(transaction: SqlExecutor, event: OutcomeEvent): Promise<OrderRow | undefined> {
    // A SQLite transaction locks the whole database.
    const forUpdate = this.dialect === 'sqlite' ? '' : ' FOR UPDATE';
    const { rows } = await transaction.execute(
      `SELECT ${ORDER_COLUMNS} FROM ${this.tables.order} WHERE ${ORDER_KEY}${forUpdate}`,
      orderKeyOf(this.instance, event),
    );
    return rows[0] && readOrderRow(rows[0]);
  }

  private async moveOn(transaction: SqlExecutor, event: OutcomeEvent, order: OrderRow, now: number): Promise<void> {
    const end = endOf(event, this.recheckPaidDays, now);
    await transaction.execute(
      `UPDATE ${this.tables.order} SET previous_applied = last_applied, last_applied = ?, gateway_state = ?, gateway_id = ?, success_to_apply = 0, status = 'created'${end.sql} WHERE ${ORDER_KEY}`,
      [
        event.data.state,
        gatewayStateWith(event, order.gatewayState) ?? null,
        gatewayIdOf(event),
        ...end.params,
        ...orderKeyOf(this.instance, event),
      ],
    );
  }

  /**
   * Stores a new outcome before its handlers run, so that it is not lost with the process; for outcomes that no query
   * would show.
   *
   * @param dueAt when another process may take it over, in ms since 1970
   * @returns whether it resolved an order with an unknown create
   */
  async keep(transaction: SqlExecutor, event: OutcomeEvent, judgement: New, { now, dueAt }: Times): Promise<boolean> {
    const row = {
      ...this.rowOf(event, judgement, now),
      result: 'received',
      attempts: 0,
      applied_at: null,
      due_at: dueAt,
    };
    const endsUnknown = await this.tellOrder(transaction, event);
    await this.upsert(transaction, row, this.onConflict.kept);
    return endsUnknown;
  }

  /**
   * Stores the failure of an outcome's handlers, with the original `late`. Never changes an applied outcome.
   *
   * @param dueAt when it is retried, in ms since 1970; undefined if it is dead
   * @returns as `keep` does
   */
  async fail(
    transaction: SqlExecutor,
    event: OutcomeEvent,
    { judgement, error, now, dueAt }: { judgement: New; error: string; now: number; dueAt: number | undefined },
  ): Promise<boolean> {
    const result = dueAt === undefined ? 'dead' : 'failed';
    const row = { ...this.rowOf(event, judgement, now), result, applied_at: null, due_at: dueAt ?? null, error };
    const endsUnknown = await this.tellOrder(transaction, event);
    await this.upsert(transaction, row, this.onConflict.failed);
    return endsUnknown;
  }

  /** Stores a mismatch whose order is not in the table. Never changes an applied outcome. */
  async reject(
    transaction: SqlExecutor,
    event: OutcomeEvent,
    differences: readonly string[],
    now: number,
  ): Promise<void> {
    const judgement: Judgement = { result: 'mismatch', reason: 'differs', differences: [...differences] };
    await this.upsert(transaction, this.rowOf(event, judgement, now), this.onConflict.rejected);
  }

  /**
   * Inserts an order that was not created here.
   *
   * @throws what the library throws, such as when it exists by now.
   */
  async adopt(transaction: SqlExecutor, order: OrderToInsert): Promise<void> {
    await insertNamedOrder(transaction, this.tables, this.instance, order);
  }

  /**
   * Takes outcomes whose handlers must be retried, most overdue first. Other processes may take them after `leaseMs`.
   *
   * @param mchNos the merchants; undefined: all
   * @param most maximum number of rows
   */
  async takeDue(
    transaction: SqlExecutor,
    {
      mchNos,
      now,
      leaseMs,
      most,
    }: { mchNos: readonly string[] | undefined; now: number; leaseMs: number; most: number },
  ): Promise<DueOutcome[]> {
    const skipLocked = this.dialect === 'sqlite' ? '' : ' FOR UPDATE SKIP LOCKED';
    const ofMerchants = mchNos === undefined ? '' : ` AND mch_no IN (${placeholders(mchNos)})`;
    const { rows } = await transaction.execute(
      `SELECT id, kind, source, fields, received_at FROM ${this.tables.outcome} WHERE instance = ? AND due_at <= ?${ofMerchants} ORDER BY due_at LIMIT ${Math.trunc(most)}${skipLocked}`,
      [this.instance, now, ...(mchNos ?? [])],
    );
    const due = rows.map(readDue);
    if (due.length > 0) {
      await transaction.execute(`UPDATE ${this.tables.outcome} SET due_at = ? WHERE id IN (${placeholders(due)})`, [
        now + leaseMs,
        ...due.map(({ id }) => id),
      ]);
    }
    return due;
  }

  /** Releases an outcome for another process. */
  async putBack(executor: SqlExecutor, { id }: DueOutcome, dueAt: number): Promise<void> {
    await executor.execute(`UPDATE ${this.tables.outcome} SET due_at = ? WHERE id = ? AND due_at IS NOT NULL`, [
      dueAt,
      id,
    ]);
  }

  /** Ends the retries of an outcome, with its current result. */
  async closeDue(executor: SqlExecutor, id: number, result: string): Promise<void> {
    await executor.execute(
      `UPDATE ${this.tables.outcome} SET due_at = NULL, result = CASE WHEN result = 'applied' THEN result ELSE ? END WHERE id = ?`,
      [result, id],
    );
  }

  /** Number of attempts of an outcome's handlers. */
  async attempts(executor: SqlExecutor, event: OutcomeEvent): Promise<number> {
    const { rows } = await executor.execute(
      `SELECT attempts FROM ${this.tables.outcome} WHERE instance = ? AND idempotency_key = ?`,
      [this.instance, idempotencyKey(event)],
    );
    return Number(rows[0]?.attempts ?? 0);
  }

  /** Whether the outcome's handlers have committed; waits for a commit in progress. */
  async isAppliedAfterLock(executor: SqlExecutor, event: OutcomeEvent): Promise<boolean> {
    await this.lock(executor, event);
    const { rows } = await executor.execute(
      `SELECT id FROM ${this.tables.outcome} WHERE instance = ? AND idempotency_key = ? AND result = 'applied'`,
      [this.instance, idempotencyKey(event)],
    );
    return rows.length > 0;
  }

  /**
   * Ensures that a late success is still late when it is redelivered, that no lower state is delivered before it, and
   * that a stored final state is not queried. Runs first, because `receive` locks the order before the outcome.
   */
  private async tellOrder(transaction: SqlExecutor, event: OutcomeEvent): Promise<boolean> {
    const { kind, data } = event;
    const order = await this.lock(transaction, event);
    if (order === undefined) return false;
    const isNew = classify(kind, data.state, order) === 'new';
    const end = isNew ? endOf(event, 0, 0) : { sql: '', params: [] };
    await transaction.execute(
      `UPDATE ${this.tables.order} SET gateway_state = ?, success_to_apply = ?, status = 'created'${end.sql} WHERE ${ORDER_KEY}`,
      [
        gatewayStateWith(event, order.gatewayState) ?? null,
        (isNew && isSuccess(kind, data.state)) || order.hasSuccessToApply ? 1 : 0,
        ...end.params,
        ...orderKeyOf(this.instance, event),
      ],
    );
    if (order.checkoutKey !== undefined && isNew && isSuccess(kind, data.state)) {
      await this.keys.noteSuccess(transaction, event, order.checkoutKey);
    }
    return isUnknown(order);
  }

  private async write(
    transaction: SqlExecutor,
    { event, judgement, order, now }: { event: OutcomeEvent; judgement: Judgement; order: OrderRow; now: number },
  ): Promise<void> {
    const isNew = judgement.result === 'new';
    if (isNew) await this.moveOn(transaction, event, order, now);
    const whenThere = isNew ? this.onConflict.applied : this.onConflict.seen;
    await this.upsert(transaction, this.rowOf(event, judgement, now), whenThere);
  }

  private rowOf(event: OutcomeEvent, judgement: Judgement, now: number) {
    const isNew = judgement.result === 'new';
    const { late, gatewayState, previousState }: Partial<New> = isNew ? judgement : {};
    return {
      instance: this.instance,
      idempotency_key: idempotencyKey(event),
      kind: event.kind,
      mch_no: event.data.mchNo,
      compared_no: comparedOrderNumber(event.data.mchOrderNo),
      state: event.data.state,
      amount: event.data.amount,
      currency: currencyOf(event),
      source: event.source,
      result: isNew ? 'applied' : judgement.result,
      late: late === true ? 1 : 0,
      gateway_state: gatewayState ?? null,
      previous_state: previousState ?? null,
      deliveries: 1,
      repeats: judgement.result === 'duplicate' && event.source === 'notify' ? 1 : 0,
      attempts: isNew ? 1 : 0,
      fields: JSON.stringify(event.data),
      received_at: now,
      applied_at: isNew ? now : null,
      kept_since: now,
      ...(judgement.result === 'mismatch' && { error: judgement.differences.join('; ') }),
    } satisfies Record<string, SqlValue>;
  }

  private async upsert(
    transaction: SqlExecutor,
    row: Readonly<Record<string, SqlValue>>,
    whenThere: string,
  ): Promise<void> {
    const columns = Object.keys(row);
    await transaction.execute(
      `INSERT INTO ${this.tables.outcome} (${columns.join(', ')}) VALUES (${placeholders(columns)}) ${whenThere}`,
      Object.values(row),
    );
  }
}

/** Lower-cased for the sums of reports, because the gateway's spelling varies. */
function currencyOf({ data }: OutcomeEvent): string {
  return data.currency.trim().toLowerCase().slice(0, MAX_CURRENCY);
}

interface Times {
  now: number;
  dueAt: number;
}

/** An outcome whose handlers must be retried. */
export interface DueOutcome {
  id: number;
  event: OutcomeEvent;
  /** When it first arrived, in ms since 1970. */
  receivedAt: number;
}

function readDue(row: SqlRow): DueOutcome {
  return { id: Number(row.id), event: readEvent(row), receivedAt: Number(row.received_at) };
}

/** The gateway's data in an outcome's row. */
export function readEvent({ kind, source, fields }: SqlRow): OutcomeEvent {
  const data = kind === 'payment' ? new PaymentOrder() : new Transfer();
  Object.assign(data, JSON.parse(String(fields)) as object);
  return outcomeEvent(data, source as OutcomeEvent['source']);
}
