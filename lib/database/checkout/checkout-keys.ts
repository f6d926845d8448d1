import type { OutcomeEvent } from '../../outcomes/outcome.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlExecutor, SqlValue } from '../sql-database.js';

/** The condition of a key's row, by the values of `checkoutKeyOf`. */
export const CHECKOUT_KEY = 'checkout_key = ? AND mch_no = ? AND instance = ?';

export function checkoutKeyOf(instance: string, mchNo: string, key: string): SqlValue[] {
  return [key, mchNo, instance];
}

/** What outcomes say of the key that their order was made for; the order's row is locked already. */
export class CheckoutKeys {
  constructor(
    private readonly tables: Tables,
    private readonly instance: string,
  ) {}

  /**
   * Makes the order of a success the one that has paid the key, unless another has: one statement then.
   *
   * @returns the number of the order that has paid it before
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
    // No row: somebody has taken it away.
    return typeof paidNo === 'string' && paidNo !== mchOrderNo ? paidNo : undefined;
  }

  /** Says that the gateway calls an order under the key paid, although its handlers have not committed that. */
  async noteSuccess(transaction: SqlExecutor, { data }: OutcomeEvent, key: string): Promise<void> {
    await transaction.execute(
      `UPDATE ${this.tables.checkout} SET success_no = ? WHERE ${CHECKOUT_KEY} AND success_no IS NULL`,
      [data.mchOrderNo.trimEnd(), ...checkoutKeyOf(this.instance, data.mchNo, key)],
    );
  }
}
