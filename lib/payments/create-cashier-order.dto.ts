import { CashierOrderParams } from './cashier-order-params.dto.js';
import { OrderNumber } from './order-number.js';

/**
 * What a cashier order is made of: every parameter that api/pay/cashierOrder documents, but for mchNo, appId, reqTime,
 * version, signType and sign, which the module fills in. Source: protocol §8.
 */
export class CreateCashierOrderDto extends CashierOrderParams {
  /**
   * Your own number of the order, unique per merchant: up to 64 characters, no `&`, no white space. The gateway compares
   * numbers without case: `abc-1` and `ABC-1` are one order to it.
   * @example '20160427210604000490'
   */
  @OrderNumber()
  mchOrderNo!: string;
}
