import { Rule, optional, required } from '../validation/rule.js';
import { echoedText, ipv4, toIpv4, wayCode } from '../validation/checks.js';
import { Normalize } from '../validation/normalize.js';
import { OrderNumber } from './order-number.js';
import { RmbOrderParams } from './rmb-order-params.dto.js';

/**
 * What a payment order by one payment method is made of: every parameter that api/pay/unifiedOrder documents, but for
 * those that the module fills in. Source: protocol §8.
 */
export class CreatePaymentOrderDto extends RmbOrderParams {
  /**
   * Your own number of the order, unique per merchant: up to 64 characters, no `&`, no white space. The gateway compares
   * numbers without case: `abc-1` and `ABC-1` are one order to it.
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
   * The payer's IPv4 address. The gateway refuses addresses outside mainland China. What a dual-stack server calls
   * `::ffff:210.73.10.148` is sent as 210.73.10.148; any other IPv6 address is refused.
   * @example '210.73.10.148'
   */
  @Normalize(toIpv4)
  @Rule(required("the payer's IPv4 address, e.g. 210.73.10.148", ipv4))
  clientIp!: string;

  /**
   * The product's title: up to 64 characters, no `&`. The gateway documents the fixed value 商品, which is sent where left
   * out.
   * @example '商品'
   */
  @Normalize()
  @Rule(optional(echoedText(64)))
  subject?: string;

  /**
   * The product's description: up to 256 characters, no `&`. The gateway documents the fixed value 0, which is sent where
   * left out.
   * @example '0'
   */
  @Normalize()
  @Rule(optional(echoedText(256)))
  body?: string;
}
