import type { PayDataType } from '../protocol/pay-data-type.js';
import { OrderState } from '../protocol/order-state.js';
import { ApiSchema } from '../openapi/decorators.js';

/** A payment order as the gateway made it: the answer of api/pay/unifiedOrder and api/pay/cryptoOrder. */
export class CreatedPayment {
  /**
   * Your own number of the order.
   * @example '20160427210604000490'
   */
  mchOrderNo!: string;

  /**
   * The gateway's number of the order.
   * @example 'P1795063328371040258'
   */
  payOrderId!: string;

  /**
   * An answer without an error is no payment: look at the state.
   * 0 created, 1 paying, 2 success, 3 failed, 4 cancelled, 5 refunded, 6 closed.
   * Failed (3) right after a create is not "not paid": the upstream may have taken the order all the same, and the payer may
   * still pay it. Ship nothing, offer another order under a number of its own, and expect a late success of this one.
   * @example 2
   */
  @ApiSchema({ type: 'integer' })
  state!: OrderState;

  /**
   * How to use `payData`: `payUrl` is a page to send the payer to, `form` is HTML that posts itself, `wxapp`, `aliapp` and
   * `ysfapp` are parameters for the SDK of WeChat Pay, Alipay and UnionPay, `codeUrl` is the text of a QR code,
   * `codeImgUrl` is the URL of its picture, `none` needs nothing. Any other word is passed through as the gateway sent it.
   * Undefined where the order failed at once, and where it was found again by a query, which does not tell.
   * @example 'payUrl'
   */
  @ApiSchema({ type: 'string' })
  payDataType?: PayDataType | (string & {});

  /**
   * What `payDataType` says how to use.
   * @example 'https://qr.example/bax00000'
   */
  payData?: string;

  /** Of a payment that succeeded at once. */
  payOrderInfo?: Record<string, unknown>;

  /**
   * The payment channel's error code.
   * @example 'ACQ.TRADE_HAS_CLOSE'
   */
  errCode?: string;

  /**
   * The payment channel's error text.
   * @example '交易已关闭'
   */
  errMsg?: string;

  /**
   * When the order expires.
   * @example '2024-05-28T10:00:00.000Z'
   */
  expiresAt!: Date;

  /**
   * Whether this call did not make it: an earlier one did, or this one's own answer was lost and a query found the order.
   * @example false
   */
  recovered!: boolean;

  /**
   * The gateway's request ID.
   * @example '9d1a6b0e7c3f4f5a'
   */
  traceId?: string;
}
