import { checkoutKey } from '../validation/checks.js';
import { Normalize } from '../validation/normalize.js';
import { required, Rule } from '../validation/rule.js';
import { CashierOrderParams } from './cashier-order-params.dto.js';

/**
 * The parameters of a checkout: those of a cashier order, with a key instead of the number, which the module generates.
 */
export class CheckoutDto extends CashierOrderParams {
  /**
   * Your id of the purchase, such as the id of the basket or of your order, unique per merchant: 1 to 64 printable
   * characters, compared exactly. A key has one amount and one currency.
   * @example 'basket-7d0f2c'
   */
  @Normalize()
  @Rule(required('your id of the purchase, e.g. the basket id', checkoutKey))
  key!: string;
}
