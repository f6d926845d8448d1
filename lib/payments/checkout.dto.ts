import { checkoutKey } from '../validation/checks.js';
import { Normalize } from '../validation/normalize.js';
import { required, Rule } from '../validation/rule.js';
import { CashierOrderParams } from './cashier-order-params.dto.js';

/** What a checkout is made of: the parameters of a cashier order, and a key in place of its number, which the module makes. */
export class CheckoutDto extends CashierOrderParams {
  /**
   * Your own id of what is bought, such as that of the basket or of your order, unique per merchant: 1 to 64 printable characters,
   * compared exactly. A key has one amount and one currency.
   * @example 'basket-7d0f2c'
   */
  @Normalize()
  @Rule(required('your own id of what is bought, e.g. that of the basket', checkoutKey))
  key!: string;
}
