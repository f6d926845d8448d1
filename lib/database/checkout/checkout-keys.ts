import type { OutcomeEvent } from '../../outcomes/outcome.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlExecutor, SqlValue } from '../sql-database.js';

/** The condition for a key's row, with the values of `checkoutKeyOf`. */
export const CHECKOUT_KEY = 'checkout_key = ? AND mch_no = ? AND instance = ?';

export function checkoutKeyOf(instance: string, mchNo: string, key: string): SqlValue[] {
  return [key, mchNo, instance];
}

/** Updates the checkout key of an outcome's order; the order's row is already locked. */
export class CheckoutKeys {
  constructor(
    private readonly tables: Tables,
    private readonly instance: string,
  ) {}

  /**
   * Records the order of a success as the one that paid the key, unless another one has; usually one statement.
   *
   * @returns the number of the order that paid it earlier
   */
  async claim(transaction: SqlExecutor, { data }: OutcomeEvent, key: string): Promise<string | undefined> {
    const { checkout } = this.tables;
    const row = checkoutKeyOf(this.instance, data.mchNo, key);
    const mchOrderNo = data.mchOrderNo.trimEnd();
    const { affected } = await transaction.execute(
      `UPDATE ${checkout} SET paid_no = ? WHERE ${CHECKOUT_KEY} AND paid_no IS NULL`,
      [mchOrderNo, ...row],
    );
    if (affected > 0) return undefined;
    const { rows } = await transaction.execute(`SELECT paid_no FROM ${checkout} WHERE ${CHECKOUT_KEY}`, row);
    const paidNo = rows[0]?.paid_no;
    // No row: it has been deleted.
    return typeof paidNo === 'string' && paidNo !== mchOrderNo ? paidNo : undefined;
  }

  /** Records that the gateway reported an order under the key as paid before its handlers have committed. */
  async noteSuccess(transaction: SqlExecutor, { data }: OutcomeEvent, key: string): Promise<void> {
    await transaction.execute(
      `UPDATE ${this.tables.checkout} SET success_no = ? WHERE ${CHECKOUT_KEY} AND success_no IS NULL`,
      [data.mchOrderNo.trimEnd(), ...checkoutKeyOf(this.instance, data.mchNo, key)],
    );
  }
}
