import type { PayDataType } from '../order/pay-data-type.js';
import { OrderState } from '../order/order-state.js';

/** A cashier order as the gateway made it: the answer of api/pay/cashierOrder. Source: protocol §8. */
export class CashierOrder {
  /** Your own number of the order. */
  mchOrderNo!: string;

  /** The gateway's number of the order. */
  payOrderId!: string;

  state!: OrderState;

  /**
   * The page to send the payer to. Undefined where the order failed at once (`state` is Failed), and may be so where it
   * was recovered.
   */
  cashierUrl?: string;

  /** The kind of `cashierUrl`: `payUrl`, a link to follow. Undefined where there is none. */
  payDataType?: PayDataType;

  /** The payment channel's error code. */
  errCode?: string;

  /** The payment channel's error text. */
  errMsg?: string;

  /** When the order expires: the gateway gives it at least 900 s from the request. */
  expiresAt!: Date;

  /** Whether the create's own answer was lost and the order was found again by a query. */
  recovered!: boolean;

  /** The gateway's own mark of the request. */
  traceId?: string;
}
