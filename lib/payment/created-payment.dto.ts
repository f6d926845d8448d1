import type { PayDataType } from '../order/pay-data-type.js';
import { OrderState } from '../order/order-state.js';

/** A payment order as the gateway made it: the answer of api/pay/unifiedOrder and api/pay/cryptoOrder. */
export class CreatedPayment {
  /** Your own number of the order. */
  mchOrderNo!: string;

  /** The gateway's number of the order. */
  payOrderId!: string;

  /** An answer without an error is no payment: look at the state. */
  state!: OrderState;

  /**
   * How to use `payData`: `payUrl` is a page to send the payer to, `form` is HTML that posts itself, `codeUrl` is the text
   * of a QR code, `codeImgUrl` is the URL of its picture, `none` needs nothing. Undefined where the order failed at once,
   * and where it was found again by a query, which does not tell.
   */
  payDataType?: PayDataType;

  payData?: string;

  /** Of a payment that succeeded at once. */
  payOrderInfo?: Record<string, unknown>;

  /** The payment channel's error code. */
  errCode?: string;

  /** The payment channel's error text. */
  errMsg?: string;

  /** When the order expires. */
  expiresAt!: Date;

  /** Whether the create's own answer was lost and the order was found again by a query. */
  recovered!: boolean;

  /** The gateway's own mark of the request. */
  traceId?: string;
}
