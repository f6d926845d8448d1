import { Checked, optional, required } from '../fields/checked.js';
import {
  currencyCode,
  echoedText,
  idNumber,
  ipv4,
  jsonObjectText,
  phone,
  toJsonText,
  toLowerCase,
  wayCode,
} from '../fields/checks.js';
import { Normalized } from '../fields/normalize.js';
import { OrderParams } from '../order/order-params.dto.js';

/**
 * What a payment order by one payment method is made of: every parameter that api/pay/unifiedOrder documents, but for
 * those that the module fills in. Source: protocol §8.
 */
export class CreatePaymentOrderDto extends OrderParams {
  /**
   * The payment method.
   * @example 'ALI_QR'
   */
  @Normalized()
  @Checked(required("the payment method's code, e.g. ALI_QR", wayCode))
  wayCode!: string;

  /**
   * Three-letter currency code; the `currency` of the module's options where left out.
   * @example 'cny'
   */
  @Normalized(toLowerCase)
  @Checked(optional(currencyCode))
  currency?: string;

  /**
   * The payer's IPv4 address. The gateway refuses addresses outside mainland China.
   * @example '210.73.10.148'
   */
  @Normalized()
  @Checked(required("the payer's IPv4 address, e.g. 210.73.10.148", ipv4))
  clientIp!: string;

  /**
   * The product's title: up to 64 characters, no `&`. The gateway documents the fixed value 商品, which is sent where left
   * out.
   * @example '商品'
   */
  @Normalized()
  @Checked(optional(echoedText(64)))
  subject?: string;

  /**
   * The product's description: up to 256 characters, no `&`. The gateway documents the fixed value 0, which is sent where
   * left out.
   * @example '0'
   */
  @Normalized()
  @Checked(optional(echoedText(256)))
  body?: string;

  /**
   * The payer's mobile number.
   * @example '13812341234'
   */
  @Normalized()
  @Checked(optional(phone))
  mbrTel?: string;

  /**
   * The payer's ID card number, 15 or 18 characters.
   * @example '320681198603213312'
   */
  @Normalized()
  @Checked(optional(idNumber))
  idNo?: string;

  /**
   * Channel-specific parameters: an object, or the text of a JSON object of up to 256 characters. Sent as text. With
   * `payDataType` it says in which form to answer: codeUrl or codeImgUrl for ALI_QR, payUrl, codeImgUrl or form for
   * ALI_WAP.
   * @example '{"payDataType":"codeImgUrl"}'
   */
  @Normalized(toJsonText)
  @Checked(optional(jsonObjectText))
  channelExtra?: Record<string, unknown> | string;
}
