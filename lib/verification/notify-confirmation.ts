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

/** How long a query may take with all its retries, in ms. The gateway waits 20 s for all that is done with a notify. */
const QUERY_MS = 8_000;

/** What a notify needs besides its signature. */
export type Confirmation = Pick<
  NotifyConfirmation,
  'isNeeded' | 'confirmPayment' | 'confirmTransfer' | 'confirmUnsignedPayment' | 'confirmUnsignedTransfer'
>;

/** Asks the gateway whether a notify is true, and gives out what the gateway answers. */
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
   * What the query says, and of what it never tells what the notify says, unless the notify is ambiguous.
   *
   * @throws NotifyRefusal when the gateway says something else.
   * @throws Pass2PayError when the query fails.
   */
  async confirmPayment(
    told: PaymentNotification,
    params: FlatParams,
    merchant: MerchantRef,
  ): Promise<PaymentNotification> {
    const order = await this.findPayment(told, merchant);
    const isUnpaid = told.state === OrderState.Success && UNPAID.has(order.state);
    // Paid after failure or closing: only the notify ever says so, which must therefore be beyond doubt. Source: protocol §4.
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
   * What the query says of an order that a notify without a valid signature names; nothing else of the notify counts.
   *
   * @throws NotifyRefusal when the gateway says something else, or was asked too often for such notifies.
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
      throw new NotifyRefusal('bad-signature', `${LOST_NUMBERS}; too many such notifies to query each order`);
    }
    try {
      return await find();
    } catch (error) {
      if (!(error instanceof Pass2PayApiError)) throw error;
      throw new NotifyRefusal('not-confirmed', `${LOST_NUMBERS}; the gateway refused to be asked: ${error.message}`);
    }
  }
}

/** What the gateway's query says for ever of an order that was paid too late. Source: protocol §10. */
const UNPAID: ReadonlySet<OrderState> = new Set([OrderState.Failed, OrderState.Cancelled, OrderState.Closed]);

/** Of a notify whose other fields nobody has vouched for. */
const NOTHING_ELSE = { extra: {} };

/** The fields that no query answers. */
function onlyNotified({ mchFeeRate, mchFeeAmount, channelUser, extra }: PaymentNotification) {
  return { mchFeeRate, mchFeeAmount, channelUser, extra };
}

/** How much a log shows of what a notify without a valid signature may say. */
const MAX_SHOWN = 300;

interface Told extends Terms {
  mchOrderNo: string;
  state: number;
}

/** @throws NotifyRefusal that names what the gateway's query does not confirm. */
function check(told: Told, known: Terms & { state: number }, isStateTrue: boolean): void {
  const { amount, currency, appId, payOrderId, transferId } = known;
  const differences = differencesOf(told, { amount, currency, appId, payOrderId, transferId });
  if (!isStateTrue) differences.push(`state is ${told.state}, not ${known.state}`);
  if (differences.length === 0) return;
  throw new NotifyRefusal(
    'not-confirmed',
    `the gateway's query does not confirm what it says of ${printable(`${told.mchOrderNo}: ${differences.join('; ')}`, MAX_SHOWN)}`,
  );
}
