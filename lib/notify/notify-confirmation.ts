import { Inject, Injectable } from '@nestjs/common';
import type { MerchantRef } from '../merchants/merchant.js';
import { OrderState } from '../protocol/order-state.js';
import type { PaymentOrder } from '../payments/payment-order.dto.js';
import { PaymentQuery } from '../payments/payment-query.js';
import type { ResolvedOptions } from '../pass2pay.options.js';
import { RESOLVED_OPTIONS } from '../pass2pay.tokens.js';
import { TransferQuery } from '../transfers/transfer-query.js';
import type { FlatParams } from '../protocol/notify/flat-params.js';
import { NotifyRefusal } from '../protocol/notify/notify-refusal.js';
import { PaymentNotification } from './payment-notification.js';
import { TransferNotification } from './transfer-notification.js';

/** Asks the gateway whether a notify is true, and gives out what the gateway answers. */
@Injectable()
export class NotifyConfirmation {
  constructor(
    private readonly payments: PaymentQuery,
    private readonly transfers: TransferQuery,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
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
    if (order.payOrderId !== told.payOrderId || !isSame(order, told) || !isTrue) throw notConfirmed(told, order.state);
    return Object.assign(new PaymentNotification(), order, { state: told.state, reqTime: told.reqTime });
  }

  /** @throws as `confirmPayment` does. */
  async confirmTransfer(told: TransferNotification, merchant: MerchantRef): Promise<TransferNotification> {
    const transfer = await this.transfers.find({ mchOrderNo: told.mchOrderNo }, { merchant });
    if (transfer.transferId !== told.transferId || !isSame(transfer, told) || transfer.state !== told.state) {
      throw notConfirmed(told, transfer.state);
    }
    return Object.assign(new TransferNotification(), transfer, { reqTime: told.reqTime });
  }
}

/** With an `&` in a value, the same signature fits other messages too. Source: protocol §1, security hole. */
function isAmbiguous(params: FlatParams): boolean {
  return Object.values(params).some((value) => value.includes('&'));
}

/** Whether an order that the query does not call paid may be it all the same, when a notify says so. */
function mayBePaid({ state }: PaymentOrder, params: FlatParams): boolean {
  if (state === OrderState.Refunded) return true;
  // Paid after failure or closing: only the notify ever says so, which must therefore be beyond doubt. Source: protocol §4.
  return (state === OrderState.Failed || state === OrderState.Closed) && !isAmbiguous(params);
}

interface Comparable {
  appId: string;
  amount: number;
  currency: string;
}

function isSame(known: Comparable, told: Comparable): boolean {
  return known.appId === told.appId && known.amount === told.amount && known.currency === told.currency;
}

function notConfirmed(told: { mchOrderNo: string; state: number }, state: number): NotifyRefusal {
  return new NotifyRefusal(
    'not-confirmed',
    `it says state ${told.state} of ${told.mchOrderNo}, and the gateway's query, state ${state}, does not fit it`,
  );
}
