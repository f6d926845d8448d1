import { confirmedState, idempotencyKey, type OutcomeEvent } from '../../outcomes/outcome.js';
import { isDocumentedState } from '../../protocol/state-order.js';
import { endOf } from '../orders/order-end.js';
import { ordinaryStates } from './ordinary-event.js';
import { gatewayIdOf, ORDER_KEY, orderKeyOf } from '../orders/order-row.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlValue } from '../sql-database.js';

/**
 * The statement that updates an order and inserts the outcome, if the event is ordinary for the order's row; for
 * PostgreSQL and MariaDB. It then returns one row with `previous_state` and `checkout_key`, otherwise none. After
 * waiting for the row's lock it re-evaluates the row.
 */
export class OrdinaryStatement {
  /** One for each state of payments and transfers. */
  private readonly texts = new Map<string, string>();

  constructor(
    private readonly dialect: 'postgres' | 'mysql',
    private readonly tables: Tables,
    /** The update of an existing outcome row. */
    private readonly onConflict: string,
    private readonly recheckPaidDays: number,
  ) {}

  /** Undefined for an event that is never ordinary. */
  of(instance: string, event: OutcomeEvent, now: number): { sql: string; params: SqlValue[] } | undefined {
    const { kind, data } = event;
    if (confirmedState(event) !== undefined || !isDocumentedState(kind, data.state)) return undefined;
    const end = endOf(event, this.recheckPaidDays, now);
    const name = `${kind}:${data.state}`;
    let sql = this.texts.get(name);
    if (sql === undefined) {
      sql = this.text(event, end.sql);
      this.texts.set(name, sql);
    }
    const id = gatewayIdOf(event);
    const key = orderKeyOf(instance, event);
    const fitting = [data.mchOrderNo.trimEnd(), data.appId, data.amount, data.currency, id];
    const written = [idempotencyKey(event), event.source, JSON.stringify(data), now, now, now];
    const moved = this.dialect === 'mysql' ? key : [];
    return { sql, params: [id, ...end.params, ...key, ...fitting, ...written, ...moved] };
  }

  private text(event: OutcomeEvent, end: string): string {
    const update = this.update(event, end);
    if (this.dialect === 'mysql') {
      const insert = this.insert(`${this.tables.order} WHERE ${ORDER_KEY}`);
      return `BEGIN NOT ATOMIC
${update};
IF ROW_COUNT() > 0 THEN ${insert}; END IF;
END`;
    }
    return `WITH moved AS (
${update}
RETURNING instance, kind, mch_no, compared_no, amount, currency, last_applied, previous_applied, checkout_key
)
${this.insert('moved')}`;
  }

  private update(event: OutcomeEvent, end: string): string {
    const { state } = event.data;
    const { lastApplied, gatewayState } = ordinaryStates(event);
    return `UPDATE ${this.tables.order} SET previous_applied = last_applied, last_applied = ${state}, gateway_state = ${state}, gateway_id = ?${end}
WHERE ${ORDER_KEY} AND ${this.isExactly('mch_order_no')} AND ${this.isExactly('app_id')} AND amount = ?
  AND ${this.isExactly('currency')} AND (gateway_id IS NULL OR ${this.isExactly('gateway_id')})
  AND status = 'created' AND success_to_apply = 0 AND COALESCE(adopted, 0) = 0
  AND ${isOneOf('last_applied', lastApplied)} AND ${isOneOf('gateway_state', gatewayState)}`;
  }

  private insert(moved: string): string {
    const written = {
      instance: 'instance',
      idempotency_key: '?',
      kind: 'kind',
      mch_no: 'mch_no',
      compared_no: 'compared_no',
      state: 'last_applied',
      amount: 'amount',
      currency: 'LOWER(currency)',
      source: '?',
      result: "'applied'",
      late: '0',
      previous_state: 'previous_applied',
      deliveries: '1',
      attempts: '1',
      fields: '?',
      received_at: '?',
      applied_at: '?',
      kept_since: '?',
    };
    return `INSERT INTO ${this.tables.outcome} (${Object.keys(written).join(', ')})
SELECT ${Object.values(written).join(', ')} FROM ${moved} ${this.onConflict}
RETURNING previous_state, ${this.checkoutKey()}`;
  }

  private checkoutKey(): string {
    if (this.dialect === 'postgres') return '(SELECT checkout_key FROM moved) AS checkout_key';
    const { order, outcome } = this.tables;
    const isSame = ['compared_no', 'mch_no', 'kind', 'instance'].map((name) => `o.${name} = ${outcome}.${name}`);
    return `(SELECT o.checkout_key FROM ${order} o WHERE ${isSame.join(' AND ')}) AS checkout_key`;
  }

  /** With the columns' collation, MariaDB ignores trailing spaces. */
  private isExactly(column: string): string {
    return this.dialect === 'mysql' ? `${column} COLLATE utf8mb4_nopad_bin = ?` : `${column} = ?`;
  }
}

function isOneOf(column: string, states: readonly (number | undefined)[]): string {
  const numbers = states.filter((state) => state !== undefined);
  return numbers.length === 0 ? `${column} IS NULL` : `(${column} IS NULL OR ${column} IN (${numbers.join(', ')}))`;
}
