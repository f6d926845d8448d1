import type { PayDataType } from '../protocol/pay-data-type.js';
import { OrderState } from '../protocol/order-state.js';
import { ApiSchema } from '../openapi/decorators.js';

/** A cashier order as the gateway made it: the answer of api/pay/cashierOrder. Source: protocol §8. */
export class CashierOrder {
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
   * 0 created, 1 paying, 2 success, 3 failed, 4 cancelled, 5 refunded, 6 closed.
   * Failed (3) right after a create is not "not paid": the upstream may have taken the order all the same, and the payer may
   * still pay it. Ship nothing, offer another order under a number of its own, and expect a late success of this one.
   * @example 2
   */
  @ApiSchema({ type: 'integer' })
  state!: OrderState;

  /**
   * The page to send the payer to. Undefined where the order failed at once (`state` is Failed), and may be so where it
   * was recovered.
   * @example 'https://pay.example/cashier/P1795063328371040258'
   */
  cashierUrl?: string;

  /**
   * The kind of `cashierUrl`: `payUrl`, a link to follow. Undefined where there is none.
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
   * The payment channel's error text.
   * @example '交易已关闭'
   */
  errMsg?: string;

  /**
   * When the order expires: the gateway gives it at least 900 s from the request.
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
