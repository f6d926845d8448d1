import { Pass2PayApiError } from '../errors/pass2pay.errors.js';
import type { MerchantRef } from '../merchants/merchant.js';
import { OrderState } from '../protocol/order-state.js';
import type { PaymentOrder } from '../payments/payment-order.dto.js';
import type { PaymentQuery } from '../payments/payment-query.js';
import { differencesOf, type Terms } from '../protocol/compare-terms.js';
import type { ResolvedNotifyOptions } from './notify.options.js';
import type { TransferQuery } from '../transfers/transfer-query.js';
import { isAmbiguous } from '../protocol/notify/is-ambiguous.js';
import type { FlatParams } from '../protocol/notify/flat-params.js';
import { NotifyRefusal, type ClaimedOrder } from '../protocol/notify/notify-refusal.js';
import { orderKey } from '../protocol/order-identity.js';
import { printable } from '../protocol/shown-value.js';
import { PaymentNotification } from '../payments/payment-notification.js';
import { TransferNotification } from '../transfers/transfer-notification.js';
import type { Transfer } from '../transfers/transfer.dto.js';
import { assignGiven } from '../validation/assign-given.js';
import { LOST_NUMBERS } from './lost-numbers.js';
import type { UnsignedLimit } from './unsigned-limit.js';

/** Timeout of a query with its retries, in ms. The gateway waits 20 s for the response to a notify. */
const QUERY_MS = 8_000;

/** Whether a notify needs more than its signature. */
export type Confirmation = Pick<
  NotifyConfirmation,
  'isNeeded' | 'confirmPayment' | 'confirmTransfer' | 'confirmUnsignedPayment' | 'confirmUnsignedTransfer'
>;

/** Confirms a notify by a query, and returns the gateway's data. */
export class NotifyConfirmation {
  constructor(
    private readonly payments: PaymentQuery,
    private readonly transfers: TransferQuery,
    private readonly options: ResolvedNotifyOptions,
    private readonly unsignedLimit: UnsignedLimit,
  ) {}

  isNeeded(params: FlatParams): boolean {
    return this.options.confirmNotify === 'always' || isAmbiguous(params);
  }

  /**
   * The queried data, plus the notify's fields that a query never contains, unless the notify is ambiguous.
   *
   * @throws NotifyRefusal when the gateway contradicts the notify.
   * @throws Pass2PayError when the query fails.
   */
  async confirmPayment(
    told: PaymentNotification,
    params: FlatParams,
    merchant: MerchantRef,
  ): Promise<PaymentNotification> {
    const order = await this.findPayment(told, merchant);
    const isUnpaid = told.state === OrderState.Success && UNPAID.has(order.state);
    // Paid after failure or closing: only the notify ever reports this, so it must be unambiguous. Source: protocol §4.
    const isLate = isUnpaid && !isAmbiguous(params);
    const isRefunded = told.state === OrderState.Success && order.state === OrderState.Refunded;
    check(told, order, order.state === told.state || isRefunded || isLate);
    const { state, reqTime } = told;
    return assignGiven<PaymentNotification>(new PaymentNotification(), {
      ...(isAmbiguous(params) ? NOTHING_ELSE : onlyNotified(told)),
      ...order,
      state,
      reqTime,
      gatewayState: isLate ? order.state : undefined,
    });
  }

  /** @throws as `confirmPayment` does. */
  async confirmTransfer(
    told: TransferNotification,
    params: FlatParams,
    merchant: MerchantRef,
  ): Promise<TransferNotification> {
    const transfer = await this.findTransfer(told, merchant);
    check(told, transfer, transfer.state === told.state);
    const { extra } = isAmbiguous(params) ? NOTHING_ELSE : told;
    return assignGiven<TransferNotification>(new TransferNotification(), { ...transfer, extra, reqTime: told.reqTime });
  }

  /**
   * The queried data of the order in a notify without a valid signature; nothing else of the notify is used.
   *
   * @throws NotifyRefusal when the gateway contradicts the notify, or when there were too many queries for such
   * notifies.
   * @throws Pass2PayError when the query fails.
   */
  async confirmUnsignedPayment(told: PaymentNotification, order: ClaimedOrder): Promise<PaymentNotification> {
    const known = await this.findUnsigned(order, () => this.findPayment(told, order));
    check(told, known, known.state === told.state);
    return assignGiven<PaymentNotification>(new PaymentNotification(), { ...known, ...NOTHING_ELSE });
  }

  /** @throws as `confirmUnsignedPayment` does. */
  async confirmUnsignedTransfer(told: TransferNotification, order: ClaimedOrder): Promise<TransferNotification> {
    const known = await this.findUnsigned(order, () => this.findTransfer(told, order));
    check(told, known, known.state === told.state);
    return assignGiven<TransferNotification>(new TransferNotification(), { ...known, ...NOTHING_ELSE });
  }

  private findPayment({ mchOrderNo }: PaymentNotification, { mchNo, appId }: MerchantRef): Promise<PaymentOrder> {
    return this.payments.find({ mchOrderNo }, { merchant: { mchNo, appId }, signal: AbortSignal.timeout(QUERY_MS) });
  }

  private findTransfer({ mchOrderNo }: TransferNotification, { mchNo, appId }: MerchantRef): Promise<Transfer> {
    return this.transfers.find({ mchOrderNo }, { merchant: { mchNo, appId }, signal: AbortSignal.timeout(QUERY_MS) });
  }

  private async findUnsigned<T>(order: ClaimedOrder, find: () => Promise<T>): Promise<T> {
    if (!this.unsignedLimit.take(orderKey(order))) {
      throw new NotifyRefusal('bad-signature', `${LOST_NUMBERS}; there are too many such notifies to query each order`);
    }
    try {
      return await find();
    } catch (error) {
      if (!(error instanceof Pass2PayApiError)) throw error;
      throw new NotifyRefusal('not-confirmed', `${LOST_NUMBERS}; the gateway refused the query: ${error.message}`);
    }
  }
}

/** The states that the gateway's query keeps reporting for an order that was paid late. Source: protocol §10. */
const UNPAID: ReadonlySet<OrderState> = new Set([OrderState.Failed, OrderState.Cancelled, OrderState.Closed]);

/** For a notify whose other fields are unverified. */
const NOTHING_ELSE = { extra: {} };

/** The fields that no query returns. */
function onlyNotified({ mchFeeRate, mchFeeAmount, channelUser, extra }: PaymentNotification) {
  return { mchFeeRate, mchFeeAmount, channelUser, extra };
}

/** Maximum length of a log text from a notify without a valid signature. */
const MAX_SHOWN = 300;

interface Told extends Terms {
  mchOrderNo: string;
  state: number;
}

/** @throws NotifyRefusal that lists what the gateway's query does not confirm. */
function check(told: Told, known: Terms & { state: number }, isStateTrue: boolean): void {
  const { amount, currency, appId, payOrderId, transferId } = known;
  const differences = differencesOf(told, { amount, currency, appId, payOrderId, transferId });
  if (!isStateTrue) differences.push(`state is ${told.state}, not ${known.state}`);
  if (differences.length === 0) return;
  throw new NotifyRefusal(
    'not-confirmed',
    `the gateway's query does not confirm its data for ${printable(`${told.mchOrderNo}: ${differences.join('; ')}`, MAX_SHOWN)}`,
  );
}
