import type { PayDataType } from '../protocol/pay-data-type.js';
import { OrderState } from '../protocol/order-state.js';
import { ApiSchema } from '../openapi/decorators.js';

/** A created payment order: the response of api/pay/unifiedOrder and api/pay/cryptoOrder. */
export class CreatedPayment {
  /**
   * Your order number.
   * @example '20160427210604000490'
   */
  mchOrderNo!: string;

  /**
   * The gateway's order number.
   * @example 'P1795063328371040258'
   */
  payOrderId!: string;

  /**
   * A response without an error does not mean paid: check the state. 0 created, 1 paying, 2 success, 3 failed, 4
   * cancelled, 5 refunded, 6 closed. Failed (3) right after a create does not mean that the order cannot be paid: the
   * payment channel may have accepted it. Do not ship, offer another order with a new number, and expect a possible
   * late success of this one.
   * @example 2
   */
  @ApiSchema({ type: 'integer' })
  state!: OrderState;

  /**
   * How to use `payData`: `payUrl` is a page to send the payer to, `form` is self-submitting HTML, `wxapp`, `aliapp`
   * and `ysfapp` are parameters for the SDK of WeChat Pay, Alipay and UnionPay, `codeUrl` is the text of a QR code,
   * `codeImgUrl` is the URL of its image, `none` needs nothing. Any other value is passed through unchanged. Undefined
   * if the order failed at once, or if it was recovered by a query, which does not return it.
   * @example 'payUrl'
   */
  @ApiSchema({ type: 'string' })
  payDataType?: PayDataType | (string & {});

  /**
   * The payment data; `payDataType` says how to use it.
   * @example 'https://qr.example/bax00000'
   */
  payData?: string;

  /** Set if the payment succeeded at once. */
  payOrderInfo?: Record<string, unknown>;

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
   * When the order expires.
   * @example '2024-05-28T10:00:00.000Z'
   */
  expiresAt!: Date;

  /**
   * True if an earlier call created the order, or if this call's response was lost and a query found the order.
   * @example false
   */
  recovered!: boolean;

  /**
   * The gateway's request ID.
   * @example '9d1a6b0e7c3f4f5a'
   */
  traceId?: string;
}
