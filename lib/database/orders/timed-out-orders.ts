import type { NewOrder } from '../../client/order-store.js';
import { OrderState } from '../../protocol/order-state.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlExecutor } from '../sql-database.js';
import { DAY_MS } from './next-check.js';

/**
 * Maximum number of a customer's orders that may expire within a day; after one more, the gateway refuses new ones.
 * Source: protocol §9.
 */
const MOST = 5;

/** The expired unpaid payment orders of a customer at the gateway. */
export class TimedOutOrders {
  constructor(
    private readonly database: SqlExecutor,
    private readonly tables: Tables,
    private readonly instance: string,
  ) {}

  /**
   * When the order's customer may create another order; undefined: now. Transfers are not limited.
   *
   * @param now in ms since 1970
   */
  async retryAt({ kind, mchNo, custNo }: NewOrder, now: number): Promise<Date | undefined> {
    if (kind !== 'payment') return undefined;
    const { Paying, Success, Refunded, Closed } = OrderState;
    const { rows } = await this.database.execute(
      `SELECT expires_at FROM ${this.tables.order} WHERE cust_no = ? AND mch_no = ? AND instance = ? AND expires_at > ? AND kind = 'payment' AND status = 'created' AND (gateway_state = ${Closed} OR (expires_at <= ? AND COALESCE(gateway_state, 0) <= ${Paying})) AND COALESCE(last_applied, 0) NOT IN (${Success}, ${Refunded}) AND success_to_apply = 0 ORDER BY expires_at DESC LIMIT ${MOST}`,
      [custNo, mchNo, this.instance, now - DAY_MS, now],
    );
    const fifth = rows[MOST - 1];
    return fifth && new Date(Number(fifth.expires_at) + DAY_MS);
  }
}
