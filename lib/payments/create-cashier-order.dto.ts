import { CashierOrderParams } from './cashier-order-params.dto.js';
import { OrderNumber } from './order-number.js';

/**
 * The parameters of a cashier order: every documented parameter of api/pay/cashierOrder except mchNo, appId, reqTime,
 * version, signType and sign, which the module sets. Source: protocol §8.
 */
export class CreateCashierOrderDto extends CashierOrderParams {
  /**
   * Your order number, unique per merchant: up to 64 characters, no `&`, no white space. The gateway ignores case:
   * `abc-1` and `ABC-1` are the same order.
   * @example '20160427210604000490'
   */
  @OrderNumber()
  mchOrderNo!: string;
}
