import { Inject, Injectable } from '@nestjs/common';
import { AnswerFields } from '../gateway/answer-fields.js';
import { GatewayClient, type CallOptions, type GatewayAnswer } from '../gateway/gateway-client.js';
import { ORDER_STATES, OrderState } from '../order/order-state.js';
import { PaymentQuery, type OrderRef } from '../order/payment-query.js';
import type { PaymentOrder } from '../order/payment-order.dto.js';
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
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * Makes a cashier order (api/pay/cashierOrder); send the payer to its `cashierUrl`.
   *
   * @throws Pass2PayValidationError with every fault of the order; nothing was sent.
   * @throws Pass2PayError the errors of `GatewayClient.call`.
   */
  async createOrder(order: CreateCashierOrderDto, options?: CallOptions): Promise<CashierOrder> {
    const valid = this.withDefaults(validateCashierOrder(order, this.options));
    return readCashierOrder(await this.gateway.call('cashierOrder', { ...valid }, options), valid);
  }

  /**
   * The order as the gateway knows it now (api/pay/query). It finds the orders of all apps of the merchant.
   *
   * @throws Pass2PayApiError when the gateway does not know the order, and the errors of `GatewayClient.call`.
   */
  async queryOrder(ref: OrderRef, options?: CallOptions): Promise<PaymentOrder> {
    return this.query.find(ref, options);
  }

  private withDefaults(order: ValidCashierOrder): ValidCashierOrder {
    order.notifyUrl ??= this.options.notifyUrl;
    order.returnUrl ??= this.options.returnUrl;
    return order;
  }
}

function readCashierOrder(answer: GatewayAnswer, sent: ValidCashierOrder): CashierOrder {
  const fields = new AnswerFields(answer);
  const order = new CashierOrder();
  order.mchOrderNo = fields.text('mchOrderNo');
  if (order.mchOrderNo !== sent.mchOrderNo) throw fields.wrong(`is about another order than ${sent.mchOrderNo}`);
  order.payOrderId = fields.text('payOrderId');
  order.state = fields.state('orderState', ORDER_STATES);
  const cashierUrl = fields.optionalText('payData');
  const payDataType = fields.optionalText('payDataType');
  const errCode = fields.optionalText('errCode');
  const errMsg = fields.optionalText('errMsg');
  if (cashierUrl !== undefined) order.cashierUrl = checkedUrl(cashierUrl, fields);
  else if (order.state !== OrderState.Failed) throw fields.wrong('lacks payData, the cashier page');
  // Documented as payUrl, and answered as payurl by the documents' own sample.
  if (payDataType !== undefined) order.payDataType = /^payurl$/i.test(payDataType) ? 'payUrl' : payDataType;
  if (errCode !== undefined) order.errCode = errCode;
  if (errMsg !== undefined) order.errMsg = errMsg;
  order.expiresAt = new Date(answer.reqTime + Math.max(sent.expiredTime ?? 0, MIN_EXPIRED_TIME) * 1000);
  order.recovered = false;
  if (answer.traceId !== undefined) order.traceId = answer.traceId;
  return order;
}

function checkedUrl(url: string, fields: AnswerFields): string {
  if (!/^https?:\/\//i.test(url)) throw fields.wrong('gives payData that is no http or https URL');
  return url;
}
