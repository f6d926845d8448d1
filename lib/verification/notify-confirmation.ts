import type { MerchantRef } from '../merchants/merchant.js';
import { OrderState } from '../protocol/order-state.js';
import type { PaymentOrder } from '../payments/payment-order.dto.js';
import type { PaymentQuery } from '../payments/payment-query.js';
import { differencesOf, type Terms } from '../protocol/compare-terms.js';
import type { ResolvedNotifyOptions } from './notify.options.js';
import type { TransferQuery } from '../transfers/transfer-query.js';
import { isAmbiguous } from '../protocol/notify/is-ambiguous.js';
import type { FlatParams } from '../protocol/notify/flat-params.js';
import { NotifyRefusal } from '../protocol/notify/notify-refusal.js';
import { PaymentNotification } from '../payments/payment-notification.js';
import { TransferNotification } from '../transfers/transfer-notification.js';

/** What a notify needs besides its signature. */
export type Confirmation = Pick<NotifyConfirmation, 'isNeeded' | 'confirmPayment' | 'confirmTransfer'>;

/** Asks the gateway whether a notify is true, and gives out what the gateway answers. */
export class NotifyConfirmation {
  constructor(
    private readonly payments: PaymentQuery,
    private readonly transfers: TransferQuery,
    private readonly options: ResolvedNotifyOptions,
  ) {}

  isNeeded(params: FlatParams): boolean {
    return this.options.confirmNotify === 'always' || isAmbiguous(params);
  }

  /**
   * @throws NotifyRefusal when the gateway says something else.
   * @throws Pass2PayError when the query fails.
   */
  async confirmPayment(
    told: PaymentNotification,
    params: FlatParams,
    merchant: MerchantRef,
  ): Promise<PaymentNotification> {
    const order = await this.payments.find({ mchOrderNo: told.mchOrderNo }, { merchant });
    const isTrue = order.state === told.state || (told.state === OrderState.Success && mayBePaid(order, params));
    check(told, order, isTrue);
    return Object.assign(new PaymentNotification(), order, { state: told.state, reqTime: told.reqTime });
  }

  /** @throws as `confirmPayment` does. */
  async confirmTransfer(told: TransferNotification, merchant: MerchantRef): Promise<TransferNotification> {
    const transfer = await this.transfers.find({ mchOrderNo: told.mchOrderNo }, { merchant });
    check(told, transfer, transfer.state === told.state);
    return Object.assign(new TransferNotification(), transfer, { reqTime: told.reqTime });
  }
}

/** Whether an order that the query does not call paid may be it all the same, when a notify says so. */
function mayBePaid({ state }: PaymentOrder, params: FlatParams): boolean {
  if (state === OrderState.Refunded) return true;
  // Paid after failure or closing: only the notify ever says so, which must therefore be beyond doubt. Source: protocol §4.
  return (state === OrderState.Failed || state === OrderState.Closed) && !isAmbiguous(params);
}

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
    `the gateway's query does not confirm what it says of ${told.mchOrderNo}: ${differences.join('; ')}`,
  );
}
