import type { PayDataType } from '../protocol/pay-data-type.js';
import { OrderState } from '../protocol/order-state.js';
import { ApiSchema } from '../openapi/decorators.js';

/** A created cashier order: the response of api/pay/cashierOrder. Source: protocol §8. */
export class CashierOrder {
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
   * 0 created, 1 paying, 2 success, 3 failed, 4 cancelled, 5 refunded, 6 closed. Failed (3) right after a create does
   * not mean that the order cannot be paid: the payment channel may have accepted it. Do not ship, offer another order
   * with a new number, and expect a possible late success of this one.
   * @example 2
   */
  @ApiSchema({ type: 'integer' })
  state!: OrderState;

  /**
   * The page to send the payer to. Undefined if the order failed at once (`state` is Failed), and possibly if it was
   * recovered.
   * @example 'https://pay.example/cashier/P1795063328371040258'
   */
  cashierUrl?: string;

  /**
   * The kind of `cashierUrl`: `payUrl`, a link to follow. Undefined if there is none.
   * @example 'payUrl'
   */
  @ApiSchema({ type: 'string' })
  payDataType?: PayDataType | (string & {});

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
   * When the order expires, at least 900 s after the request.
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
