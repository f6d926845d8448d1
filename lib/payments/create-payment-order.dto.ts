import { Rule, optional, required } from '../validation/rule.js';
import { echoedText, ipv4, toIpv4, wayCode } from '../validation/checks.js';
import { Normalize } from '../validation/normalize.js';
import { OrderNumber } from './order-number.js';
import { RmbOrderParams } from './rmb-order-params.dto.js';

/**
 * The parameters of a payment order with a fixed payment method: every documented parameter of api/pay/unifiedOrder
 * except those that the module sets. Source: protocol §8.
 */
export class CreatePaymentOrderDto extends RmbOrderParams {
  /**
   * Your order number, unique per merchant: up to 64 characters, no `&`, no white space. The gateway ignores case:
   * `abc-1` and `ABC-1` are the same order.
   * @example '20160427210604000490'
   */
  @OrderNumber()
  mchOrderNo!: string;

  /**
   * The payment method.
   * @example 'ALI_QR'
   */
  @Normalize()
  @Rule(required("the payment method's code, e.g. ALI_QR", wayCode))
  wayCode!: string;

  /**
   * The payer's IPv4 address. The gateway refuses addresses outside mainland China. `::ffff:210.73.10.148` is sent as
   * 210.73.10.148; any other IPv6 address is refused.
   * @example '210.73.10.148'
   */
  @Normalize(toIpv4)
  @Rule(required("the payer's IPv4 address, e.g. 210.73.10.148", ipv4))
  clientIp!: string;

  /**
   * The product's title: up to 64 characters, no `&`. Defaults to 商品, the fixed value that the gateway documents.
   * @example '商品'
   */
  @Normalize()
  @Rule(optional(echoedText(64)))
  subject?: string;

  /**
   * The product's description: up to 256 characters, no `&`. Defaults to 0, the fixed value that the gateway documents.
   * @example '0'
   */
  @Normalize()
  @Rule(optional(echoedText(256)))
  body?: string;
}
