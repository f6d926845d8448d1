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
 * What a transfer is made of: every parameter that api/transferOrder documents, but for those that the module fills in.
 * Source: protocol §8.
 */
export class CreateTransferDto {
  /**
   * Your own number of the transfer, unique per merchant: up to 64 characters, no `&`, no white space. The gateway compares
   * numbers without case: `t-1` and `T-1` are one transfer to it.
   * @example '20160427210604000490'
   */
  @Normalize()
  @Rule(required('your own number of the transfer, e.g. 20160427210604000490', orderNumber))
  mchOrderNo!: string;

  /**
   * The amount in minor units, 1 to 2147483647: 100 is 1.00 yuan.
   * @example 100
   */
  @Normalize()
  @Rule(required('the amount in minor units (fen), e.g. 10031 for 100.31 yuan', minorUnits))
  amount!: number;

  /**
   * Three-letter currency code; the `currency` of the module's options where left out.
   * @example 'cny'
   */
  @Normalize(toLowerCase)
  @Rule(optional(currencyCode))
  currency?: string;

  /**
   * Your own unique number of the customer who gets the money.
   * @example 'C200492312'
   */
  @Normalize()
  @Rule(required('your own unique number of the customer, e.g. C200492312', text(64)))
  custNo!: string;

  /**
   * The customer's IPv4 address. What a dual-stack server calls `::ffff:210.73.10.148` is sent as 210.73.10.148; any other
   * IPv6 address is refused.
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
   * The receiver's name, which the bank checks where it is given: up to 64 characters.
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
   * The description: up to 128 characters, no `&`. The gateway documents the fixed value 0, which is sent where left out.
   * @example '0'
   */
  @Normalize()
  @Rule(optional(echoedText(128)))
  transferDesc?: string;

  /**
   * The gateway's code of the payment channel, where Pass2Pay told you to send one.
   * @example 'alipay'
   */
  @Normalize()
  @Rule(optional(text(20)))
  ifCode?: string;

  /**
   * Where the gateway posts the transfer's result: http or https, up to 128 characters, no `?` and no `#`. The
   * `transferNotifyUrl` of the module's options where left out; with neither, the gateway posts nothing.
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
   * Your own text, which the notify and queries give back: up to 128 characters, no `&`. The documents call it extraParam;
   * see the option `transferExtParamName`.
   * @example '134586944573118714'
   */
  @Normalize()
  @Rule(optional(echoedText(128)))
  extParam?: string;
}
