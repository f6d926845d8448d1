import { Rule, optional } from '../validation/rule.js';
import { currencyCode, idNumber, jsonObjectText, phone, toJsonText, toLowerCase } from '../validation/checks.js';
import { Normalize } from '../validation/normalize.js';
import { OrderParams } from './order-params.dto.js';

/** The parameters of every payment order in RMB or another fiat currency. Source: protocol §8. */
export abstract class RmbOrderParams extends OrderParams {
  /**
   * Three-letter currency code. Defaults to the option `currency`.
   * @example 'cny'
   */
  @Normalize(toLowerCase)
  @Rule(optional(currencyCode))
  currency?: string;

  /**
   * The payer's mobile number.
   * @example '13812341234'
   */
  @Normalize()
  @Rule(optional(phone))
  mbrTel?: string;

  /**
   * The payer's ID card number, 15 or 18 characters.
   * @example '320681198603213312'
   */
  @Normalize()
  @Rule(optional(idNumber))
  idNo?: string;

  /**
   * Channel-specific parameters: an object, or the text of a JSON object of up to 256 characters. Sent as text. In a
   * payment order, the member `payDataType` selects the form of `payData`: codeUrl or codeImgUrl for ALI_QR; payUrl,
   * codeImgUrl or form for ALI_WAP.
   * @example { "authCode": "280812820366966512" }
   */
  @Normalize(toJsonText)
  @Rule(optional(jsonObjectText))
  channelExtra?: Record<string, unknown> | string;
}
