import { Inject, Injectable } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { ResponseFields } from '../client/response-fields.js';
import { assignGiven } from '../validation/assign-given.js';
import { GatewayClient, type CallOptions, type GatewayResponse } from '../client/gateway-client.js';
import { OrderCreation } from './order-creation.js';
import { OrderWatch, type WatchOptions } from './order-watch.js';
import { PAY_DATA_TYPES } from '../protocol/pay-data-type.js';
import { ORDER_STATES, OrderState } from '../protocol/order-state.js';
import { PaymentQuery, type OrderRef } from './payment-query.js';
import type { PaymentOrder } from './payment-order.dto.js';
import type { ResolvedOptions } from '../pass2pay.options.js';
import { RESOLVED_OPTIONS } from '../pass2pay.tokens.js';
import { CashierOrder } from './cashier-order.dto.js';
import type { CreateCashierOrderDto } from './create-cashier-order.dto.js';
import { validateCashierOrder, type ValidCashierOrder } from './validate-cashier-order.js';

/** The least time, in s, that the gateway gives a cashier order, and the time of one that asks for none. */
const MIN_EXPIRED_TIME = 900;

/** Cashier orders: made here, paid by the payer on the gateway's page, their result told by notify or query. */
@Injectable()
export class CashierService {
  constructor(
    private readonly gateway: GatewayClient,
    private readonly query: PaymentQuery,
    private readonly creation: OrderCreation,
    private readonly watch: OrderWatch,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * Makes a cashier order (api/pay/cashierOrder); send the payer to its `cashierUrl`. Where the answer is lost, or the
   * number is taken, the order is looked for and given out as `recovered`: calling again with the same mchOrderNo never
   * makes a second order.
   *
   * @throws Pass2PayValidationError with every issue of the order; nothing was sent.
   * @throws Pass2PayOutcomeUnknownError when the order may exist or not.
   * @throws Pass2PayOrderConflictError when the number is taken by another order.
   * @throws Pass2PayError the errors of `GatewayClient.call`: the order was not made.
   */
  async createOrder(order: CreateCashierOrderDto, options?: CallOptions): Promise<CashierOrder> {
    const valid = this.withDefaults(validateCashierOrder(order, this.options));
    return this.creation.create(
      valid,
      {
        send: async () => readCashierOrder(await this.gateway.call('cashierOrder', { ...valid }, options), valid),
        recover: (existing) => recover(existing, valid),
      },
      options,
    );
  }

  /**
   * The order as the gateway knows it now (api/pay/query). It finds the orders of all apps of the merchant.
   *
   * @throws Pass2PayApiError when the gateway does not know the order, and the errors of `GatewayClient.call`.
   */
  async queryOrder(ref: OrderRef, options?: CallOptions): Promise<PaymentOrder> {
    return this.query.find(ref, options);
  }

  /**
   * The order now, and again whenever its state has changed, by polling with growing waits; completes behind a final
   * state. Unsubscribe to stop.
   */
  watchOrder(ref: OrderRef, options?: WatchOptions): Observable<PaymentOrder> {
    return this.watch.watch(ref, options);
  }

  private withDefaults(order: ValidCashierOrder): ValidCashierOrder {
    order.notifyUrl ??= this.options.notifyUrl;
    order.returnUrl ??= this.options.returnUrl;
    return order;
  }
}

function readCashierOrder(response: GatewayResponse, asked: ValidCashierOrder): CashierOrder {
  const fields = new ResponseFields(response);
  const mchOrderNo = fields.text('mchOrderNo');
  if (mchOrderNo !== asked.mchOrderNo) throw fields.wrong(`is about another order than ${asked.mchOrderNo}`);
  const state = fields.state('orderState', ORDER_STATES);
  const cashierUrl = fields.optionalText('payData');
  if (cashierUrl === undefined && state !== OrderState.Failed) throw fields.wrong('lacks payData, the cashier page');
  if (cashierUrl !== undefined && !/^https?:\/\//i.test(cashierUrl)) {
    throw fields.wrong('gives payData that is no http or https URL');
  }
  return assignGiven(new CashierOrder(), {
    mchOrderNo,
    payOrderId: fields.text('payOrderId'),
    state,
    cashierUrl,
    // Documented as payUrl, and answered as payurl by the documents' own sample.
    payDataType: fields.optionalOneOf('payDataType', PAY_DATA_TYPES),
    errCode: fields.optionalText('errCode'),
    errMsg: fields.optionalText('errMsg'),
    expiresAt: expiryOf(response.reqTime, asked),
    recovered: false,
    traceId: response.traceId,
  });
}

/** What the create would have answered, as far as a query tells. */
function recover(existing: PaymentOrder, asked: ValidCashierOrder): CashierOrder {
  const { mchOrderNo, payOrderId, state, payUrl, errCode, errMsg, createdAt } = existing;
  return assignGiven(new CashierOrder(), {
    mchOrderNo,
    payOrderId,
    state,
    ...(payUrl !== undefined && { cashierUrl: payUrl, payDataType: 'payUrl' }),
    errCode,
    errMsg,
    expiresAt: expiryOf(createdAt ?? Date.now(), asked),
    recovered: true,
  });
}

function expiryOf(from: number, { expiredTime = 0 }: ValidCashierOrder): Date {
  return new Date(from + Math.max(expiredTime, MIN_EXPIRED_TIME) * 1000);
}
