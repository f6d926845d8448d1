import { OrderState } from './order-state.js';

/** A payment order as the gateway knows it: a query's answer. Source: protocol §8. */
export class PaymentOrder {
  /** The gateway's number of the order. */
  payOrderId!: string;

  /** The merchant's number of the order. */
  mchOrderNo!: string;

  mchNo!: string;

  /** The app that the order was made for; a query finds the orders of all apps of the merchant. */
  appId!: string;

  /** Minor units: 10031 is 100.31 yuan. */
  amount!: number;

  /** Three letters, such as `cny`. */
  currency!: string;

  state!: OrderState;

  /** The payment method, such as `ALI_QR`; undefined while the payer has not chosen one. */
  wayCode?: string;

  /** The gateway's code of the payment channel. */
  ifCode?: string;

  clientIp?: string;

  subject?: string;

  body?: string;

  /** The cashier page's URL; cashier orders only. */
  payUrl?: string;

  /** The payment channel's number of the order. */
  channelOrderNo?: string;

  /** The payment channel's error code. */
  errCode?: string;

  /** The payment channel's error text. */
  errMsg?: string;

  /** What the merchant sent as extParam. */
  extParam?: string;

  /** When the gateway made the order, in ms since 1970. */
  createdAt?: number;

  /** When the order was paid, in ms since 1970. A success without it may be a payment after the order was closed. */
  successTime?: number;
}
