import { Rule, required } from '../validation/rule.js';
import { echoedText, ipv4, oneOf, toIpv4 } from '../validation/checks.js';
import { Normalize } from '../validation/normalize.js';
import { OrderNumber } from './order-number.js';
import { OrderParams } from './order-params.dto.js';

/** The chains on which a crypto order can be paid, by their ids at the gateway. Source: protocol §8. */
export enum Chain {
  Ethereum = '1',
  Tron = '0x2b6653dc',
  BnbSmartChain = '56',
  Polygon = '137',
}

/**
 * The parameters of a crypto order: every documented parameter of api/pay/cryptoOrder except those that the module
 * sets. The amount is in hundredths: 10031 is 100.31 USDT. Source: protocol §8.
 */
export class CreateCryptoOrderDto extends OrderParams {
  /**
   * Your order number, unique per merchant: up to 64 characters, no `&`, no white space. The gateway ignores case:
   * `abc-1` and `ABC-1` are the same order.
   * @example '20160427210604000490'
   */
  @OrderNumber()
  mchOrderNo!: string;

  /**
   * The coin to pay with.
   * @example 'USDT'
   */
  @Normalize((value) => (typeof value === 'string' ? value.toUpperCase() : value))
  @Rule(required('the coin to pay with, USDT or USDC', oneOf('USDT', 'USDC')))
  currency!: 'USDT' | 'USDC';

  /**
   * The chain to pay on.
   * @example '0x2b6653dc'
   */
  @Normalize()
  @Rule(required('the chain to pay on, e.g. Chain.Tron', oneOf(...Object.values(Chain))))
  chain!: Chain;

  /**
   * The payer's IPv4 address. `::ffff:210.73.10.148` is sent as 210.73.10.148; any other IPv6 address is refused.
   * @example '210.73.10.148'
   */
  @Normalize(toIpv4)
  @Rule(required("the payer's IPv4 address, e.g. 210.73.10.148", ipv4))
  clientIp!: string;

  /**
   * The product's title: up to 8 characters, no `&`.
   * @example '商品'
   */
  @Normalize()
  @Rule(required("the product's title, up to 8 characters", echoedText(8)))
  subject!: string;

  /**
   * The product's description: up to 8 characters, no `&`.
   * @example '0'
   */
  @Normalize()
  @Rule(required("the product's description, up to 8 characters", echoedText(8)))
  body!: string;
}
