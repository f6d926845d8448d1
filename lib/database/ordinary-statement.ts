import { confirmedState, type OutcomeEvent } from '../outcomes/outcome.js';
import { isDocumentedState } from '../protocol/state-order.js';
import { ordinaryStates } from './ordinary-event.js';
import { gatewayIdOf, ORDER_COLUMNS, ORDER_KEY, orderKeyOf } from './order-row.js';
import type { Tables } from './schema/schema-names.js';
import type { SqlValue } from './sql-database.js';

/**
 * PostgreSQL's statement that locks an order's row, gives it as it was, and moves it on and writes the outcome where the event
 * is ordinary for it. One that waited for the lock compares with the row that it then finds.
 */
export class OrdinaryStatement {
  /** One for each state of payments and transfers. */
  private readonly texts = new Map<string, string>();

  constructor(
    private readonly tables: Tables,
    /** What becomes of the outcome's row where there is one. */
    private readonly onConflict: string,
  ) {}

  /**
   * The statement for an event, whose rows have `written` besides the order's columns; undefined for one that is ordinary for
   * no row.
   *
   * @param outcome the outcome's row, for an order that nothing was applied to
   */
  of(
    instance: string,
    event: OutcomeEvent,
    outcome: Readonly<Record<string, SqlValue>>,
  ): { sql: string; params: SqlValue[] } | undefined {
    const { kind, data } = event;
    if (confirmedState(event) !== undefined || !isDocumentedState(kind, data.state)) return undefined;
    const key = `${kind}:${data.state}`;
    let sql = this.texts.get(key);
    if (sql === undefined) {
      sql = this.text(event, Object.keys(outcome));
      this.texts.set(key, sql);
    }
    const id = gatewayIdOf(event);
    const orderKey = orderKeyOf(instance, event);
    const moved = [data.state, data.state, id, ...orderKey];
    const fitting = [data.mchOrderNo.trimEnd(), data.appId, data.amount, data.currency, id];
    const written = Object.entries(outcome).flatMap(([column, value]) => (column === PREVIOUS ? [] : [value]));
    return { sql, params: [...orderKey, ...moved, ...fitting, ...written] };
  }

  private text(event: OutcomeEvent, columns: readonly string[]): string {
    const { lastApplied, gatewayState } = ordinaryStates(event);
    const { order, outcome } = this.tables;
    const values = columns.map((column) => (column === PREVIOUS ? 'last_applied' : '?'));
    return `WITH known AS (
  SELECT ${ORDER_COLUMNS} FROM ${order} WHERE ${ORDER_KEY} FOR UPDATE
), moved AS (
  UPDATE ${order} SET last_applied = ?, gateway_state = ?, gateway_id = ? FROM known
  WHERE ${ORDER_KEY}
    AND known.mch_order_no = ? AND known.app_id = ? AND known.amount = ? AND known.currency = ?
    AND (known.gateway_id IS NULL OR known.gateway_id = ?) AND known.success_to_apply = 0
    AND ${isOneOf('known.last_applied', lastApplied)} AND ${isOneOf('known.gateway_state', gatewayState)}
  RETURNING known.last_applied
), written AS (
  INSERT INTO ${outcome} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM moved ${this.onConflict}
)
SELECT known.*, (SELECT COUNT(*) FROM moved) AS written FROM known`;
  }
}

/** The only column of an outcome whose value the order's row gives. */
const PREVIOUS = 'previous_state';

function isOneOf(column: string, states: readonly (number | undefined)[]): string {
  const numbers = states.filter((state) => state !== undefined);
  return numbers.length === 0 ? `${column} IS NULL` : `(${column} IS NULL OR ${column} IN (${numbers.join(', ')}))`;
}
