import { Rule, optional, required } from '../validation/rule.js';
import {
  echoedText,
  httpUrl,
  milliseconds,
  minorUnits,
  notifyUrl,
  seconds,
  text,
  toMilliseconds,
} from '../validation/checks.js';
import { Normalize } from '../validation/normalize.js';

/** The parameters that every kind of payment order has, besides its number. Source: protocol §8. */
export abstract class OrderParams {
  /**
   * The amount in minor units, 1 to 2147483647: 100 is 1.00 yuan.
   * @example 100
   */
  @Normalize()
  @Rule(required('the amount in minor units (fen), e.g. 10031 for 100.31 yuan', minorUnits))
  amount!: number;

  /**
   * When the customer signed up with you: a Date, or 13-digit milliseconds since 1970 as a number or string.
   * @example 1622016572190
   */
  @Normalize(toMilliseconds)
  @Rule(required('when the customer signed up, as 13-digit milliseconds or a Date, e.g. 1622016572190', milliseconds))
  registerTime!: number | string | Date;

  /**
   * Your own unique number of the customer.
   * @example 'C200492312'
   */
  @Normalize()
  @Rule(required('your own unique number of the customer, e.g. C200492312', text(64)))
  custNo!: string;

  /**
   * The real name of the payer.
   * @example '张三'
   */
  @Normalize()
  @Rule(optional(text(64)))
  userName?: string;

  /**
   * Where the gateway posts the order's result: http or https, up to 128 characters, no `?` and no `#`. The `notifyUrl`
   * of the module's options where left out; with neither, the gateway posts nothing.
   * @example 'https://www.yourserver.com/notify.htm'
   */
  @Normalize()
  @Rule(optional(notifyUrl))
  notifyUrl?: string;

  /**
   * Where the payer goes after paying: http or https, up to 128 characters. The `returnUrl` of the module's options
   * where left out. A payer who arrives there has not proved a payment.
   * @example 'https://www.yourserver.com/return.htm'
   */
  @Normalize()
  @Rule(optional(httpUrl))
  returnUrl?: string;

  /**
   * Seconds until the order expires. Where left out, 900 for a cashier order, which takes 900 for anything less too, and
   * 7200 for others; see `expiresAt` of the answer.
   * @example 3600
   */
  @Normalize()
  @Rule(optional(seconds))
  expiredTime?: number;

  /**
   * Your own text, which the notify and queries give back: up to 128 characters, no `&`.
   * @example '134586944573118714'
   */
  @Normalize()
  @Rule(optional(echoedText(128)))
  extParam?: string;
}
