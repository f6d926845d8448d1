import type { PayEndpoint } from '../dialects/dialect.js';
import type { OrderStateNumber, RefundStateNumber, StateChange, TransferStateNumber } from './order-state.js';

/**
 * A request's parameters as the gateway's bean held them, without `sign`. An integer beyond 2^53 − 1 is a string of its
 * digits.
 */
export type ReceivedParams = Readonly<Record<string, string | number>>;

/**
 * A pay order as the sandbox keeps it. Times are ms since 1970, amounts minor units (10031 is 100.31); one beyond
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
  /** The payer's choice replaces one that leaves the choice open (`CHANNEL_CASHIER`). */
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
   * When the order's time is up; `notifySpeed` is in it. It closes at the full minute of the gateway after that, and can
   * be paid until then.
   */
  readonly expiresAt: number;
  /** All that the merchant sent, also what no answer repeats (custNo, registerTime, userName, …). */
  readonly request: ReceivedParams;
  readonly history: StateChange<OrderStateNumber>[];
  state: OrderStateNumber;
  successTime?: number;
  /** It closed because its time was up. */
  expired?: boolean;
  /** The sum of the refunds that have succeeded, minor units. */
  refundedAmount?: number;
  /** When a payment came after the order had failed or closed; its state stays what it was. */
  paidLateAt?: number;
  channelOrderNo?: string;
  errCode?: string;
  errMsg?: string;
}

/** A transfer as the sandbox keeps it. Times are ms since 1970, amounts minor units. */
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
  /** All that the merchant sent. */
  readonly request: ReceivedParams;
  readonly history: StateChange<TransferStateNumber>[];
  state: TransferStateNumber;
  successTime?: number;
  channelOrderNo?: string;
  errCode?: string;
  errMsg?: string;
}

/** A refund as the sandbox keeps it. Times are ms since 1970, amounts minor units. */
export interface SandboxRefund {
  readonly refundOrderId: string;
  readonly mchNo: string;
  readonly appId: string;
  /** The merchant's number of the refund. */
  readonly mchRefundNo: string;
  /** The order that is refunded. */
  readonly payOrderId: string;
  readonly mchOrderNo: string;
  readonly payAmount: number;
  readonly refundAmount: number;
  readonly currency: string;
  readonly extParam?: string;
  readonly notifyUrl?: string;
  readonly createdAt: number;
  /** All that the merchant sent. */
  readonly request: ReceivedParams;
  readonly history: StateChange<RefundStateNumber>[];
  state: RefundStateNumber;
  successTime?: number;
  channelOrderNo?: string;
  errCode?: string;
  errMsg?: string;
}
