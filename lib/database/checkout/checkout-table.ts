import type { OrderStatus } from '../../client/order-store.js';
import type { CheckoutEntry, CheckoutOrder, CheckoutStore, CheckoutTerms } from '../../payments/checkout-store.js';
import { isPaidState } from '../../protocol/state-order.js';
import { optional } from '../orders/order-row.js';
import { placeholders } from '../placeholders.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlExecutor, SqlLimits, SqlRow, SqlValue } from '../sql-database.js';
import { committed } from '../transaction/committed.js';
import { CHECKOUT_KEY, checkoutKeyOf } from './checkout-keys.js';

/** The keys of this application's checkouts: one row each, changed by single statements. */
export class CheckoutTable implements CheckoutStore {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    private readonly instance: string,
    private readonly limits: SqlLimits,
  ) {}

  /** @throws OpenTransactionError in an open transaction on SQLite's only connection. */
  async enter(terms: CheckoutTerms, mchOrderNo: string): Promise<CheckoutEntry> {
    return committed(this.database, this.limits, async (own) => {
      const known = await this.read(own, terms);
      if (known !== undefined) return known;
      if (await this.insert(own, terms, mchOrderNo))
        return { ...terms, mchOrderNo, paidNo: undefined, order: undefined };
      return (await this.read(own, terms))!;
    });
  }

  async replace(terms: CheckoutTerms, old: string, mchOrderNo: string): Promise<boolean> {
    const { affected } = await committed(this.database, this.limits, (own) =>
      own.execute(
        `UPDATE ${this.tables.checkout} SET mch_order_no = ? WHERE ${CHECKOUT_KEY} AND mch_order_no = ? AND success_no IS NULL AND paid_no IS NULL`,
        [mchOrderNo, ...this.keyOf(terms), old],
      ),
    );
    return affected > 0;
  }

  /** Checkout numbers are lower-case, so `compared_no` is the number itself. */
  private async read(executor: SqlExecutor, terms: CheckoutTerms): Promise<CheckoutEntry | undefined> {
    const { rows } = await executor.execute(
      `SELECT c.app_id, c.amount, c.currency, c.mch_order_no, c.success_no, c.paid_no, o.status, o.gateway_state, o.last_applied, o.success_to_apply, o.expires_at, o.creating_until FROM ${this.tables.checkout} c LEFT JOIN ${this.tables.order} o ON o.compared_no = c.mch_order_no AND o.mch_no = c.mch_no AND o.kind = 'payment' AND o.instance = c.instance WHERE c.checkout_key = ? AND c.mch_no = ? AND c.instance = ?`,
      this.keyOf(terms),
    );
    return rows[0] && readEntry(rows[0]);
  }

  /** @returns whether this call inserted it */
  private async insert(executor: SqlExecutor, terms: CheckoutTerms, mchOrderNo: string): Promise<boolean> {
    const row: Record<string, SqlValue> = {
      instance: this.instance,
      mch_no: terms.mchNo,
      checkout_key: terms.key,
      app_id: terms.appId,
      amount: terms.amount,
      currency: terms.currency,
      mch_order_no: mchOrderNo,
      created_at: Date.now(),
    };
    const columns = Object.keys(row);
    const [head, end] =
      this.database.dialect === 'mysql' ? ['INSERT IGNORE', ''] : ['INSERT', ' ON CONFLICT DO NOTHING'];
    const { affected } = await executor.execute(
      `${head} INTO ${this.tables.checkout} (${columns.join(', ')}) VALUES (${placeholders(columns)})${end}`,
      Object.values(row),
    );
    return affected > 0;
  }

  private keyOf({ mchNo, key }: CheckoutTerms): SqlValue[] {
    return checkoutKeyOf(this.instance, mchNo, key);
  }
}

function readEntry(row: SqlRow): CheckoutEntry {
  const mchOrderNo = String(row.mch_order_no);
  const order = optional(row.status, () => readOrder(row));
  const isPaid =
    Number(row.success_to_apply) > 0 ||
    [order?.gatewayState, order?.lastApplied].some((state) => state !== undefined && isPaidState('payment', state));
  const known = optional(row.paid_no, String) ?? optional(row.success_no, String);
  return {
    appId: String(row.app_id),
    amount: Number(row.amount),
    currency: String(row.currency),
    mchOrderNo,
    paidNo: known ?? (isPaid ? mchOrderNo : undefined),
    order,
  };
}

function readOrder(row: SqlRow): CheckoutOrder {
  const status = String(row.status) as OrderStatus;
  const isLeft = status === 'creating' && Number(row.creating_until) <= Date.now();
  return {
    status: isLeft ? 'unknown' : status,
    gatewayState: optional(row.gateway_state, Number),
    lastApplied: optional(row.last_applied, Number),
    expiresAt: optional(row.expires_at, Number),
  };
}
