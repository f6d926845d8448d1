import { Rule, optional } from '../validation/rule.js';
import { echoedText, wayCode } from '../validation/checks.js';
import { Normalize } from '../validation/normalize.js';
import { RmbOrderParams } from './rmb-order-params.dto.js';

/** The parameters of a cashier order, except its number. Source: protocol §8. */
export abstract class CashierOrderParams extends RmbOrderParams {
  /**
   * The only payment method that the cashier page offers.
   * @example 'ALI_QR'
   */
  @Normalize()
  @Rule(optional(wayCode))
  wayCode?: string;

  /**
   * Reserved by the gateway; refused unless `allowReservedFields` is set. Up to 64 characters, no `&`.
   * @example '商品'
   */
  @Normalize()
  @Rule(optional(echoedText(64)))
  subject?: string;

  /**
   * Reserved by the gateway; refused unless `allowReservedFields` is set. Up to 256 characters, no `&`.
   * @example '0'
   */
  @Normalize()
  @Rule(optional(echoedText(256)))
  body?: string;
}
