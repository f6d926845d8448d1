import { OrderState } from '../protocol/order-state.js';
import { ApiSchema } from '../openapi/decorators.js';
import { MILLISECONDS } from '../openapi/schema.js';

/** A payment order: the response of a query. Source: protocol §8. */
export class PaymentOrder {
  /**
   * The gateway's order number.
   * @example 'P1795063328371040258'
   */
  payOrderId!: string;

  /**
   * The merchant's order number.
   * @example '20160427210604000490'
   */
  mchOrderNo!: string;

  /**
   * The merchant's number.
   * @example 'M1621873433953'
   */
  mchNo!: string;

  /**
   * The app that created the order; a query finds the orders of all apps of the merchant.
   * @example '60cc09bce4b0f1c0b83761c9'
   */
  appId!: string;

  /**
   * Minor units: 10031 is 100.31 yuan.
   * @example 10031
   */
  @ApiSchema({ type: 'integer', format: 'int32', minimum: 1 })
  amount!: number;

  /**
   * Three letters, such as `cny`.
   * @example 'cny'
   */
  currency!: string;

  /**
   * 0 created, 1 paying, 2 success, 3 failed, 4 cancelled, 5 refunded, 6 closed.
   * @example 2
   */
  @ApiSchema({ type: 'integer' })
  state!: OrderState;

  /**
   * The payment method, such as `ALI_QR`; undefined while the payer has not chosen one.
   * @example 'ALI_QR'
   */
  wayCode?: string;

  /**
   * The gateway's code of the payment channel.
   * @example 'alipay'
   */
  ifCode?: string;

  /**
   * The payer's IP address, if known from the order or the cashier page.
   * @example '210.73.10.148'
   */
  clientIp?: string;

  /**
   * The product's title.
   * @example '商品'
   */
  subject?: string;

  /**
   * The product's description.
   * @example '0'
   */
  body?: string;

  /**
   * The cashier page's URL; cashier orders only.
   * @example 'https://pay.example/cashier/P1795063328371040258'
   */
  payUrl?: string;

  /**
   * The payment channel's order number.
   * @example '20240528220014123456'
   */
  channelOrderNo?: string;

  /**
   * The payment channel's error code.
   * @example 'ACQ.TRADE_HAS_CLOSE'
   */
  errCode?: string;

  /**
   * The payment channel's error message.
   * @example '交易已关闭'
   */
  errMsg?: string;

  /**
   * The merchant's extParam.
   * @example '134586944573118714'
   */
  extParam?: string;

  /**
   * When the gateway created the order, in ms since 1970.
   * @example 1716888800000
   */
  @ApiSchema(MILLISECONDS)
  createdAt?: number;

  /**
   * When the order was paid, in ms since 1970. A success without it may be a payment after the order was closed.
   * @example 1716888888123
   */
  @ApiSchema(MILLISECONDS)
  successTime?: number;

  /**
   * The merchant's fee rate, as a string; only in notifies, and only for some merchants.
   * @example '0.0060'
   */
  mchFeeRate?: string;

  /**
   * The merchant's fee in minor units, deducted from the credited amount; only in notifies, and only for some
   * merchants.
   * @example 60
   */
  @ApiSchema({ type: 'integer', format: 'int64', minimum: 0 })
  mchFeeAmount?: number;

  /**
   * The payer's id at the payment channel; only in notifies, and only for some merchants.
   * @example '2088102146225135'
   */
  channelUser?: string;

  /**
   * All other signed fields of a notify, by name: the gateway adds fields without notice. All values are strings.
   * @example { storeId: '1001' }
   */
  @ApiSchema({ type: 'object', additionalProperties: { type: 'string' }, readOnly: true })
  extra?: Readonly<Record<string, string>>;
}
