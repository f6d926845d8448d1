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

/** The parameters of every payment order, except its number. Source: protocol §8. */
export abstract class OrderParams {
  /**
   * The amount in minor units, 1 to 2147483647: 100 is 1.00 yuan.
   * @example 100
   */
  @Normalize()
  @Rule(required('the amount in minor units (fen), e.g. 10031 for 100.31 yuan', minorUnits))
  amount!: number;

  /**
   * When the customer registered with you: a Date, or 13-digit milliseconds since 1970 as a number or string.
   * @example 1622016572190
   */
  @Normalize(toMilliseconds)
  @Rule(required('when the customer signed up, as 13-digit milliseconds or a Date, e.g. 1622016572190', milliseconds))
  registerTime!: number | string | Date;

  /**
   * Your unique customer number.
   * @example 'C200492312'
   */
  @Normalize()
  @Rule(required('your unique customer number, e.g. C200492312', text(64)))
  custNo!: string;

  /**
   * The real name of the payer.
   * @example '张三'
   */
  @Normalize()
  @Rule(optional(text(64)))
  userName?: string;

  /**
   * The URL to which the gateway posts the order's result: http or https, up to 128 characters, no `?` and no `#`.
   * Defaults to the option `notifyUrl`; without either, the gateway sends no notify.
   * @example 'https://www.yourserver.com/notify.htm'
   */
  @Normalize()
  @Rule(optional(notifyUrl))
  notifyUrl?: string;

  /**
   * The page to which the payer returns: http or https, up to 128 characters. Defaults to the option `returnUrl`. A
   * payer's arrival there does not prove a payment.
   * @example 'https://www.yourserver.com/return.htm'
   */
  @Normalize()
  @Rule(optional(httpUrl))
  returnUrl?: string;

  /**
   * Seconds until the order expires. Defaults to 900 for a cashier order, which is also its minimum, and to 7200 for
   * others; see `expiresAt` of the response.
   * @example 3600
   */
  @Normalize()
  @Rule(optional(seconds))
  expiredTime?: number;

  /**
   * Your own text, returned in notifies and queries: up to 128 characters, no `&`.
   * @example '134586944573118714'
   */
  @Normalize()
  @Rule(optional(echoedText(128)))
  extParam?: string;
}
