import { Rule, optional, required } from '../validation/rule.js';
import {
  currencyCode,
  echoedText,
  ipv4,
  jsonObjectText,
  minorUnits,
  notifyUrl,
  oneOf,
  orderNumber,
  text,
  toIpv4,
  toJsonText,
  toLowerCase,
} from '../validation/checks.js';
import { Normalize } from '../validation/normalize.js';

/**
 * The parameters of a transfer: every documented parameter of api/transferOrder except those that the module sets.
 * Source: protocol §8.
 */
export class CreateTransferDto {
  /**
   * Your transfer number, unique per merchant: up to 64 characters, no `&`, no white space. The gateway ignores case:
   * `t-1` and `T-1` are the same transfer.
   * @example '20160427210604000490'
   */
  @Normalize()
  @Rule(required('your transfer number, e.g. 20160427210604000490', orderNumber))
  mchOrderNo!: string;

  /**
   * The amount in minor units, 1 to 2147483647: 100 is 1.00 yuan.
   * @example 100
   */
  @Normalize()
  @Rule(required('the amount in minor units (fen), e.g. 10031 for 100.31 yuan', minorUnits))
  amount!: number;

  /**
   * Three-letter currency code. Defaults to the option `currency`.
   * @example 'cny'
   */
  @Normalize(toLowerCase)
  @Rule(optional(currencyCode))
  currency?: string;

  /**
   * Your unique customer number of the receiver.
   * @example 'C200492312'
   */
  @Normalize()
  @Rule(required('your unique customer number, e.g. C200492312', text(64)))
  custNo!: string;

  /**
   * The customer's IPv4 address. `::ffff:210.73.10.148` is sent as 210.73.10.148; any other IPv6 address is refused.
   * @example '210.73.10.148'
   */
  @Normalize(toIpv4)
  @Rule(required("the customer's IPv4 address, e.g. 210.73.10.148", ipv4))
  clientIp!: string;

  /**
   * The kind of account; only bank cards are documented.
   * @example 'BANK_CARD'
   */
  @Normalize()
  @Rule(optional(oneOf('BANK_CARD')))
  entryType?: 'BANK_CARD';

  /**
   * The receiver's bank card number, as a string: up to 64 characters.
   * @example '6222020200112233445'
   */
  @Normalize()
  @Rule(required("the receiver's bank card number, as a string", echoedText(64)))
  accountNo!: string;

  /**
   * The receiver's name, which the bank checks if present: up to 64 characters.
   * @example '张三'
   */
  @Normalize()
  @Rule(optional(echoedText(64)))
  accountName?: string;

  /**
   * The bank's name, for the record: up to 32 characters.
   * @example '中国工商银行'
   */
  @Normalize()
  @Rule(optional(echoedText(32)))
  bankName?: string;

  /**
   * The description: up to 128 characters, no `&`. Defaults to 0, the fixed value that the gateway documents.
   * @example '0'
   */
  @Normalize()
  @Rule(optional(echoedText(128)))
  transferDesc?: string;

  /**
   * The gateway's code of the payment channel, if Pass2Pay told you to send one.
   * @example 'alipay'
   */
  @Normalize()
  @Rule(optional(text(20)))
  ifCode?: string;

  /**
   * The URL to which the gateway posts the transfer's result: http or https, up to 128 characters, no `?` and no `#`.
   * Defaults to the option `transferNotifyUrl`; without either, the gateway sends no notify.
   * @example 'https://www.yourserver.com/transfer-notify'
   */
  @Normalize()
  @Rule(optional(notifyUrl))
  notifyUrl?: string;

  /**
   * Channel-specific parameters such as telNo, cardNo (the ID card's number) and bankCode: an object, or the text of a
   * JSON object of up to 256 characters. Sent as text.
   * @example { "bankCode": "ICBC" }
   */
  @Normalize(toJsonText)
  @Rule(optional(jsonObjectText))
  channelExtra?: Record<string, unknown> | string;

  /**
   * Your own text, returned in notifies and queries: up to 128 characters, no `&`. The documents call it extraParam;
   * see the option `transferExtParamName`.
   * @example '134586944573118714'
   */
  @Normalize()
  @Rule(optional(echoedText(128)))
  extParam?: string;
}
