import type { PayEndpoint } from '../dialects/dialect.js';
import type { OrderStateNumber, RefundStateNumber, StateChange, TransferStateNumber } from './order-state.js';

/**
 * A request's parameters in the gateway's bean, without `sign`. An integer above 2^53 − 1 is a string of its digits.
 */
export type ReceivedParams = Readonly<Record<string, string | number>>;

/**
 * A pay order of the sandbox. Times are in ms since 1970, amounts in minor units (10031 is 100.31); an amount above
 * 2^53 − 1 is rounded here, and exact in `request`.
 */
export interface SandboxOrder {
  readonly endpoint: PayEndpoint;
  readonly payOrderId: string;
  readonly mchNo: string;
  readonly appId: string;
  readonly mchOrderNo: string;
  /** The channel; undefined until one is chosen. */
  ifCode?: string;
  /** The payment method; the payer's choice replaces one that leaves it open (`CHANNEL_CASHIER`). */
  wayCode: string;
  readonly amount: number;
  readonly currency: string;
  readonly subject: string;
  readonly body: string;
  readonly clientIp?: string;
  readonly extParam?: string;
  readonly notifyUrl?: string;
  readonly returnUrl?: string;
  readonly payDataType: string;
  readonly payData: string;
  /** The token of the order's cashier page. */
  readonly cashierToken: string;
  readonly createdAt: number;
  /**
   * When the order expires, taking `notifySpeed` into account. It closes at the gateway's next full minute, and can be
   * paid until then.
   */
  readonly expiresAt: number;
  /**
   * All parameters that the merchant sent, including those that no response contains (custNo, registerTime, userName,
   * …).
   */
  readonly request: ReceivedParams;
  readonly history: StateChange<OrderStateNumber>[];
  state: OrderStateNumber;
  successTime?: number;
  /** Whether it closed because it expired. */
  expired?: boolean;
  /** The sum of the successful refunds, in minor units. */
  refundedAmount?: number;
  /** When a payment arrived after the order had failed or closed; its state does not change. */
  paidLateAt?: number;
  channelOrderNo?: string;
  errCode?: string;
  errMsg?: string;
}

/** A transfer of the sandbox. Times are in ms since 1970, amounts in minor units. */
export interface SandboxTransfer {
  readonly transferId: string;
  readonly mchNo: string;
  readonly appId: string;
  readonly mchOrderNo: string;
  readonly ifCode: string;
  readonly entryType: string;
  readonly amount: number;
  readonly currency: string;
  readonly accountNo: string;
  readonly accountName?: string;
  readonly bankName?: string;
  readonly transferDesc?: string;
  readonly extParam?: string;
  readonly notifyUrl?: string;
  readonly createdAt: number;
  /** All parameters that the merchant sent. */
  readonly request: ReceivedParams;
  readonly history: StateChange<TransferStateNumber>[];
  state: TransferStateNumber;
  successTime?: number;
  channelOrderNo?: string;
  errCode?: string;
  errMsg?: string;
}

/** A refund of the sandbox. Times are in ms since 1970, amounts in minor units. */
export interface SandboxRefund {
  readonly refundOrderId: string;
  readonly mchNo: string;
  readonly appId: string;
  /** The merchant's number of the refund. */
  readonly mchRefundNo: string;
  /** The refunded order. */
  readonly payOrderId: string;
  readonly mchOrderNo: string;
  readonly payAmount: number;
  readonly refundAmount: number;
  readonly currency: string;
  readonly extParam?: string;
  readonly notifyUrl?: string;
  readonly createdAt: number;
  /** All parameters that the merchant sent. */
  readonly request: ReceivedParams;
  readonly history: StateChange<RefundStateNumber>[];
  state: RefundStateNumber;
  successTime?: number;
  channelOrderNo?: string;
  errCode?: string;
  errMsg?: string;
}
