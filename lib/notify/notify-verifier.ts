import { Inject, Injectable } from '@nestjs/common';
import { MerchantDirectory } from '../merchant/merchant-directory.js';
import { secretsOf, type Merchant } from '../merchant/merchant.js';
import { ORDER_STATES, OrderState } from '../order/order-state.js';
import type { PaymentOrder } from '../order/payment-order.dto.js';
import { PaymentQuery } from '../order/payment-query.js';
import type { ResolvedOptions } from '../pass2pay.options.js';
import { RESOLVED_OPTIONS } from '../pass2pay.tokens.js';
import { verify } from '../signature/verify.js';
import { NotifyRefusal } from './notify-refusal.js';
import { sourceOf, type NotifyRequest } from './notify-request.js';
import { PAYMENT_NOTIFY_FIELDS, PaymentNotification } from './payment-notification.js';
import { readings, type FlatParams } from './readings.js';

/** Decides whether a request is a notify of the gateway, and reads it. */
@Injectable()
export class NotifyVerifier {
  constructor(
    private readonly merchants: MerchantDirectory,
    private readonly query: PaymentQuery,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * The notification in the request, made of verified parameters only.
   *
   * @throws NotifyRefusal when it is not one.
   * @throws Pass2PayError when the query that should confirm it fails.
   */
  async verifyPayment(request: NotifyRequest): Promise<PaymentNotification> {
    const isGatewayField = (name: string) => PAYMENT_NOTIFY_FIELDS.has(name);
    const source = sourceOf(request, isGatewayField);
    let merchant: Merchant | undefined;
    for (const { sign, ...params } of readings(source, isGatewayField)) {
      merchant ??= await this.merchantOf(params);
      if (sign === undefined) throw new NotifyRefusal('incomplete', 'there is no sign');
      if (verify(params, sign, secretsOf(merchant))) return this.confirmed(readPayment(params), params, merchant);
    }
    throw new NotifyRefusal('bad-signature', `the signature does not verify with a secret of app ${merchant?.appId}`);
  }

  private async merchantOf({ mchNo, appId }: FlatParams): Promise<Merchant> {
    if (!mchNo || !appId) throw new NotifyRefusal('incomplete', 'mchNo or appId is missing');
    const merchant = await this.merchants.forNotify(mchNo, appId);
    if (merchant === undefined) throw new NotifyRefusal('unknown-merchant', 'its mchNo and appId are not configured');
    return merchant;
  }

  /**
   * With an `&` in a value, the same signature fits other messages too (source: protocol §1): the gateway is asked, and
   * what it answers is what counts.
   */
  private async confirmed(
    payment: PaymentNotification,
    params: FlatParams,
    merchant: Merchant,
  ): Promise<PaymentNotification> {
    const isAmbiguous = Object.values(params).some((value) => value.includes('&'));
    if (!isAmbiguous && this.options.confirm !== 'always') return payment;
    const order = await this.query.find({ mchOrderNo: payment.mchOrderNo }, { merchant });
    if (!confirms(order, payment)) {
      throw new NotifyRefusal(
        'not-confirmed',
        `it says state ${payment.state} of order ${payment.mchOrderNo}, the gateway's query says state ${order.state}`,
      );
    }
    return Object.assign(new PaymentNotification(), order, { state: payment.state, reqTime: payment.reqTime });
  }
}

function confirms(order: PaymentOrder, payment: PaymentNotification): boolean {
  return (
    order.payOrderId === payment.payOrderId &&
    order.appId === payment.appId &&
    order.amount === payment.amount &&
    order.currency === payment.currency &&
    // An order that was paid may have been refunded since.
    (order.state === payment.state || (payment.state === OrderState.Success && order.state === OrderState.Refunded))
  );
}

function readPayment(params: FlatParams): PaymentNotification {
  const state = ORDER_STATES.find((known) => String(known) === params.state);
  if (state === undefined) throw new NotifyRefusal('incomplete', 'state is missing or not a documented one');
  const payment = new PaymentNotification();
  for (const name of PAYMENT_NOTIFY_FIELDS) {
    const value = params[name];
    if (value === undefined || value === '') continue;
    Object.assign(payment, { [name]: INTEGERS.has(name) ? integer(name, value) : value });
  }
  payment.state = state;
  for (const name of REQUIRED) {
    if (payment[name] === undefined) throw new NotifyRefusal('incomplete', `${name} is missing`);
  }
  return payment;
}

const INTEGERS = new Set(['amount', 'createdAt', 'successTime', 'reqTime']);

const REQUIRED = ['payOrderId', 'mchNo', 'appId', 'mchOrderNo', 'amount', 'currency', 'reqTime'] as const;

function integer(name: string, value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number)) {
    throw new NotifyRefusal('incomplete', `${name} is no whole number`);
  }
  return number;
}
