import { idempotencyKey, type OutcomeEvent } from '../outcomes/outcome.js';
import { comparedOrderNumber } from '../protocol/order-number.js';
import { gatewayStateWith, judge, type Judgement } from './judgement.js';
import { gatewayIdOf, ORDER_COLUMNS, ORDER_KEY, orderKeyOf, readOrderRow, type OrderRow } from './order-row.js';
import type { Tables } from './schema/schema-names.js';
import type { SqlDialect, SqlExecutor, SqlValue } from './sql-database.js';

/** What became of an event, and the order that it was compared with. */
export type Received = (Judgement & { order: OrderRow }) | { result: 'unknown-order' };

type New = Extract<Judgement, { result: 'new' }>;

/** The module's part of a transaction, before its handlers: lock the order, compare, remember. */
export class OutcomeTable {
  constructor(
    private readonly dialect: SqlDialect,
    private readonly tables: Tables,
    /** The name of the module's instance; `''` where it has none. */
    private readonly instance: string,
  ) {}

  /**
   * Locks the order's row and compares the event with it. For one that is new, moves the order on and writes the outcome: both
   * are undone with the transaction where a handler fails. Any other is counted or written down, and changes no order.
   *
   * @param now in ms since 1970
   */
  async receive(transaction: SqlExecutor, event: OutcomeEvent, now: number): Promise<Received> {
    const order = await this.lock(transaction, event);
    if (order === undefined) return { result: 'unknown-order' };
    const judgement = judge(event, order);
    if (judgement.result === 'new') await this.moveOn(transaction, event, order);
    await this.write(transaction, event, judgement, now);
    return { ...judgement, order };
  }

  private async lock(transaction: SqlExecutor, event: OutcomeEvent): Promise<OrderRow | undefined> {
    // A transaction of SQLite has the whole database to itself.
    const forUpdate = this.dialect === 'sqlite' ? '' : ' FOR UPDATE';
    const { rows } = await transaction.execute(
      `SELECT ${ORDER_COLUMNS} FROM ${this.tables.order} WHERE ${ORDER_KEY}${forUpdate}`,
      orderKeyOf(this.instance, event),
    );
    return rows[0] && readOrderRow(rows[0]);
  }

  private async moveOn(transaction: SqlExecutor, event: OutcomeEvent, order: OrderRow): Promise<void> {
    await transaction.execute(
      `UPDATE ${this.tables.order} SET last_applied = ?, gateway_state = ?, gateway_id = ? WHERE ${ORDER_KEY}`,
      [
        event.data.state,
        gatewayStateWith(event, order.gatewayState) ?? null,
        gatewayIdOf(event),
        ...orderKeyOf(this.instance, event),
      ],
    );
  }

  /** One row for an outcome, however often it comes; what was applied stays as it was applied. */
  private async write(transaction: SqlExecutor, event: OutcomeEvent, judgement: Judgement, now: number): Promise<void> {
    const { outcome } = this.tables;
    const isNew = judgement.result === 'new';
    const { late, gatewayState, previousState }: Partial<New> = isNew ? judgement : {};
    const values = {
      instance: this.instance,
      idempotency_key: idempotencyKey(event),
      kind: event.kind,
      mch_no: event.data.mchNo,
      compared_no: comparedOrderNumber(event.data.mchOrderNo),
      state: event.data.state,
      source: event.source,
      result: isNew ? 'applied' : judgement.result,
      late: late === true ? 1 : 0,
      gateway_state: gatewayState ?? null,
      previous_state: previousState ?? null,
      deliveries: 1,
      attempts: isNew ? 1 : 0,
      fields: JSON.stringify(event.data),
      received_at: now,
      applied_at: isNew ? now : null,
    } satisfies Record<string, SqlValue>;
    const again = isNew
      ? `deliveries = ${outcome}.deliveries + 1, attempts = ${outcome}.attempts + 1, result = 'applied', error = NULL, due_at = NULL, applied_at = ${now}, previous_state = ${previousState ?? 'NULL'}`
      : `deliveries = ${outcome}.deliveries + 1`;
    const columns = Object.keys(values);
    const onConflict =
      this.dialect === 'mysql' ? 'ON DUPLICATE KEY UPDATE' : 'ON CONFLICT (instance, idempotency_key) DO UPDATE SET';
    await transaction.execute(
      `INSERT INTO ${outcome} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ${onConflict} ${again}`,
      Object.values(values),
    );
  }
}
