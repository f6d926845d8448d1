import { Checked, optional, required } from '../fields/checked.js';
import {
  currencyCode,
  echoedText,
  httpUrl,
  idNumber,
  jsonObjectText,
  milliseconds,
  minorUnits,
  notifyUrl,
  orderNumber,
  phone,
  seconds,
  text,
  toJsonText,
  toMilliseconds,
  wayCode,
} from '../fields/checks.js';
import { Normalized } from '../fields/normalize.js';

/**
 * What a cashier order is made of: every parameter that api/pay/cashierOrder documents, but for mchNo, appId, reqTime,
 * version, signType and sign, which the module fills in. Source: protocol §8.
 */
export class CreateCashierOrderDto {
  /**
   * Your own number of the order, unique per merchant: up to 64 characters, no `&`, no white space.
   * @example '20160427210604000490'
   */
  @Normalized()
  @Checked(required('your own number of the order, e.g. 20160427210604000490', orderNumber))
  mchOrderNo!: string;

  /**
   * The amount in minor units, 1 to 2147483647: 100 is 1.00 yuan.
   * @example 100
   */
  @Normalized()
  @Checked(required('the amount in minor units (fen), e.g. 10031 for 100.31 yuan', minorUnits))
  amount!: number;

  /**
   * Three-letter currency code; the `currency` of the module's options where left out.
   * @example 'cny'
   */
  @Normalized((value) => (typeof value === 'string' ? value.toLowerCase() : value))
  @Checked(optional(currencyCode))
  currency?: string;

  /**
   * When the customer signed up with you: a Date, or 13-digit milliseconds since 1970 as a number or string.
   * @example 1622016572190
   */
  @Normalized(toMilliseconds)
  @Checked(
    required('when the customer signed up, as 13-digit milliseconds or a Date, e.g. 1622016572190', milliseconds),
  )
  registerTime!: number | string | Date;

  /**
   * Your own unique number of the customer.
   * @example 'C200492312'
   */
  @Normalized()
  @Checked(required('your own unique number of the customer, e.g. C200492312', text(64)))
  custNo!: string;

  /**
   * The payment method to use, so that the cashier page offers no other.
   * @example 'ALI_QR'
   */
  @Normalized()
  @Checked(optional(wayCode))
  wayCode?: string;

  /**
   * Reserved by the gateway: refused unless `allowReservedFields` is set. Up to 64 characters, no `&`.
   * @example '商品'
   */
  @Normalized()
  @Checked(optional(echoedText(64)))
  subject?: string;

  /**
   * Reserved by the gateway: refused unless `allowReservedFields` is set. Up to 256 characters, no `&`.
   * @example '0'
   */
  @Normalized()
  @Checked(optional(echoedText(256)))
  body?: string;

  /**
   * The real name of the payer.
   * @example '张三'
   */
  @Normalized()
  @Checked(optional(text(64)))
  userName?: string;

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
   * Where the gateway posts the order's result: http or https, up to 128 characters, no `?` and no `#`. The `notifyUrl`
   * of the module's options where left out; with neither, the gateway posts nothing.
   * @example 'https://www.yourserver.com/notify.htm'
   */
  @Normalized()
  @Checked(optional(notifyUrl))
  notifyUrl?: string;

  /**
   * Where the payer goes after paying: http or https, up to 128 characters. The `returnUrl` of the module's options
   * where left out. A payer who arrives there has not proved a payment.
   * @example 'https://www.yourserver.com/return.htm'
   */
  @Normalized()
  @Checked(optional(httpUrl))
  returnUrl?: string;

  /**
   * Seconds until the order expires. Below 900, and where left out, the gateway uses 900; see `expiresAt` of the answer.
   * @example 3600
   */
  @Normalized()
  @Checked(optional(seconds))
  expiredTime?: number;

  /**
   * Your own text, which the notify and queries give back: up to 128 characters, no `&`.
   * @example '134586944573118714'
   */
  @Normalized()
  @Checked(optional(echoedText(128)))
  extParam?: string;

  /**
   * Channel-specific parameters: an object, or the text of a JSON object of up to 256 characters. Sent as text.
   * @example '{"authCode":"280812820366966512"}'
   */
  @Normalized(toJsonText)
  @Checked(optional(jsonObjectText))
  channelExtra?: Record<string, unknown> | string;
}
