import type { Observable } from 'rxjs';
import { Pass2PayConfigError } from '../errors/pass2pay.errors.js';
import { ResponseFields } from '../client/response-fields.js';
import { assignGiven } from '../validation/assign-given.js';
import type { CallOptions, GatewayResponse } from '../client/call.js';
import type { GatewayClient } from '../client/gateway-client.js';
import type { OrderCreation } from './order-creation.js';
import type { OrderWatch, WatchOptions } from './order-watch.js';
import { OrderState } from '../protocol/order-state.js';
import type { OrderRef, PaymentQuery } from './payment-query.js';
import type { PaymentOrder } from './payment-order.dto.js';
import type { ResolvedClientOptions } from '../client/client.options.js';
import type { ResolvedPaymentsOptions } from './payments.options.js';
import {
  isWebUrl,
  readCreatedOrder,
  recoverCreatedOrder,
  type AskedOrder,
  type CreatedOrder,
} from './read-created-order.js';
import type { CashierOrderParams } from './cashier-order-params.dto.js';
import { CashierOrder } from './cashier-order.dto.js';
import type { Checkout } from './checkout.js';
import type { CheckoutDto } from './checkout.dto.js';
import type { CreateCashierOrderDto } from './create-cashier-order.dto.js';
import type { ValidCashierOrder } from './validate-cashier-order.js';

/** The least time, in s, that the gateway gives a cashier order, and the time of one that asks for none. */
const MIN_EXPIRED_TIME = 900;

/** Cashier orders: made here, paid by the payer on the gateway's page, their result told by notify or query. */
export class CashierService {
  constructor(
    private readonly gateway: GatewayClient,
    private readonly query: PaymentQuery,
    private readonly creation: OrderCreation,
    private readonly watch: OrderWatch,
    private readonly options: Pick<ResolvedClientOptions, 'currency'> & ResolvedPaymentsOptions,
    private readonly checkouts?: Checkout,
  ) {}

  /**
   * Makes a cashier order (api/pay/cashierOrder); send the payer to its `cashierUrl`. Where the answer is lost, or the
   * number is taken, the order is looked for and given out as `recovered`: calling again with the same mchOrderNo never
   * makes a second order. With the option `database`, a call for an order that is there and open gives out what the first one
   * did, and one for an order that another call is making waits for that, for at most `timeoutMs`.
   *
   * @throws Pass2PayValidationError with every issue of the order; nothing was sent.
   * @throws Pass2PayOutcomeUnknownError when the order may exist or not.
   * @throws Pass2PayOrderConflictError when the number is taken by another order.
   * @throws Pass2PayError the errors of `GatewayClient.call`: the order was not made.
   */
  async createOrder(order: CreateCashierOrderDto, options?: CallOptions): Promise<CashierOrder> {
    // What only asks need not load the rules of parameters.
    const { cashierOrderToSend } = await import('./validate-cashier-order.js');
    return this.create(this.withDefaults(cashierOrderToSend(order, this.options)), options);
  }

  /**
   * Gives out the one open cashier order of a basket, and makes it where there is none: by the basket's key, whichever processes
   * and however many clicks call it. An order that can be paid for another minute is given out again; one that has ended, or ends
   * sooner, is replaced by an order with a number of its own, once the gateway has said that it is not paid. As the number changes,
   * outcomes have the key, as `checkoutKey`. Needs the option `database`. Nothing is locked while the gateway is called; where a
   * process dies in a call, the key waits for that create as `createOrder` with its number does.
   *
   * An order whose `state` is Failed (3) right away may still be paid: only the next call replaces it. Where a customer has paid
   * two orders under one key, the second success has `duplicateOf`.
   *
   * @throws Pass2PayValidationError with every issue; nothing was sent.
   * @throws Pass2PayAlreadyPaidError when an order under the key is paid; no other one is made.
   * @throws Pass2PayOrderConflictError when the key is of another amount, currency or app: use a new key.
   * @throws Pass2PayOutcomeUnknownError when the order may exist or not; call again with the same key.
   * @throws Pass2PayConfigError without the option `database`.
   * @throws Pass2PayError the errors of `GatewayClient.call`: no order was made, also where the one before could not be queried.
   */
  async checkout(order: CheckoutDto, options: CallOptions = {}): Promise<CashierOrder> {
    if (this.checkouts === undefined) {
      const message = 'database is required for cashier.checkout, which keeps the order of each key there; give it';
      throw new Pass2PayConfigError([{ field: 'database', message }]);
    }
    const { checkoutToSend } = await import('./validate-cashier-order.js');
    const { key, ...params } = this.withDefaults(checkoutToSend(order, this.options));
    const { mchNo, appId } = await this.gateway.merchantOf(options);
    const terms = { mchNo, appId, key, amount: params.amount, currency: params.currency };
    return this.checkouts.run(terms, (mchOrderNo) => this.create({ ...params, mchOrderNo }, options, key), options);
  }

  /**
   * The order as the gateway knows it now (api/pay/query). It finds the orders of all apps of the merchant.
   *
   * @throws Pass2PayApiError when the gateway does not know the order.
   * @throws Pass2PayOrderConflictError when the gateway answers with an order whose number differs in case or trailing spaces.
   * @throws Pass2PayError the errors of `GatewayClient.call`.
   */
  async queryOrder(ref: OrderRef, options?: CallOptions): Promise<PaymentOrder> {
    return this.query.find(ref, options);
  }

  /**
   * The order now, and again whenever its state has changed, by polling with growing waits; completes after reaching a state
   * other than 0 and 1. After 3, 4 and 6 a payment can still come in. Unsubscribe to stop.
   */
  watchOrder(ref: OrderRef, options?: WatchOptions): Observable<PaymentOrder> {
    return this.watch.watch(ref, options);
  }

  private async create(
    order: ValidCashierOrder,
    options: CallOptions | undefined,
    checkoutKey?: string,
  ): Promise<CashierOrder> {
    const asked = askedOrder(order);
    return this.creation.create(
      { ...order, ...asked, checkoutKey },
      {
        send: async (call) => readCashierOrder(await this.gateway.call('cashierOrder', { ...order }, call), asked),
        recover: (existing) => asCashierOrder(recoverCreatedOrder(existing, asked)),
        empty: () => new CashierOrder(),
      },
      options,
    );
  }

  private withDefaults<Dto extends CashierOrderParams>(order: Dto): Dto {
    order.notifyUrl ??= this.options.notifyUrl;
    order.returnUrl ??= this.options.returnUrl;
    return order;
  }
}

function readCashierOrder(response: GatewayResponse, asked: AskedOrder): CashierOrder {
  const created = readCreatedOrder(response, asked);
  const wrong = (what: string) => new ResponseFields(response).wrong(what);
  const { payData, state } = created;
  if (payData === undefined && state !== OrderState.Failed) throw wrong('lacks payData, the cashier page');
  if (payData !== undefined && !isWebUrl(payData)) throw wrong('gives a payData that is not an http or https URL');
  return asCashierOrder(created);
}

function asCashierOrder({ payData, ...order }: CreatedOrder): CashierOrder {
  return assignGiven(new CashierOrder(), { ...order, cashierUrl: payData });
}

function askedOrder({ mchOrderNo, expiredTime = 0 }: CreateCashierOrderDto): AskedOrder {
  return { mchOrderNo, expiresInS: Math.max(expiredTime, MIN_EXPIRED_TIME) };
}
